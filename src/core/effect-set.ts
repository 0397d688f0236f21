/**
 * What one run wants to change, as plain data. `Store.commit` applies a set whole or not at all;
 * nothing else writes what the platform promises to keep.
 */
import type { FailureData } from './failure.ts';
import type { JobWrite } from './job.ts';
import type { MessageFile } from './message-file.ts';
import type { ConversionWrite } from './conversion-write.ts';
import type { Payload } from './payload.ts';
import type { PublicationSwitch } from './publishing.ts';
import type { SourceWrite } from './source.ts';
import type { Scalar } from './template.ts';
import type { Value } from './value.ts';

export type { Payload };

export interface EffectSet {
  /** Fresh uuid of this attempt to commit; an unknown COMMIT is looked up by it. */
  id: string;
  /** The lease under which the work was done. A lost lease refuses the whole set. */
  fence?: Fence;
  idempotency?: IdempotencyWrite;
  records: readonly RecordWrite[];
  /** Records that were only read but must not have changed (`lock: true`). */
  checks: readonly VersionCheck[];
  /** At most one message row is inserted or finished by a set. */
  message?: MessageWrite;
  intents: readonly IntentWrite[];
  outcomes: readonly OutcomeWrite[];
  /** Messages to send; each is a message row of direction `out` and a row of the outbox queue. */
  outbox: readonly OutboxWrite[];
  /** Runs to start after the commit; each is a message row and a row of the inbox queue. */
  runs: readonly RunWrite[];
  timers: readonly TimerWrite[];
  /** Jobs that begin, go on or end. */
  jobs: readonly JobWrite[];
  /** Values on their way to other columns, by a job. */
  conversions?: readonly ConversionWrite[];
  /** Brings a publication into force; its set has no records and no messages. */
  publication?: PublicationSwitch;
  /** How far row sources have come. */
  sources: readonly SourceWrite[];
  /** What becomes of the queue row named by the fence. */
  queue?: QueueWrite;
}

export const emptyEffectSet = (id: string): EffectSet => ({ id, records: [], checks: [], intents: [], outcomes: [], outbox: [], runs: [], timers: [], jobs: [], sources: [] });

/** Queues of pending work; presence of a row is its state. */
export type QueueName = 'inbox' | 'outbox' | 'timer';

export interface Fence {
  queue: QueueName;
  /** Id of the message, or of the timer. */
  message: string;
  /** Node id and boot id of the owner, as `ownerOf` spells them. */
  owner: string;
  /** Grows at every claim; an older one is refused. */
  fence: number;
  /** Refuses the set also when nobody waits for the end of the message any more. */
  awaited?: true;
}

export type Origin = 'scenario' | 'api' | 'ui' | 'import' | 'sync';

/** `before`: what that version of the record held, for the change log. */
export type RecordWrite =
  | { op: 'create'; template: string; templateVersion: number; id: string; values: Readonly<Record<string, Scalar>>; archived?: true; origin: Origin; by: string | null }
  | { op: 'update'; template: string; templateVersion: number; id: string; version: number; values: Readonly<Record<string, Scalar>>; before?: Readonly<Record<string, Scalar>>; archived?: boolean; origin: Origin; by: string | null }
  | { op: 'delete'; template: string; templateVersion: number; id: string; version: number; origin: Origin; by: string | null }
  /** `relation` is of storage `table`, or `column` when the write comes from the other side; then the last one wins. */
  | { op: 'link' | 'unlink'; relation: string; owner: string; other: string; origin: Origin; by: string | null };

export interface VersionCheck {
  template: string;
  id: string;
  version: number;
}

/** Retention class: days a message is kept. */
export type RetentionDays = 1 | 7 | 30 | 365;

export type MessageState =
  | 'pending' // durable, waits in the inbox or outbox queue
  | 'waiting' // stopped at a request, a wait or a retry; its queue row or timer brings it back
  | 'done'
  | 'failed' // over, and not ours to repeat
  | 'dead' // parked for a person
  | 'discarded'
  | 'cancelled';

export interface MessageRow {
  /** UUIDv7 whose two low bits are the retention class. */
  id: string;
  direction: 'in' | 'out' | 'run';
  state: MessageState;
  /** Id and version of the route; null for runs that no message started. */
  route: string | null;
  routeVersion: number | null;
  /** Of the configuration under which it was accepted or queued, on which its run finishes; null or absent: the newest. */
  revision?: number | null;
  /** System names at the time, so that the journal reads without the configuration. */
  routeName: string | null;
  connectionName: string | null;
  scenarioNames: readonly string[];
  /** The message or run that caused this one. */
  parent: string | null;
  /** How many runs led here; bounded by `chainDepth`. */
  depth: number;
  /** Of a message of direction `out`: the effect id, the same at every repeat. */
  effectId: string | null;
  orderKey: string | null;
  idempotencyKey: string | null;
  /** Account id, or `anonymous`, or `system`. */
  caller: string;
  receivedAt: string;
  contentType: string | null;
  payload: Payload | null;
  reply: Payload | null;
  replyStatus: number | null;
  attempts: number;
  failure: FailureData | null;
  /** What the steps did, compressed; opaque to the store. */
  trace: Uint8Array | null;
  /** State of a stopped run, packed; opaque to the store. */
  runState: Uint8Array | null;
  /** Business keys, by name. */
  keys: Readonly<Record<string, string>>;
  /** Files that it brought, for the store to keep their bytes; written with the row, and read again from the payload. */
  files?: readonly MessageFile[];
}

export type MessageWrite =
  | { op: 'insert'; row: MessageRow }
  | {
      op: 'update';
      id: string;
      state: MessageState;
      reply?: Payload | null;
      replyStatus?: number | null;
      attempts: number;
      failure: FailureData | null;
      trace?: Uint8Array | null;
      runState?: Uint8Array | null;
      scenarioNames?: readonly string[];
    };

export interface IdempotencyWrite {
  route: string;
  caller: string;
  key: string;
  /** SHA-256 of the body. */
  bodyHash: Uint8Array;
  message: string;
  /** `claimed` while a run is under way, `answered` once its work is committed. */
  state: 'claimed' | 'answered';
  reply: Payload | null;
  replyStatus: number | null;
  ttlMs: number;
}

/** Recorded before the bytes of a request leave. */
export interface IntentWrite {
  run: string;
  /** Step path with loop indices, like `steps[2].forEach[3].send`. */
  path: string;
  effectId: string;
  requestHash: Uint8Array;
  connectionName: string;
  routeName: string;
  request: Payload | null;
  /** The call was intended before and is known not to have been carried out: this intent takes the place of that one. */
  again?: boolean;
}

export interface OutcomeWrite {
  run: string;
  path: string;
  /** The packed answer or failure of the call. */
  outcome: Uint8Array;
}

export interface OutboxWrite {
  row: MessageRow;
  route: string;
  connection: string;
  orderKey: string | null;
  dueInMs: number;
}

export interface RunWrite {
  row: MessageRow;
  /** Route id, or the scenario's id when no message started the run; order keys are counted under it. */
  route: string;
  orderKey: string | null;
  dueInMs: number;
  /** Somebody waits for the end and repeats by himself when it is a failure; else the message is ours to bring to an end. */
  awaited?: boolean;
}

export interface TimerWrite {
  id: string;
  kind: string;
  dueInMs: number;
  payload: Value;
  /** One that a worker holds stays as it is; else that worker is fenced off. */
  unlessHeld?: true;
}

export type QueueWrite =
  | { op: 'remove' }
  /** Back to the queue, due later; the lease is given up. */
  | { op: 'retry'; dueInMs: number; attempts: number }
  /** Taken out of the queue for a person: its key goes on (`park`) or stays blocked (`block`). */
  | { op: 'park'; block: boolean };

export type CommitResult =
  | { kind: 'committed' }
  /** Something read by the run has changed: compute it again. */
  | { kind: 'conflict'; template?: string; record?: string }
  /** The data refuses this set; recomputing may help once (a unique value that another run just created). */
  | { kind: 'refused'; failure: FailureData }
  /** The lease was lost: drop the work silently, its new owner does it. */
  | { kind: 'fenced' }
  /** The idempotency key exists: answered work carries its reply. */
  | { kind: 'duplicate'; message: string; state: 'claimed' | 'answered'; sameBody: boolean; reply: Payload | null; replyStatus: number | null }
  /** The order key's queue is at its limit. */
  | { kind: 'queueFull' }
  /** Transient: nothing was written. */
  | { kind: 'unavailable'; failure: FailureData };
