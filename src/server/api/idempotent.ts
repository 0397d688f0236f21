/** Carries out a write once for each Idempotency-Key of a caller; a repeat is answered with the reply of the first. */
import { createHash } from 'node:crypto';
import { hash as slowHash, verify } from '@node-rs/argon2';
import type { Operation } from '../../api/operation.ts';
import { Failure, failure } from '../../core/failure.ts';
import { printJson } from '../../core/json.ts';
import { limits } from '../../core/limits.ts';
import type { Log } from '../../core/ports.ts';
import type { ReplyKey, StoredReplies, StoredReply } from '../../core/stored-replies.ts';
import type { Answered } from './handler.ts';

/** What makes two requests the same. */
export interface KeyedRequest extends ReplyKey {
  method: string;
  /** With its query. */
  url: string;
  ifMatch: string | undefined;
  body: Uint8Array;
}

export type Repeated = { replay: StoredReply };

/** Throws `message.keyReused`, `message.inProgress`, `http.outcomeUnknown`, `http.replyNotKept`, and what `answer` throws. */
export async function answerOnce(replies: StoredReplies, operation: Operation, request: KeyedRequest, log: Log, answer: () => Promise<Answered>): Promise<Answered | Repeated> {
  const { key } = request;
  const text = [request.method, request.url, request.ifMatch ?? '', createHash('sha256').update(request.body).digest('hex')].join('\n');
  const plain = createHash('sha256').update(text).digest('hex');
  // A password could be guessed from a quick hash of the request that holds it.
  const digest = operation.secret === true ? await slowHash(plain) : plain;
  const begun = await replies.begin(request, digest);
  if (begun.kind === 'begun') return await carryOut(replies, operation, request, log, answer);
  if (begun.kind === 'running' && begun.digest === '') throw inProgress(key);
  const same = operation.secret === true && begun.digest.startsWith('$') ? await verify(begun.digest, plain) : begun.digest === plain;
  if (!same) throw failure('message.keyReused', { key });
  if (begun.kind === 'running') throw inProgress(key);
  if (begun.kind === 'unknown') throw failure('http.outcomeUnknown', { key });
  if (begun.reply === null) throw failure('http.replyNotKept', { key });
  return { replay: begun.reply };
}

const inProgress = (key: string): Failure => failure('message.inProgress', { key }, { next: { kind: 'retryAfter', ms: 1_000 } });

async function carryOut(replies: StoredReplies, operation: Operation, key: ReplyKey, log: Log, answer: () => Promise<Answered>): Promise<Answered> {
  let answered: Answered;
  try {
    answered = await answer();
  } catch (error) {
    // A refusal has done nothing, so that the same key may try again; after a mistake of ours nobody knows.
    await (error instanceof Failure && error.code !== 'http.internal' ? replies.forget(key) : replies.abandon(key)).catch(notKept);
    throw error;
  }
  // What was done stays done, also when its reply cannot be kept: a repeat is then told that nobody knows.
  if ('failure' in answered) await replies.forget(key).catch(notKept);
  else await replies.finish(key, operation.secret === true || 'stream' in answered ? null : replyOf(answered)).catch(notKept);
  return answered;

  function notKept(error: unknown): void {
    log.warn('api.replyNotKept', { operation: operation.id, error: error instanceof Error ? error.message : String(error) });
  }
}

function replyOf({ status, body, headers = {} }: Exclude<Answered, { failure: unknown } | { stream: unknown }>): StoredReply | null {
  const bytes = body === undefined ? null : Buffer.from(printJson(body));
  return bytes !== null && bytes.length > limits.keptReplyBytes.value ? null : { status, headers, body: bytes };
}
