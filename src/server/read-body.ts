/** Reads the body of a request, never more than its limit. */
import type { IncomingMessage } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { failure } from '../core/failure.ts';
import { limits } from '../core/limits.ts';
import type { Reading } from '../engine/in-flight.ts';

/**
 * Refuses by the declared length before anything is read, and at the limit while reading. A client that waits for leave
 * to send (Expect: 100-continue) gets it here: after the credentials and the length were looked at.
 * `reading` counts the bytes as they come, and may refuse more.
 */
export async function readBody(request: FastifyRequest, reply: FastifyReply, limit: number, reading?: Reading): Promise<Uint8Array> {
  const { headers, raw } = request;
  if (Number(headers['content-length'] ?? 0) > limit) throw failure('message.tooLarge', { limit });
  const encoding = headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity') throw failure('http.contentType');
  if (headers.expect !== undefined) reply.raw.writeContinue();
  return await gather(raw, limit, reading);
}

/**
 * At a limit the rest is thrown away as it comes: the refusal has to be sent over the same socket, which must not stand
 * still with unread bytes. The time for one request bounds how long that may take.
 */
function gather(raw: IncomingMessage, limit: number, reading?: Reading): Promise<Uint8Array> {
  return new Promise((resolve, reject) => {
    // Files may come for hours, so the server itself cannot bound the rest.
    const late = setTimeout(() => reject(failure('http.malformed', { detail: 'the body took too long' })), limits.requestReadMs.value);
    raw.once('close', () => clearTimeout(late));
    raw.once('end', () => clearTimeout(late));
    const chunks: Buffer[] = [];
    let size = 0;
    let refused = false;
    raw.on('data', (chunk: Buffer) => {
      if (refused) return;
      size += chunk.length;
      try {
        if (size > limit) throw failure('message.tooLarge', { limit });
        reading?.grow(chunk.length);
        chunks.push(chunk);
      } catch (refusal) {
        refused = true;
        chunks.length = 0;
        reject(refusal);
      }
    });
    raw.once('end', () => resolve(chunks.length === 1 ? (chunks[0] ?? new Uint8Array()) : Buffer.concat(chunks, size)));
    raw.once('close', () => reject(failure('http.malformed', { detail: 'the body broke off' })));
    raw.once('error', (cause) => reject(failure('http.malformed', { detail: 'the body broke off' }, { cause })));
  });
}

/** Bodies are read by us, so nothing else may touch them. */
export const leaveBodyAlone = (scope: { removeAllContentTypeParsers(): void; addContentTypeParser(type: string, parser: (request: FastifyRequest, payload: unknown, done: (error: Error | null) => void) => void): void }): void => {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser('*', (_request, _payload, done) => done(null));
};
