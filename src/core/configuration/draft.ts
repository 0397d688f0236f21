/** A changed document that is not in force yet. An object has one draft at most, and the draft an owner. */
import type { Kind } from './object-document.ts';

export interface Draft {
  kind: Kind;
  name: string;
  /** Version of the object that it began from; 0 when there was none. */
  base: number;
  /** As it was typed, mistakes included; null when the object is to be deleted. */
  source: string | null;
  /** Account that works on it. */
  owner: string;
  /** Grows with every saving. */
  edit: number;
  /** UTC text with microseconds. */
  begunAt: string;
  changedAt: string;
}

/** What one draft is found by. */
export type DraftName = Pick<Draft, 'kind' | 'name'>;

/** Who changes a draft, and what he believes about it. */
export interface DraftChange extends DraftName {
  by: string;
  /** Refuses with `draft.changed` when the draft has another `edit`; null does not ask. */
  edit: number | null;
  /** Makes a draft of somebody else one's own; else it is refused with `draft.taken`. */
  takeOver: boolean;
}

export interface DraftStore {
  /** By kind and name. */
  list(): Promise<readonly Draft[]>;
  find(name: DraftName): Promise<Draft | null>;
  /** `base` null keeps that of the draft. Throws `draft.taken`, `draft.changed`, `draft.tooMany`. */
  save(change: DraftChange & { source: string | null; base: number | null }): Promise<Draft>;
  /** False when there was none. Throws `draft.taken`, `draft.changed`. */
  discard(change: DraftChange): Promise<boolean>;
}
