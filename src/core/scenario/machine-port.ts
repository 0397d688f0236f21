/**
 * The interpreter's face to the engine. It is pure: it never reads, sends or waits by itself;
 * it says what it needs and is told the answer. Its whole state is plain data.
 */
import type { RecordAccess } from '../access/record-access.ts';
import type { Configuration } from '../configuration/published.ts';
import type { EffectSet, Origin } from '../effect-set.ts';
import type { FailureData } from '../failure.ts';
import type { MessageFile } from '../message-file.ts';
import type { ReadRequest, ReadResult } from '../query.ts';
import type { RecordData, Scalar, ScalarAttribute } from '../template.ts';
import type { Value, ValueObject } from '../value.ts';

/** How a run begins. */
export type RunStart =
  /** Scenarios of a route, one after another in one effect set. */
  | { kind: 'message'; route: string; scenarios: readonly string[]; message: Value; files?: readonly MessageFile[]; errorResponse: ReplySlot | null }
  /** One scenario by hand, by API, or after a committed record change. */
  | { kind: 'scenario'; scenario: string; variables: ValueObject; context: RunContext | null }
  /** Plain writes of the API, with the `before` triggers they fire. `apart`: one that is refused is left out with all that it did, and the others go on. `quiet`: no record trigger runs. */
  | { kind: 'writes'; writes: readonly DirectWrite[]; origin: Origin; apart?: true; quiet?: true };

/** `values` by attribute name as a caller gave them; links are ids or lists of ids. */
export type DirectWrite =
  | { op: 'create'; template: string; id: string; values: ValueObject }
  | { op: 'update'; template: string; id: string; version: number | null; values: ValueObject; add?: ValueObject; exclude?: ValueObject }
  | { op: 'delete'; template: string; id: string; version: number | null }
  | { op: 'archive'; template: string; id: string; version: number | null; archived: boolean }
  /** Bytes that are stored already become a file of the record, or this version (or a later one) of `file`, which may have been removed before; or a file goes. */
  | { op: 'addFile'; template: string; id: string; version: number | null; attribute: string; file: { id: string; version: number } | null; stored: { name: string; hash: string; size: number; type: string } }
  | { op: 'removeFile'; template: string; id: string; version: number | null; attribute: string; file: string }
  /** `of` is copied under `id`. */
  | { op: 'clone'; template: string; id: string; of: string; depth: number; values: ValueObject }
  /** `outcome` in the result tells created | updated. */
  | { op: 'upsert'; template: string; id: string; by: ValueObject; values: ValueObject };

/** What an attribute says of its files. */
export type FileRule = Pick<ScalarAttribute, 'name' | 'type' | 'extensions' | 'maxBytes'>;

/** The record a run begins on. */
export interface RunContext {
  template: string;
  id: string;
}

export interface RunIdentity {
  /** Message id of the run; effect ids are derived from it and the step path, so a recomputation has the same ones. */
  run: string;
  /** Account id, `anonymous` or `system`; goes into `_createdBy` as null unless it is an account. */
  initiator: string;
  depth: number;
  /** Names of the scenarios that led to this run, oldest first; named when the chain is too long. */
  chain?: readonly string[];
  /** Instant of the run's start, UTC text; the same at every recomputation. */
  startedAt: string;
}

export interface ReplySlot {
  status: number;
  body: Value;
}

export interface Replies {
  response: ReplySlot | null;
  errorResponse: ReplySlot | null;
}

/** What the machine wants from the engine before it can go on. */
export type Need =
  /** `own` is true when the run's own writes could be seen by this read. */
  | { kind: 'read'; request: ReadRequest; own: boolean }
  /** Would the effects so far be accepted? Asked at the end of a guarded step. */
  | { kind: 'probe' }
  /** Call a remote system now. */
  | { kind: 'request'; path: string; effectId: string; route: string; message: Value }
  /** Which records may the initiator use so? */
  | { kind: 'permission'; template: string; verb: 'read' | 'create' | 'edit' | 'delete' }
  /** Store the content of a new file, unless the attribute does not take such a file. */
  | { kind: 'storeFile'; attribute: FileRule; name: string; content: string }
  | { kind: 'fileContent'; hash: string }
  /** Which account has this name or id? */
  | { kind: 'account'; account: string }
  /** Which of these are no roles, and why? */
  | { kind: 'roles'; roles: readonly string[] };

export type Answer =
  | { kind: 'read'; result: ReadResult }
  | { kind: 'probe'; failure: FailureData | null }
  /** `notes` are kept with the answer and mean nothing to the scenario. */
  | { kind: 'request'; result: { kind: 'ok' | 'error'; response: Value; status: number | null; failure: FailureData | null; notes?: readonly FailureData[] } }
  /** `account` is the initiator's name, for the refusal. */
  | { kind: 'permission'; access: RecordAccess; account?: string }
  | { kind: 'storeFile'; file: { hash: string; size: number; type: string } }
  /** As base64. */
  | { kind: 'fileContent'; content: string }
  /** Its id, or null when there is none. */
  | { kind: 'account'; id: string | null }
  | { kind: 'roles'; unknown: readonly UnknownRole[] }
  /** The need could not be met at all; it fails the step like any failure. */
  | { kind: 'failed'; failure: FailureData };

/** A name that is no role, and why: what there is by that name instead. */
export type UnknownRole =
  | { role: string; is: 'unknown'; nearest: string }
  | { role: string; is: 'deleted' }
  | { role: string; is: 'group'; roles: readonly string[] };

/** Plain data, made and read by the machine only; `packState`/`unpackState` make bytes of it and back. */
export interface RunState {
  readonly machine: 1;
}

export type Turn =
  | { kind: 'need'; need: Need; state: RunState }
  | { kind: 'finished'; result: RunResult }
  /** The run is over; nothing of its effects may be committed. Replies survive. */
  | { kind: 'failed'; failure: FailureData; path: string; result: RunResult };

/** What has become of one plain write. */
export type WriteOutcome = { op: 'created' | 'updated' | 'unchanged' | 'deleted'; id: string; version: number } | { op: 'refused'; failure: FailureData };

export interface RunResult {
  effects: RunEffects;
  replies: Replies;
  trace: readonly TraceEntry[];
  /** Result of a scenario that was called by API: what its `return` step gave, else null. */
  written: readonly { op: 'created' | 'updated' | 'deleted'; template: string; id: string; version: number }[];
  /** Of writes that were taken apart: their outcomes, and which of them first touched a record, by its id. */
  apart?: { outcomes: readonly WriteOutcome[]; touchedBy: Readonly<Record<string, number>> };
}

/** The part of an effect set that the machine fills; the engine adds message, fence, intents and queues. */
export interface RunEffects {
  records: EffectSet['records'];
  checks: EffectSet['checks'];
  /** Messages to send after the commit, in order. */
  sends: readonly { path: string; effectId: string; route: string; message: Value; key: string | null }[];
  /** `after` triggers to start, with the record before and after. */
  afterRuns: readonly { scenario: string; variables: ValueObject; context: RunContext | null }[];
}

export interface TraceEntry {
  path: string;
  kind: string;
  name: string;
  ms: number;
  outcome: 'done' | 'skipped' | 'failed';
  /** Short text for a person: what was written, how many were found. */
  note?: string;
  failure?: FailureData;
}

export interface Machine {
  /** Whether a run of this scenario, with what it calls, can ask for a request. Known from its text. */
  mayRequest(configuration: Configuration, scenario: string): boolean;
  start(configuration: Configuration, start: RunStart, identity: RunIdentity): RunState;
  /** Runs until something is needed or the run is over. `answer` is absent at the first call. `elapsedMs` feeds the trace. */
  advance(configuration: Configuration, state: RunState, answer: Answer | null, elapsedMs: () => number): Turn;
  /** What a run that is ended from outside leaves behind: its replies survive, and a person wants to see how far it came. */
  progress(state: RunState): { replies: Replies; trace: readonly TraceEntry[] };
  /** The effects so far, for reads that must see the run's own writes. */
  effectsSoFar(state: RunState): RunEffects;
  pack(state: RunState): Uint8Array;
  unpack(bytes: Uint8Array): RunState;
}

export type { RecordData, Scalar };
