/** What the engine needs from the store. `src/store/postgres` is the real one; `src/engine/testing` has a model of it. */
import type { CommitResult, EffectSet, Fence, MessageRow, MessageState, Payload, QueueName } from './effect-set.ts';
import type { FailureData } from './failure.ts';
import type { JobStore } from './job.ts';
import type { FileStore } from './file-store.ts';
import type { ReadRequest, ReadResult } from './query.ts';
import type { SourceStore } from './source.ts';
import type { Value } from './value.ts';

export interface Store {
  /** The only write port. Results are in the order of the sets; one set's refusal never touches its neighbours. */
  commit(sets: readonly EffectSet[]): Promise<readonly CommitResult[]>;

  /**
   * Reads committed records. With `own`, the run's effects so far are applied first and rolled back after,
   * so that the answer is what the run itself would see.
   */
  read(request: ReadRequest, own?: EffectSet): Promise<ReadResult>;

  /** Applies the set and rolls it back: null, or why it would be refused now. */
  probe(set: EffectSet): Promise<FailureData | null>;

  /** Everything in the set's record writes that would be refused now, found by applying one after another past those that are; all is rolled back. */
  refusals(set: EffectSet): Promise<readonly WriteRefusal[]>;

  // Queues and leases. Due times and leases are by the database's clock.

  /** Takes up to `limit` due heads: of one order key at most one, the oldest. */
  claim(queue: 'inbox' | 'outbox', owner: string, limit: number, leaseMs: number): Promise<readonly Claimed[]>;
  /** Takes up to `limit` due timers of a kind. A timer is finished by a set that carries its fence: `remove`, or `retry` for another time. */
  claimTimers(kind: string, owner: string, limit: number, leaseMs: number): Promise<readonly ClaimedTimer[]>;
  /** Prolongs leases; returns the messages whose lease still held. */
  renew(queue: QueueName, owner: string, messages: readonly string[], leaseMs: number): Promise<readonly string[]>;
  /** Gives leases up without an attempt being counted. */
  release(queue: QueueName, owner: string, messages: readonly string[]): Promise<void>;
  /** Frees everything that earlier boots of this node held. Returns how many. */
  freeEarlierBoots(node: string, boot: string): Promise<number>;
  /** Milliseconds until the next due row of a queue, or null when it is empty. */
  nextDueInMs(queue: 'inbox' | 'outbox'): Promise<number | null>;
  /** The same for timers of a kind. */
  nextTimerInMs(kind: string): Promise<number | null>;
  /** How many rows wait; blocked heads count. */
  queueLevels(): Promise<QueueLevels>;
  /** Calls back when another node or this one put something into a queue; returns how to stop. */
  onWake(listener: (what: 'inbox' | 'outbox' | 'timer' | 'configuration' | 'cancel' | 'accounts' | 'sessions' | 'instance' | 'dossier') => void): () => void;

  // What is recorded about remote calls.

  intents(run: string): Promise<readonly StoredIntent[]>;

  readonly jobs: JobStore;
  readonly sources: SourceStore;

  // Journal.

  message(id: string): Promise<MessageRow | null>;
  /**
   * Compare-and-set for cancel and kill: true when the state was one of `from`. Its queue row, if any, is removed.
   * `unlessRequested`: false also when a request of the run has an intent.
   */
  setMessageState(id: string, from: readonly MessageState[], to: MessageState, failure: FailureData | null, options?: { unlessRequested?: boolean }): Promise<boolean>;
  /** Whoever waited for the end of the message is told that it goes on without him; false when it has come to its end. */
  acknowledge(id: string): Promise<boolean>;
  /**
   * A message in one of the states `from` (a dead letter unless told) goes back to its queue, due now and with
   * its old place in the order of its key; false when it is in another state (any more).
   * `unknownAs` is recorded as the outcome of every call of which nobody knows what came of it; `awaited` as in `RunWrite`.
   */
  requeue(id: string, from?: readonly MessageState[], options?: { unknownAs?: Uint8Array; awaited?: boolean }): Promise<boolean>;
  /** The stored answer of an idempotency key. */
  idempotency(route: string, caller: string, key: string): Promise<StoredIdempotency | null>;
  payloadBytes(payload: Payload): Promise<Uint8Array>;
  storeBlob(bytes: Uint8Array): Promise<Payload>;

  readonly files: FileStore;

  close(): Promise<void>;
}

/** `record`: whose write it is; null when it is not known. */
export interface WriteRefusal {
  record: string | null;
  failure: FailureData;
}

export interface QueueLevels {
  /** By route id, or by scenario id for runs that no message started. */
  inbox: ReadonlyMap<string, number>;
  /** By the system name of the connection. */
  outbox: ReadonlyMap<string, number>;
}

export interface Claimed {
  fence: Fence;
  row: MessageRow;
  /** Attempts made before this one. */
  attempts: number;
  /** True when the row was claimed before and its owner never reported: a send may have left. */
  unknown: boolean;
  /** Younger messages of the same key that were handled before this one (a parked head retried). */
  outOfOrder: boolean;
  /** Somebody waits for the end and repeats by himself when it is a failure. */
  awaited: boolean;
  /** How long the message has been in the queue, by the database's clock. */
  queuedMs: number;
}

export interface ClaimedTimer {
  fence: Fence;
  kind: string;
  payload: Value;
  attempts: number;
  unknown: boolean;
  /** How long it has been due. */
  lateMs: number;
}

export interface StoredIntent {
  path: string;
  effectId: string;
  requestHash: Uint8Array;
  /** Absent while nobody knows what came of it. */
  outcome: Uint8Array | null;
}

export interface StoredIdempotency {
  message: string;
  state: 'claimed' | 'answered';
  bodyHash: Uint8Array;
  reply: Payload | null;
  replyStatus: number | null;
}
