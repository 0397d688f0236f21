/** Connections that are signed in by themselves: one account each, one request at a time, anew after a loss. */
import type { Socket } from 'node:net';
import { connect } from 'node:net';
import { request, type Dispatcher } from 'undici';
import { describe, expect, it } from 'vitest';
import type { RawAnswer } from './http-exchange.ts';
import { createSeats, type Seat, type Seats } from './http-seats.ts';
import { answer, startHttp } from './testing/server.ts';

const never = new AbortController().signal;

interface Scene {
  seats: Seats;
  /** What came, by the number of its connection. */
  came: string[];
  /** Answers so many requests of a connection once it is signed in. */
  limit: { requests: number };
}

async function scene(count: number, run: (scene: Scene) => Promise<void>, wrong = false): Promise<void> {
  const signed = new Map<Socket, { user: string; number: number; left: number }>();
  const came: string[] = [];
  const limit = { requests: Infinity };
  let connections = 0;
  await using server = await startHttp((seen, response) => {
    const socket = response.socket as Socket; // there until the answer is
    const known = signed.get(socket);
    if (seen.method === 'HEAD' && !wrong) signed.set(socket, { user: String(seen.headers['authorization']), number: ++connections, left: limit.requests });
    came.push(`${seen.method} ${seen.body} ${signed.get(socket)?.number ?? '-'}`);
    if (seen.method === 'HEAD') return void response.writeHead(wrong ? 401 : 200).end();
    if (known === undefined || known.left-- <= 0) return void response.writeHead(401, { connection: 'close' }).end();
    return answer(response, 200, { user: known.user });
  });
  const { port } = new URL(server.url);
  const seats = createSeats({
    origin: server.url, count,
    connect: () => new Promise((resolve, reject) => { const socket = connect(Number(port), '127.0.0.1', () => resolve(socket)).on('error', reject); }),
    async signIn(seat: Seat): Promise<RawAnswer | undefined> {
      const { statusCode, body } = await request(server.url, { dispatcher: seat.dispatcher, method: 'HEAD', headers: { authorization: 'one' }, reset: false });
      await body.dump();
      return statusCode === 401 ? { status: 401, headers: {}, body: new Uint8Array() } : undefined;
    },
  });
  try {
    await run({ seats, came, limit });
  } finally {
    await seats.close(new Error('over'));
  }
}

const post = (body: string, agains: boolean[] = [], origin = '') => async (dispatcher: Dispatcher, again: boolean): Promise<{ status: number }> => {
  agains.push(again);
  const { statusCode, body: answered } = await request(origin, { dispatcher, method: 'POST', body });
  await answered.dump();
  return { status: statusCode };
};

describe('seats', () => {
  it('are signed in once and used again, no more of them than were asked for', () => scene(2, async ({ seats, came }) => {
    await Promise.all(Array.from({ length: 8 }, (_each, index) => seats.use(never, post(`m${index}`, [], seats.origin))));
    expect(came.filter((line) => line.startsWith('HEAD'))).toHaveLength(2);
    expect(new Set(came.filter((line) => line.startsWith('POST')).map((line) => line.split(' ')[1])).size).toBe(8);
    expect(new Set(came.map((line) => line.split(' ')[2]))).toEqual(new Set(['1', '2']));
  }));

  it('are signed in anew after their connection was lost, before the request that was refused is sent again', () => scene(1, async ({ seats, came, limit }) => {
    limit.requests = 1;
    const agains: boolean[] = [];
    await seats.use(never, post('a', agains, seats.origin));
    expect(await seats.use(never, post('b', agains, seats.origin))).toEqual({ status: 200 });
    expect(agains).toEqual([false, false, true]);
    expect(came).toEqual(['HEAD  1', 'POST a 1', 'POST b 1', 'HEAD  2', 'POST b 2']);
  }));

  it('give the refusal of a sign-in, and send nothing of the request', () => scene(1, async ({ seats, came }) => {
    expect(await seats.use(never, post('secret', [], seats.origin))).toMatchObject({ refused: { status: 401 } });
    expect(came.every((line) => line.startsWith('HEAD'))).toBe(true);
  }, true));

  it('are not waited for any longer than the caller wants, and go on after a request that failed', () => scene(1, async ({ seats }) => {
    const held = Promise.withResolvers<void>();
    const first = seats.use(never, async () => { await held.promise; throw new Error('failed'); }).catch((error: unknown) => String(error));
    const impatient = new AbortController();
    const second = seats.use(impatient.signal, post('x', [], seats.origin)).catch((error: unknown) => String(error));
    impatient.abort(new Error('enough'));
    expect(await second).toBe('Error: enough');
    held.resolve();
    expect(await first).toBe('Error: failed');
    expect(await seats.use(never, post('y', [], seats.origin))).toEqual({ status: 200 });
  }));
});
