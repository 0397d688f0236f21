/** A file that is sent as the body of a request, piece by piece. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { failure } from '../../core/failure.ts';

/** What is not read is thrown away as it comes, so that a refusal can be sent over the same socket. */
export async function* uploadOf({ headers, raw }: FastifyRequest, reply: FastifyReply): AsyncGenerator<Uint8Array> {
  const encoding = headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity') throw failure('http.uploadType', { types: 'identity' });
  if (headers.expect !== undefined) reply.raw.writeContinue();
  try {
    for await (const piece of raw.iterator({ destroyOnReturn: false })) if (piece instanceof Uint8Array) yield piece;
  } catch (cause) {
    throw failure('http.malformed', { detail: 'the body broke off' }, { cause });
  } finally {
    raw.resume();
  }
}

/** Throws `http.uploadType`. */
export function assertUploadType(type: string | undefined, allowed: readonly string[]): void {
  const given = type?.split(';', 1)[0]?.trim().toLowerCase() ?? '';
  if (!allowed.includes(given)) throw failure('http.uploadType', { types: allowed.join(', ') });
}
