/** What the REST API answered to writes, by the caller's mark, so that a repeat gets the answer and does nothing. */

export interface ReplyKey {
  /** Id of the account. */
  caller: string;
  /** The caller's Idempotency-Key. */
  key: string;
}

export interface StoredReply {
  status: number;
  headers: Readonly<Record<string, string>>;
  body: Uint8Array | null;
}

/** How a request with a key stands. */
export type BegunReply =
  /** It is this caller's to carry out, and to `finish` or `forget`. */
  | { kind: 'begun' }
  /** Carried out before; `reply` null when it is not kept. */
  | { kind: 'done'; digest: string; reply: StoredReply | null }
  | { kind: 'running'; digest: string }
  /** Whoever carried it out went away without a word. */
  | { kind: 'unknown'; digest: string };

export interface StoredReplies {
  begin(key: ReplyKey, digest: string): Promise<BegunReply>;
  /** Null: done, but the reply is not kept. */
  finish(key: ReplyKey, reply: StoredReply | null): Promise<void>;
  /** Nothing was done: the key is free again. */
  forget(key: ReplyKey): Promise<void>;
  /** Nobody knows what was done; a repeat is told so. */
  abandon(key: ReplyKey): Promise<void>;
}
