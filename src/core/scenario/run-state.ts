/**
 * Everything that a run is, as plain data: it can be packed at any turn, looked at, stored, and gone on with elsewhere.
 * The machine changes it in place; nobody else writes to it.
 */
import type { RecordAccess } from '../access/record-access.ts';
import type { Origin } from '../effect-set.ts';
import type { FailureData } from '../failure.ts';
import type { MessageFile } from '../message-file.ts';
import type { RecordData, Scalar } from '../template.ts';
import type { Value, ValueObject } from '../value.ts';
import type { Answer, DirectWrite, Replies, RunEffects, RunIdentity, RunState, TraceEntry } from './machine-port.ts';

/** Without a prototype, so that any key is ordinary data. */
export type Dictionary<T> = Record<string, T>;

/** Keys of objects made here come from outside: they must never meet a prototype. */
export const dictionary = <T>(): Dictionary<T> => Object.create(null) as Dictionary<T>; // an object without prototype has no other type

export interface State extends RunState {
  identity: RunIdentity;
  /** Route whose message started the run. */
  route: string | null;
  /** No trigger is told of what the run writes. */
  quiet: boolean;
  /** Files that the message brought; its runs may give them to records. */
  files: readonly MessageFile[];
  /** Plain writes that the run was started with, and who says they come from. */
  writes: readonly DirectWrite[];
  origin: Origin;
  /** Plain writes are taken apart; of each that is done or refused, what came of it. */
  apart: WriteEnd[] | null;
  /** The records that the plain writes are about have been read. */
  preloaded: boolean;
  /** Committed records by key, as far as they were looked up together: `template/attribute…/value…` → ids. */
  keyed: Dictionary<readonly string[]>;
  /** What plain upserts have found, so that the caller is told also of one that had nothing to change. */
  found: RecordKey[];
  /** Scenarios that have not begun yet; each begins with the variables given. */
  waiting: string[];
  given: ValueObject;
  givenContext: RecordKey | null;
  scope: Scope;
  frames: Frame[];
  /** Guard frames that are open; while there are none nothing has to be undone. */
  guards: number;
  /** Records that the run has read or made: template id → record id. */
  held: Dictionary<Dictionary<Held>>;
  /** Records with changes, in the order of their first change. */
  touched: RecordKey[];
  /** Committed ids of links, as read: `template/record/attribute`. */
  lists: Dictionary<readonly string[]>;
  /** Contents of files that expressions read, as base64, by their hash. */
  contents: Dictionary<string>;
  /** Path of the step that changed a record last: `template/record`. */
  changedAt: Dictionary<string>;
  /** Changed rows of link tables: relation id → `owner/other`. */
  pairs: Dictionary<Dictionary<LinkPair>>;
  sends: RunEffects['sends'][number][];
  replies: Replies;
  undo: Undo[];
  permissions: Dictionary<RecordAccess>;
  /** For refusals; not known where nothing can be refused. */
  initiatorName?: string;
  /** What the step under way has been told; forgotten when it is done. */
  answers: Dictionary<Answer>;
  /** Where the answer to the last need goes. */
  pending: AnswerPlace | null;
  counters: Counters;
  /** Bytes of a request may have left: what was read must not change any more before the commit. */
  requested: boolean;
  /** Count of writes that the last successful probe has seen. */
  provenWrites: number;
  stepSinceMs: number | null;
  trace: TraceEntry[];
  traceCut: boolean;
}

/** `touched`, `sends`: how many records had been touched, and messages sent, before it. */
export type WriteEnd = { touched: number; sends: number } & ({ record: RecordKey } | { refused: FailureData } | { pending: true });

export interface RecordKey {
  template: string;
  id: string;
}

export interface Counters {
  iterations: number;
  triggerRuns: number;
  writes: number;
  writtenBytes: number;
}

/** One scenario under way. */
export interface Scope {
  /** Null for the plain writes of the API. */
  scenario: string | null;
  version: number;
  position: number;
  /** Path of the innermost iteration, or of the scenario. */
  prefix: string;
  variables: Dictionary<Value>;
  /** Variables that hold records; they follow what the run writes. */
  bound: Dictionary<RecordKey | readonly RecordKey[]>;
  context: RecordKey | null;
  runAs: 'system' | 'initiator';
  /** How it was started; a reply of a called scenario goes to its caller. */
  started: 'root' | 'call' | 'trigger';
  /** False until the variables that its start promises are loaded. */
  ready: boolean;
  result: Value;
}

export type Frame =
  /** The rest of a step's scope: nested steps of a create or upsert. */
  | { kind: 'context'; outer: RecordKey | null }
  | { kind: 'cases'; matched: boolean }
  /** The path of the loop's step is `at`; the iteration's is made from it. */
  | { kind: 'loop'; at: string; outerPrefix: string; as: string; items: readonly LoopItem[]; index: number }
  | { kind: 'contexts'; at: string; outerPrefix: string; as: string | null; records: readonly RecordKey[]; index: number; outer: RecordKey | null }
  | { kind: 'guard'; handler: number; undo: number; sends: number; writes: number }
  | { kind: 'caller'; scope: Scope; as: string | null }
  /** `before` triggers of one step; the scope that wrote goes on after the last. */
  | { kind: 'triggers'; at: string; calls: readonly TriggerCall[]; next: number };

export type LoopItem = { value: Value } | { record: RecordKey };

export interface TriggerCall {
  scenario: string;
  record: RecordKey;
  change: 'created' | 'changed' | 'deleted';
  before: Value;
}

export interface Held {
  state: 'read' | 'created' | 'deleted' | 'absent';
  /** As committed when it was read; null when there was nothing. */
  base: RecordData | null;
  values: Readonly<Dictionary<Scalar>>;
  archived: boolean;
  templateVersion: number;
  touched: boolean;
  locked: boolean;
  origin: Origin;
}

export interface LinkPair {
  owner: string;
  other: string;
  base: boolean;
  now: boolean;
  origin: Origin;
}

export type Undo =
  | { kind: 'held'; template: string; id: string; previous: Held | null }
  | { kind: 'pair'; relation: string; pair: string; previous: LinkPair | null };

export type AnswerPlace =
  | { to: 'record'; template: string; id: string }
  | { to: 'list'; key: string }
  | { to: 'permission'; key: string }
  | { to: 'content'; hash: string }
  | { to: 'step'; key: string };
