/**
 * Connections to one origin, each by itself, for sign-ins that are the connection's and not the request's. A seat is
 * taken by one request at a time, belongs to one account, and is signed in again after its connection was lost.
 */
import type { X509Certificate } from 'node:crypto';
import type { Socket } from 'node:net';
import { TLSSocket } from 'node:tls';
import { Client, type Dispatcher } from 'undici';
import type { RawAnswer } from './http-exchange.ts';
import { WaitingLine } from './waiting-line.ts';

export interface Seat {
  dispatcher: Dispatcher;
  /** Of the server, where the connection is encrypted. */
  certificate(): X509Certificate | undefined;
}

export interface SeatsOptions {
  origin: string;
  count: number;
  connect: (origin: URL) => Promise<Socket>;
  /** Undefined when the seat is signed in; the answer that refused it otherwise. */
  signIn: (seat: Seat, signal: AbortSignal) => Promise<RawAnswer | undefined>;
}

export interface Seats {
  readonly origin: string;
  /** `work` has a seat that is signed in. A 401 to it has done nothing: the seat is signed in anew and `work` runs once more, `again`. */
  use<A extends { status: number; drop?(): void }>(signal: AbortSignal, work: (dispatcher: Dispatcher, again: boolean) => Promise<A>): Promise<A | { refused: RawAnswer }>;
  close(cause: Error): Promise<void>;
}

/** Servers keep idle connections for a minute or two; each new one costs a sign-in. */
const keepAliveMs = 30_000;

interface HeldSeat extends Seat {
  client: Client;
  signedIn: boolean;
}

export function createSeats({ origin, count, connect, signIn }: SeatsOptions): Seats {
  const seats: HeldSeat[] = [];
  const free: HeldSeat[] = [];
  const line = new WaitingLine<HeldSeat>();

  function open(): HeldSeat {
    let socket: Socket | undefined;
    const client = new Client(origin, {
      pipelining: 1, allowH2: false, keepAliveTimeout: keepAliveMs,
      connect: (_options, callback) => {
        const opening = connect(new URL(origin)).then((opened) => (socket = opened));
        opening.then((opened) => callback(null, opened), (error: Error) => callback(error, null));
      },
    });
    const seat: HeldSeat = { client, dispatcher: client, signedIn: false, certificate: () => (socket instanceof TLSSocket ? socket.getPeerX509Certificate() : undefined) };
    client.on('disconnect', () => { seat.signedIn = false; });
    seats.push(seat);
    return seat;
  }

  async function take(signal: AbortSignal): Promise<HeldSeat> {
    signal.throwIfAborted();
    return free.pop() ?? (seats.length < count ? open() : await line.join(signal));
  }

  function give(seat: HeldSeat): void {
    if (!line.serve(seat)) free.push(seat);
  }

  async function signedIn(seat: HeldSeat, signal: AbortSignal): Promise<RawAnswer | undefined> {
    if (seat.signedIn) return undefined;
    const refused = await signIn(seat, signal);
    seat.signedIn = refused === undefined;
    return refused;
  }

  return {
    origin,
    async use(signal, work) {
      const seat = await take(signal);
      try {
        for (const again of [false, true]) {
          const refused = await signedIn(seat, signal);
          if (refused !== undefined) return { refused };
          const answer = await work(seat.dispatcher, again);
          if (answer.status !== 401 || again) return answer;
          answer.drop?.();
          seat.signedIn = false;
        }
        throw new Error('the second attempt returns');
      } finally {
        give(seat);
      }
    },
    async close(cause) {
      for (const { client } of seats) await client.destroy(cause);
    },
  };
}
