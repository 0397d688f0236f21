/** Reads the body of a request, never more than its limit. */
import type { FastifyReply, FastifyRequest } from 'fastify';
import { failure } from '../core/failure.ts';

/**
 * Refuses by the declared length before anything is read, and at the limit while reading. A client that waits for leave
 * to send (Expect: 100-continue) gets it here: after the credentials and the length were looked at.
 */
export async function readBody(request: FastifyRequest, reply: FastifyReply, limit: number): Promise<Uint8Array> {
  const { headers, raw } = request;
  if (Number(headers['content-length'] ?? 0) > limit) throw failure('message.tooLarge', { limit });
  const encoding = headers['content-encoding'];
  if (encoding !== undefined && encoding !== 'identity') throw failure('http.contentType');
  if (headers.expect !== undefined) reply.raw.writeContinue();
  const chunks: Buffer[] = [];
  let size = 0;
  // Leaving the loop early must not destroy the socket: the refusal still has to be sent over it.
  for await (const chunk of raw.iterator({ destroyOnReturn: false })) {
    if (!Buffer.isBuffer(chunk)) throw new Error('the body of a request came as text');
    size += chunk.length;
    if (size > limit) {
      // What still comes is thrown away, so that the connection can end; the time for one request bounds that.
      raw.resume();
      throw failure('message.tooLarge', { limit });
    }
    chunks.push(chunk);
  }
  return chunks.length === 1 ? (chunks[0] ?? new Uint8Array()) : Buffer.concat(chunks, size);
}

/** Bodies are read by us, so nothing else may touch them. */
export const leaveBodyAlone = (scope: { removeAllContentTypeParsers(): void; addContentTypeParser(type: string, parser: (request: FastifyRequest, payload: unknown, done: (error: Error | null) => void) => void): void }): void => {
  scope.removeAllContentTypeParsers();
  scope.addContentTypeParser('*', (_request, _payload, done) => done(null));
};
