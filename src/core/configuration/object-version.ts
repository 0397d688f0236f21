/** The published states of one configuration object: kept for ever, to be compared and restored. */
import type { Kind, PlainObject } from './object-document.ts';

export interface ObjectVersion {
  kind: Kind;
  name: string;
  /** Grows with every change, also over a deletion. */
  version: number;
  /** The publication that brought it. */
  revision: number;
  /** UTC text with microseconds. */
  at: string;
  by: string;
  note: string;
  /** This version is the deletion of the object. */
  deleted: boolean;
}

/** `document` is null for a deletion; `source` also when the object was not applied from a text. */
export interface ObjectVersionText extends ObjectVersion {
  document: PlainObject | null;
  source: string | null;
}

export interface VersionStore {
  /** Newest first, those below `before`. Empty when there never was such an object. */
  list(object: { kind: Kind; name: string }, page: { limit: number; before?: number }): Promise<readonly ObjectVersion[]>;
  /** Without a number the newest one, deletions included. */
  find(object: { kind: Kind; name: string }, version?: number): Promise<ObjectVersionText | null>;
}
