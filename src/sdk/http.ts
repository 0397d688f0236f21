/**
 * HTTP over the dialer: every connect is checked, redirects are followed by hand, everything is bounded,
 * and a caller always learns whether bytes had left.
 */
import type { Socket } from 'node:net';
import { Agent, type Dispatcher } from 'undici';
import { failure, type Failure } from '../core/failure.ts';
import { limits } from '../core/limits.ts';
import type { Dialer, TlsOptions } from './dial.ts';
import { decompress, decompressedStream } from './http-encoding.ts';
import { exchange, openExchange, type Exchange, type Hooks, type RawAnswer, type RawStream } from './http-exchange.ts';
import { checkHeaders } from './http-headers.ts';
import { ntlmSeats, type NtlmSignIn } from './ntlm-seats.ts';

export interface HttpRequest extends Partial<Hooks> {
  method: string;
  url: string;
  headers?: Readonly<Record<string, string>>;
  /** Headers that must not reach another origin: they are dropped when a redirect leaves it. */
  credentials?: Readonly<Record<string, string>>;
  body?: Uint8Array;
  /** The whole call, redirects and body included; `limits.remoteTimeoutMs` unless told. */
  timeoutMs?: number;
  /** `limits.remoteResponseBytes` unless told. */
  responseBytes?: number;
}

export interface HttpAnswer {
  status: number;
  /** Names in lower case; repeated ones joined by ", ". */
  headers: Readonly<Record<string, string>>;
  /** Decompressed; empty when `bodyFailure` is set. */
  body: Uint8Array;
  /** Where the answer came from, after redirects. */
  url: string;
  /** The remote answered, but the body was too large or broke off. */
  bodyFailure?: Failure;
}

export interface HttpStream {
  status: number;
  headers: Readonly<Record<string, string>>;
  url: string;
  /** Decompressed; to be read once, within the request's `timeoutMs`. Throws `connection.responseTooLarge`, `connection.malformedResponse`. */
  body: AsyncIterable<Uint8Array>;
  /** Gives the body up where it is not read. */
  drop(): void;
}

export interface HttpPort {
  /**
   * Performs one call. Throws a Failure: `connection.unknownOutcome` when bytes had left and no answer came,
   * any other code when the remote is known to have done nothing. Throws the signal's reason when nothing had left.
   */
  request(request: HttpRequest, signal: AbortSignal): Promise<HttpAnswer>;
  /** The same for a reading too large to be held: resolves with the head, and the body is read as it comes. */
  stream(request: HttpRequest, signal: AbortSignal): Promise<HttpStream>;
  close(): Promise<void>;
}

export interface HttpPortOptions {
  connection: string;
  dialer: Dialer;
  tls?: TlsOptions;
  /** Sessions to one origin. */
  poolSize?: number;
  connectTimeoutMs?: number;
  /** Signs each connection to the origin of `address` in; whatever leads elsewhere goes without. */
  ntlm?: NtlmSignIn;
}

export function createHttpPort(options: HttpPortOptions): HttpPort {
  const { connection, dialer } = options;
  const closing = new AbortController();
  const connect = ({ hostname, port, protocol }: Pick<URL, 'hostname' | 'port' | 'protocol'>): Promise<Socket> => {
    const secure = protocol === 'https:';
    return dialer.dial({
      host: hostname.replace(/^\[|\]$/g, ''),
      port: port === '' ? (secure ? 443 : 80) : Number(port),
      ...(secure ? { tls: options.tls ?? {} } : {}),
      ...(options.connectTimeoutMs === undefined ? {} : { timeoutMs: options.connectTimeoutMs }),
    }, closing.signal);
  };
  const sessions = Math.min(options.poolSize ?? 8, limits.remoteSessions.value);
  const agent = new Agent({
    connections: sessions,
    maxOrigins: limits.remoteOrigins.value,
    pipelining: 1,
    allowH2: false,
    keepAliveTimeout: 4_000,
    connect: (target, callback) => void connect({ ...target, port: target.port ?? '' }).then((socket) => callback(null, socket), (error: Error) => callback(error, null)),
  });
  const seats = options.ntlm === undefined ? undefined : ntlmSeats(connection, options.ntlm, { count: sessions, connect });

  /** Over a seat where the connection itself is signed in. A refused sign-in is the answer: nothing of the request has left. */
  async function over<A extends Head>(each: Exchange, call: (dispatcher: Dispatcher, exchange: Exchange) => Promise<A>, refusal: (answer: RawAnswer) => A): Promise<A> {
    if (seats?.origin !== each.url.origin) return await call(agent, each);
    const signal = AbortSignal.any([each.signal, each.timeout]);
    const outcome = await seats.use(signal, (dispatcher, again) => call(dispatcher, again ? { ...each, beforeBytes: () => undefined, afterBytes: () => undefined } : each));
    return 'refused' in outcome ? refusal(outcome.refused) : outcome;
  }

  async function follow<A extends Head>(request: HttpRequest, signal: AbortSignal, call: (exchange: Exchange) => Promise<A>): Promise<{ hop: Hop; raw: A }> {
    const timeoutMs = request.timeoutMs ?? limits.remoteTimeoutMs.value;
    const timeout = AbortSignal.timeout(timeoutMs);
    const first = readUrl(connection, request.url);
    let hop: Hop = { method: request.method, url: first, body: request.body, first: true };
    for (let count = 0; count <= limits.redirects.value; count++) {
      const at = hop;
      const raw = await knowing(connection, at, () => call(exchangeOf(at, request, first, { connection, timeoutMs, timeout, signal })));
      const next = await knowing(connection, at, () => nextHop(connection, at, raw));
      if (next === undefined) return { hop, raw };
      raw.drop?.();
      hop = next;
    }
    return await knowing(connection, hop, () => {
      throw failure('connection.redirects', { connection, limit: limits.redirects.value, address: hop.url.origin });
    });
  }

  function admit(request: HttpRequest, signal: AbortSignal): void {
    signal.throwIfAborted();
    if (closing.signal.aborted) throw failure('connection.closed', { connection });
    checkHeaders(connection, { ...request.headers, ...request.credentials });
    if ((request.body?.length ?? 0) > limits.remoteRequestBytes.value) throw failure('connection.requestTooLarge', { connection, limit: limits.remoteRequestBytes.value });
  }

  return {
    async request(request, signal) {
      admit(request, signal);
      const { hop, raw } = await follow(request, signal, (each) => over(each, exchange, (refused) => refused));
      return finish(connection, hop, raw, responseLimit(request));
    },
    async stream(request, signal) {
      admit(request, signal);
      const { hop, raw } = await follow(request, signal, (each) => over(each, openExchange, streamOf));
      const place = { connection, address: hop.url.origin + hop.url.pathname, limit: responseLimit(request) };
      return { status: raw.status, headers: raw.headers, url: place.address, body: decompressedStream(place, raw.headers['content-encoding'], raw.body), drop: () => raw.drop() };
    },
    async close() {
      if (closing.signal.aborted) return;
      closing.abort(failure('connection.closed', { connection }));
      await Promise.all([agent.destroy(failure('connection.closed', { connection })), seats?.close(failure('connection.closed', { connection }))]);
    },
  };
}

/** An answer that is there as a whole. */
async function* pieces({ body, bodyFailure }: RawAnswer): AsyncGenerator<Uint8Array> {
  if (bodyFailure !== undefined) throw bodyFailure;
  if (body.length > 0) yield body;
}

const streamOf = (answer: RawAnswer): RawStream => ({ status: answer.status, headers: answer.headers, body: pieces(answer), drop: () => undefined });

/** What tells whether an answer leads elsewhere. */
interface Head {
  status: number;
  headers: Readonly<Record<string, string>>;
  drop?(): void;
}

interface Hop {
  method: string;
  url: URL;
  body: Uint8Array | undefined;
  first: boolean;
  /** A 303 has answered a change: it was made, and only its result is still to be fetched. */
  changed?: true;
}

/** After a change was made, no trouble on the way to its result may look as if nothing had happened. */
async function knowing<T>(connection: string, hop: Hop, work: () => T | Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (cause) {
    throw hop.changed === true ? changeUnknown(connection, hop, 'after 303', cause) : cause;
  }
}

const changeUnknown = (connection: string, { url }: Hop, detail: string, cause?: unknown): Failure =>
  failure('connection.unknownOutcome', { connection, address: url.origin + url.pathname, detail, late: false }, { cause });

const responseLimit = (request: HttpRequest): number => request.responseBytes ?? limits.remoteResponseBytes.value;

function exchangeOf(hop: Hop, request: HttpRequest, first: URL, rest: Pick<Exchange, 'connection' | 'timeoutMs' | 'timeout' | 'signal'>): Exchange {
  const nothing = (): void => undefined;
  return {
    ...rest,
    url: hop.url,
    method: hop.method,
    headers: { 'accept-encoding': 'gzip, deflate, br', ...request.headers, ...(hop.url.origin === first.origin ? request.credentials : {}) },
    body: hop.body,
    responseBytes: responseLimit(request),
    // The intent is for the whole call: it is not recorded again at every hop.
    beforeBytes: hop.first ? (request.beforeBytes ?? nothing) : nothing,
    afterBytes: hop.first ? (request.afterBytes ?? nothing) : nothing,
  };
}

/** Where a redirect leads, or undefined when the answer is no redirect. Throws when it must not be followed. */
function nextHop(connection: string, hop: Hop, raw: Head): Hop | undefined {
  const location = raw.headers['location'];
  if (![301, 302, 303, 307, 308].includes(raw.status) || location === undefined) return undefined;
  const refuse = (detail: string): Failure => failure('connection.redirectRefused', { connection, method: hop.method, address: location.slice(0, 200), detail });
  if (!URL.canParse(location, hop.url.href)) throw refuse(`${raw.status}: no address`);
  const url = new URL(location, hop.url);
  if (url.protocol !== 'http:' && url.protocol !== 'https:') throw refuse(`${raw.status}: ${url.protocol}`);
  if (url.username !== '' || url.password !== '') throw refuse(`${raw.status}: credentials in the address`);
  if (hop.url.protocol === 'https:' && url.protocol === 'http:') throw refuse(`${raw.status}: https → http`);
  const reads = hop.method === 'GET' || hop.method === 'HEAD';
  if (raw.status === 303) return { method: hop.method === 'HEAD' ? 'HEAD' : 'GET', url, body: undefined, first: false, ...(reads ? {} : { changed: true }) };
  // 301 and 302 turn a POST into a GET in browsers; following that here would lose the message silently.
  if (!reads && (raw.status === 301 || raw.status === 302)) throw refuse(String(raw.status));
  return { ...hop, url, first: false };
}

async function finish(connection: string, hop: Hop, raw: RawAnswer, limit: number): Promise<HttpAnswer> {
  const address = hop.url.origin + hop.url.pathname;
  if (hop.changed === true && (raw.status < 200 || raw.status >= 300)) throw changeUnknown(connection, hop, `303, HTTP ${raw.status}`);
  const answer = { status: raw.status, headers: raw.headers, url: address };
  if (raw.bodyFailure !== undefined) return { ...answer, body: new Uint8Array(), bodyFailure: raw.bodyFailure };
  try {
    return { ...answer, body: await decompress(raw.headers['content-encoding'], raw.body, limit) };
  } catch (cause) {
    const tooLarge = cause instanceof RangeError && 'code' in cause && cause.code === 'ERR_BUFFER_TOO_LARGE';
    const bodyFailure = tooLarge
      ? failure('connection.responseTooLarge', { connection, address, limit }, { cause })
      : failure('connection.malformedResponse', { connection, address, detail: `content-encoding ${raw.headers['content-encoding'] ?? ''}` }, { cause });
    return { ...answer, body: new Uint8Array(), bodyFailure };
  }
}

/** Reads an http(s) address without credentials in it, or throws `connection.addressInvalid`. */
export function readUrl(connection: string, text: string): URL {
  const url = URL.canParse(text) ? new URL(text) : undefined;
  if (url === undefined || (url.protocol !== 'http:' && url.protocol !== 'https:') || url.username !== '' || url.password !== '') {
    throw failure('connection.addressInvalid', { connection, address: url === undefined ? text.slice(0, 100) : `${url.protocol}//${url.host}` });
  }
  return url;
}
