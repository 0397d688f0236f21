/**
 * A row source: a route that reads another system by itself, page by page, from a cursor. The cursor is written in the
 * commit of the page's messages: what was committed is not read again, and what was not comes again.
 */
import type { FailureData } from './failure.ts';
import type { Value } from './value.ts';

export interface SourceRow {
  /** Id of the route. */
  route: string;
  cursor: Value;
  /** Grows with every reset: a page that was read from an older cursor is refused. */
  epoch: number;
  paused: boolean;
  /** The other system has not been told yet that the cursor is durable. */
  unconfirmed: boolean;
  /** Failures in a row. */
  attempts: number;
  failure: FailureData | null;
}

export interface SourceSummary extends SourceRow {
  /** When the last reading came to its end, with the messages and pages of it. */
  readAt: string | null;
  cursorAt: string | null;
  lastPages: number;
  pages: number;
  messages: number;
  dueAt: string | null;
  /** A worker holds it now. */
  reading: boolean;
}

export type SourceWrite =
  /** Messages of the same commit are behind the new cursor. Refused (as fenced) when the source was paused or reset meanwhile. */
  | { op: 'page'; route: string; epoch: number; cursor: Value; unconfirmed: boolean; messages: number; first: boolean; last: boolean }
  | { op: 'confirmed'; route: string; epoch: number }
  | { op: 'failed'; route: string; epoch: number; attempts: number; failure: FailureData }
  | { op: 'pause'; route: string; paused: boolean }
  /** Reading begins at `cursor`; null: from the beginning. */
  | { op: 'reset'; route: string; cursor: Value };

export const sourceTimer = (route: string): string => `source/${route}`;
export const sourceTimerKind = 'source';

export interface SourceStore {
  /** Of a source that was never read: as before its first page. */
  get(route: string): Promise<SourceRow>;
  /** By route id; sources that were never read and have no timer are missing. */
  list(): Promise<ReadonlyMap<string, SourceSummary>>;
  /** Timers that are planned: the payload and whether a worker holds them, by route id. */
  planned(): Promise<ReadonlyMap<string, { payload: Value; held: boolean }>>;
}
