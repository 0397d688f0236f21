/** Posting of 1C documents around a write: `Posted` is changed by calls of their own, and each may fail by itself. */
import { Failure, failure, isObject, type Receipt, type SpecValues, type ValueObject } from '../../sdk/index.ts';
import { answerFailure } from './answer-failure.ts';
import type { EntitySet } from './edm.ts';
import { readSingle } from './envelope.ts';
import { errorReceipt, type Work } from './exchange.ts';
import { keyText, rowAddress } from './key.ts';
import type { ServiceAnswer } from './service.ts';
import { readBeside } from './side-reading.ts';
import type { update } from './spec.ts';

export type Posting = SpecValues<typeof update>['posting'];

/** Throws `odata.notPostable` when the set has no documents that can be posted. */
export function assertPostable({ context, described }: Work, set: EntitySet, posting: string): void {
  const known = described.model.functions.filter(({ boundSet }) => boundSet === set.name).map(({ name }) => name);
  if (posting !== 'none' && !['Post', 'Unpost'].every((name) => known.includes(name))) throw failure('odata.notPostable', { connection: context.name, set: set.name });
}

export async function isPosted(work: Work, set: EntitySet, path: string): Promise<boolean> {
  const { answer, refused } = await readBeside(work, set.name, `${path}?$select=Posted`);
  if (refused !== undefined) throw refused;
  const row = readSingle(answer.value ?? null);
  return isObject(row) && row['Posted'] === true;
}

/** Posts or unposts; the failure, or undefined when 1C did it. A link that breaks is a failure like any other: what it left is told by the caller. */
export async function setPosted(work: Work, set: EntitySet, path: string, name: 'Post' | 'Unpost', hooks: { beforeBytes?(): void | Promise<void> } = {}): Promise<Failure | undefined> {
  const { context, service, described, signal } = work;
  const place = { connection: context.name, dialect: described.dialect, set: `${set.name}/${name}`, key: '', repeatable: true, nowMs: context.clock.wallMs() };
  const operational = name === 'Post' ? '?PostingModeOperational=false' : '';
  const answer: ServiceAnswer = await service.request(described, { method: 'POST', path: `${path}/${name}${operational}`, ...hooks }, signal);
  return answerFailure(place, answer.http, answer.text, answer.value) ?? answer.http.bodyFailure;
}

/** The address of the row that a receipt holds. */
export const addressIn = ({ context, described }: Work, set: EntitySet, { response }: Receipt): string | undefined => {
  const row = isObject(response) ? response['row'] : undefined;
  return isObject(row) ? rowAddress({ connection: context.name, dialect: described.dialect }, set, row) : undefined;
};

/** Posts what was written. The write stands when it fails: the receipt says so and is not repeated by itself. */
export async function posted(work: Work, set: EntitySet, path: string, written: Receipt): Promise<Receipt> {
  if (written.kind === 'error' && written.failure.code !== 'odata.storedOtherwise') return written;
  const failed = await attempt(work, () => setPosted(work, set, path, 'Post'));
  const response: ValueObject = { ...(isObject(written.response) ? written.response : {}), posted: failed === undefined };
  if (failed === undefined) return { ...written, response };
  return errorReceipt(failure('odata.notPosted', { connection: work.context.name, set: set.name, key: keyOf(set, work, written), detail: failed.text('en') }, { cause: failed, problems: [{ path: '', code: failed.code, parameters: failed.parameters }] }), httpOf(written), response);
}

/** A write that was refused after its document had been unposted: the document is posted again, so that nothing has changed. */
export async function restored(work: Work, set: EntitySet, path: string, refused: Receipt): Promise<Receipt> {
  if (refused.kind === 'ok') return refused;
  const failed = await attempt(work, () => setPosted(work, set, path, 'Post'));
  if (failed === undefined) return refused;
  return errorReceipt(leftUnposted(work, set, refused.failure, failed), httpOf(refused), refused.response);
}

/** The document was unposted, and nobody could post it again. */
export const leftUnposted = (work: Work, set: EntitySet, why: Failure, failed: Failure): Failure => failure('odata.leftUnposted', { connection: work.context.name, set: set.name, key: keyText(set, work.message), detail: why.text('en'), post: failed.text('en') }, { cause: why });

export async function attempt(work: Work, run: () => Promise<Failure | undefined>): Promise<Failure | undefined> {
  try {
    return await run();
  } catch (error) {
    if (error instanceof Failure) return error;
    if (!work.signal.aborted) throw error;
    return failure('connection.closed', { connection: work.context.name });
  }
}

const keyOf = (set: EntitySet, { message }: Work, { response }: Receipt): string => {
  const row = isObject(response) ? response['row'] : undefined;
  return keyText(set, isObject(row) ? row : message);
};

const httpOf = ({ status = 0, headers = {} }: Receipt) => ({ status, headers });
