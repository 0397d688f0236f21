/** Seats that are signed in by NTLM, each before its first request: by a HEAD, which has no body to be sent twice and does nothing. */
import { randomBytes } from 'node:crypto';
import type { Socket } from 'node:net';
import { Failure, failure } from '../core/failure.ts';
import { limits } from '../core/limits.ts';
import { exchange, type RawAnswer } from './http-exchange.ts';
import { createSeats, type Seat, type Seats } from './http-seats.ts';
import { signInNtlm } from './ntlm/sign-in.ts';

export interface NtlmSignIn {
  address: string;
  username: string;
  password: string;
  /** Wall clock, for servers that tell no time. */
  nowMs: () => number;
}

export function ntlmSeats(connection: string, { address, username, password, nowMs }: NtlmSignIn, { count, connect }: { count: number; connect: (origin: URL) => Promise<Socket> }): Seats {
  const url = new URL(address);

  async function signIn(seat: Seat, signal: AbortSignal): Promise<RawAnswer | undefined> {
    const timeoutMs = limits.remoteTimeoutMs.value;
    const send = (authorization: string): Promise<RawAnswer> => exchange(seat.dispatcher, {
      connection, method: 'HEAD', url, headers: { authorization, 'user-agent': 'Zveno' }, body: undefined, keepConnection: true, responseBytes: limits.remoteResponseBytes.value,
      timeoutMs, timeout: signal, signal, beforeBytes: () => undefined, afterBytes: () => undefined,
    });
    try {
      return await signInNtlm({ send, certificate: () => seat.certificate(), chance: (bytes) => randomBytes(bytes), nowMs }, { username, password, host: url.hostname });
    } catch (error) {
      // A sign-in has no effect whose fate could be unknown, and nothing of the request itself has left.
      if (!(error instanceof Failure) || error.code !== 'connection.unknownOutcome') throw error;
      throw failure(error.parameters['late'] === true ? 'connection.timeout' : 'connection.lost', { connection, address: url.origin, ms: timeoutMs }, { cause: error });
    }
  }

  return createSeats({ origin: url.origin, count, connect, signIn });
}
