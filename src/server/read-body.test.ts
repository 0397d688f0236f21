/** The body of a request on its way in, over a real socket. */
import Fastify, { type FastifyInstance } from 'fastify';
import { connect } from 'node:net';
import { afterEach, expect, test } from 'vitest';
import { failure } from '../core/failure.ts';
import type { Reading } from '../engine/in-flight.ts';
import { leaveBodyAlone, readBody } from './read-body.ts';
import { asFailure, sendProblem } from './problem.ts';

let app: FastifyInstance;
afterEach(() => app.close());

interface Seen {
  counted: number;
  ended: PromiseWithResolvers<string>;
}

async function serve(grow: Reading['grow']): Promise<{ port: number; seen: Seen }> {
  const seen: Seen = { counted: 0, ended: Promise.withResolvers() };
  // A client whose body was refused in the middle may keep its connection for long.
  app = Fastify({ forceCloseConnections: true });
  leaveBodyAlone(app);
  app.setErrorHandler((error, _request, reply) => sendProblem(reply, asFailure(error)));
  app.post('/', async (request, reply) => {
    const reading: Reading = {
      grow: (bytes) => {
        grow(bytes);
        seen.counted += bytes;
      },
      giveBack: () => undefined,
    };
    try {
      const body = await readBody(request, reply, 1_000_000, reading);
      seen.ended.resolve('read');
      return body.length;
    } catch (error) {
      seen.ended.resolve(asFailure(error).code);
      throw error;
    }
  });
  await app.listen({ port: 0, host: '127.0.0.1' });
  const address = app.server.address();
  if (address === null || typeof address === 'string') throw new Error('no port');
  return { port: address.port, seen };
}

const post = (port: number, body: string): Promise<Response> => fetch(`http://127.0.0.1:${port}/`, { method: 'POST', body });

test('is counted as it comes', async () => {
  const { port, seen } = await serve(() => undefined);
  expect((await post(port, 'x'.repeat(300_000))).status).toBe(200);
  expect(seen.counted).toBe(300_000);
});

test('is refused in the middle when the node holds enough', async () => {
  let bytes = 0;
  const { port, seen } = await serve((more) => {
    bytes += more;
    if (bytes > 100_000) throw failure('message.busy', {}, { next: { kind: 'retryAfter', ms: 1_000 } });
  });
  const answer = await post(port, 'x'.repeat(900_000));
  expect([answer.status, answer.headers.get('retry-after')]).toEqual([503, '1']);
  expect(seen.counted).toBeLessThanOrEqual(100_000);
});

test('that breaks off keeps nobody waiting', async () => {
  const { port, seen } = await serve(() => undefined);
  const socket = connect(port, '127.0.0.1', () => socket.write('POST / HTTP/1.1\r\nhost: a\r\ncontent-length: 100\r\n\r\nhalf', () => socket.destroy()));
  socket.on('error', () => undefined);
  expect(await seen.ended.promise).toBe('http.malformed');
});
