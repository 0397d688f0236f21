/** What a caller gets back. */
import { Failure } from '../core/failure.ts';
import type { MessageRow, Payload } from '../core/effect-set.ts';
import type { ReplySlot } from '../core/scenario/machine-port.ts';
import type { Store } from '../core/store-port.ts';
import type { Value } from '../core/value.ts';
import { jsonBytes, payloadOf } from './journal-payload.ts';
import type { RouteFace } from './route-face.ts';

export type Reply =
  /** The route's own answer, good or bad; `body` is JSON. */
  | { kind: 'body'; message: string; status: number; body: Uint8Array; repeated: boolean }
  /** Durable and on its way; the caller may look at the run later. */
  | { kind: 'accepted'; message: string; repeated: boolean }
  /** No answer of the route's own: the failure itself answers, as problem+json. */
  | { kind: 'failure'; message: string | null; failure: Failure };

export interface StoredReply {
  payload: Payload;
  status: number;
}

export async function storedReply(slot: ReplySlot, store: Pick<Store, 'storeBlob'>): Promise<StoredReply> {
  return { payload: await payloadOf(jsonBytes(slot.body), store), status: slot.status };
}

export async function bodyReply(message: string, stored: StoredReply, store: Pick<Store, 'payloadBytes'>, repeated: boolean): Promise<Reply> {
  return { kind: 'body', message, status: stored.status, body: await store.payloadBytes(stored.payload), repeated };
}

/**
 * The answer to a failure, as it is stored with the message: null when problem+json answers. So it does, too, when the
 * reply cannot be made: what is told then is why the message failed, and its record is not held up.
 * `face` is null for a run that no message started; it answers only what its scenario returned.
 */
export async function storedErrorReply(face: RouteFace | null, failed: Failure, slot: ReplySlot | null, message: Value | null, store: Pick<Store, 'storeBlob'>): Promise<StoredReply | null> {
  try {
    const answer = face === null ? slot : face.errorResponse(failed, slot, message);
    return answer === null ? null : await storedReply(answer, store);
  } catch (error) {
    if (error instanceof Failure) return null;
    throw error;
  }
}

/** The answer that a finished message gives, whoever finished it. */
export async function replyOfRow(row: MessageRow, store: Pick<Store, 'payloadBytes'>, repeated: boolean): Promise<Reply> {
  if (row.reply !== null) return bodyReply(row.id, { payload: row.reply, status: row.replyStatus ?? 200 }, store, repeated);
  if (row.failure !== null) return { kind: 'failure', message: row.id, failure: Failure.from(row.failure) };
  return { kind: 'accepted', message: row.id, repeated };
}
