/** What the API and the UI read of messages and runs: lists, counts, and the whole way of one message. */
import type { MessageRow, MessageState, Payload } from './effect-set.ts';
import type { FailureCode } from './errors.ts';

export interface Journal {
  /** Newest first, without payloads. Throws `store.page`, `store.cursor`, `store.instant`. */
  list(filter: MessageFilter, page: { limit: number; cursor?: string }): Promise<MessagePage>;
  /** Null when there is no such message (any more). */
  show(id: string): Promise<MessageStory | null>;
  /** `sinceMs`: milliseconds since 1970. */
  counts(sinceMs: number): Promise<MessageCounts>;
  queues(): Promise<readonly QueueLength[]>;
}

export interface MessageFilter {
  states?: readonly MessageState[];
  directions?: readonly MessageRow['direction'][];
  /** Id of the route. */
  route?: string;
  /** Instants; `from` is part of the range, `to` is not. */
  from?: string;
  to?: string;
  /** A business key: its value, and its name unless any will do. */
  key?: { name?: string; value: string };
}

export interface MessagePage {
  messages: readonly MessageSummary[];
  /** Of the next page; null on the last. */
  cursor: string | null;
}

/** One line of the journal: what a list shows of a message, without its payload. */
export interface MessageSummary {
  id: string;
  direction: MessageRow['direction'];
  state: MessageState;
  route: string | null;
  routeName: string | null;
  connectionName: string | null;
  scenarioNames: readonly string[];
  parent: string | null;
  effectId: string | null;
  orderKey: string | null;
  caller: string;
  receivedAt: string;
  changedAt: string;
  payloadBytes: number | null;
  replyStatus: number | null;
  attempts: number;
  failureCode: FailureCode | null;
}

export interface MessageStory {
  message: MessageRow;
  changedAt: string;
  /** What this message caused: runs and messages to send, oldest first. */
  children: readonly MessageSummary[];
  calls: readonly RemoteCallEntry[];
  changes: readonly RecordChange[];
  /** Where it waits now, if it does. */
  queued: QueuePlace | null;
}

export interface RemoteCallEntry {
  path: string;
  effectId: string;
  connectionName: string;
  routeName: string;
  request: Payload | null;
  intentAt: string;
  /** Both null while nobody knows what came of it. */
  outcome: Uint8Array | null;
  outcomeAt: string | null;
}

export interface QueuePlace {
  queue: 'inbox' | 'outbox';
  dueAt: string;
  attempts: number;
  owner: string | null;
  leaseUntil: string | null;
  blocked: boolean;
  /** Messages of the same order key that come first. */
  ahead: number;
}

export interface RecordChange {
  template: string;
  record: string;
  version: number;
  op: string;
  attributes: readonly string[];
  origin: string;
  by: string | null;
  run: string | null;
  at: string;
}

export interface StateCount {
  direction: MessageRow['direction'];
  state: MessageState;
  count: number;
}

export interface MessageCounts {
  /** Everything that is not done, however old. */
  open: readonly StateCount[];
  /** Messages that came at or after `sinceMs`, in every state. */
  recent: readonly StateCount[];
}

export interface QueueLength {
  queue: 'inbox' | 'outbox' | 'timer';
  /** Rows in all. */
  waiting: number;
  /** Of them claimed by a worker whose lease holds. */
  claimed: number;
  /** How long the oldest due row has waited; null when nothing is due. */
  oldestDueMs: number | null;
}
