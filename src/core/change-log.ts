/** The change log of one record: who changed what, when and by which way, newest first. */
import type { Value } from './value.ts';

export interface ChangeQuery {
  /** Id of the template, and the ids under which links that are kept elsewhere are logged for it. */
  template: string;
  relations: readonly string[];
  record: string;
  /** Any of these ids of attributes or relations. */
  attributes?: readonly string[];
  from?: string;
  to?: string;
  /** Account id. */
  by?: string;
  /** Rows wanted; what one effect set has changed is never torn apart. */
  limit: number;
  /** Position of the last one seen. */
  before?: string;
}

/** What one effect set has changed about the record. */
export interface RecordChanges {
  position: string;
  at: string;
  /** Absent for changes of links only. */
  op: 'create' | 'update' | 'delete' | null;
  version: number;
  by: string | null;
  origin: string;
  run: ChangeRun | null;
  /** Ids of attributes of the record's own row; `_archived` among them. */
  attributes: readonly string[];
  /** Of the logged ones, by id: what was there and what is there, or only the latter; as `loggedValues` keeps it. */
  values: Readonly<Record<string, Value>>;
  /** `side`: on which this record is; `other`: null when the link is not logged. */
  links: readonly { relation: string; side: 'owner' | 'other'; op: 'link' | 'unlink'; other: string | null }[];
}

/** What changed it; only the id is left of what is not kept any more. */
export type ChangeRun =
  | { kind: 'job'; id: string; job: string; subject: string | null }
  | { kind: 'message'; id: string; route: string | null; connection: string | null; scenarios: readonly string[] }
  | { kind: 'forgotten'; id: string };

export interface ChangeLog {
  page(query: ChangeQuery): Promise<{ changes: readonly RecordChanges[]; more: boolean }>;
}
