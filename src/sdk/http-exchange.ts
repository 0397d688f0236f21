/** One request and its answer over undici, with exact knowledge of whether bytes have left. */
import type { Dispatcher } from 'undici';
import { Failure, failure } from '../core/failure.ts';
import { createArrivingBody } from './arriving-body.ts';

export interface Hooks {
  /** Awaited when a socket is ready and before its first byte of this request. */
  beforeBytes(): void | Promise<void>;
  /** Called once the request has been handed to the socket completely; awaited before the answer is given. */
  afterBytes(): void | Promise<void>;
}

export interface Exchange extends Hooks {
  connection: string;
  method: string;
  url: URL;
  headers: Readonly<Record<string, string>>;
  body: Uint8Array | undefined;
  /** The connection is used again whatever the method: undici ends it after a HEAD, should a server send a body. */
  keepConnection?: true;
  responseBytes: number;
  timeoutMs: number;
  timeout: AbortSignal;
  signal: AbortSignal;
}

export interface RawAnswer {
  status: number;
  headers: Readonly<Record<string, string>>;
  body: Uint8Array;
  bodyFailure?: Failure;
}

/** An answer whose body has yet to arrive. */
export interface RawStream {
  status: number;
  headers: Readonly<Record<string, string>>;
  /** As it came, not decompressed; to be read once. Throws a Failure when it breaks off or passes its bound. */
  body: AsyncIterable<Uint8Array>;
  /** Gives the rest up. */
  drop(): void;
}

/** Resolves with what the remote answered; throws as `HttpPort.request` promises. */
export const exchange = (dispatcher: Dispatcher, request: Exchange): Promise<RawAnswer> => run(dispatcher, request, readAnswer);

/** The same, but resolves as soon as the head of the answer is there. */
export const openExchange = (dispatcher: Dispatcher, request: Exchange): Promise<RawStream> => run(dispatcher, request, streamAnswer);

async function run<A>(dispatcher: Dispatcher, request: Exchange, read: ReadAnswer<A>): Promise<A> {
  const state: State = { bytesLeft: false, sent: undefined, hookError: undefined };
  const outcome = await dispatch(dispatcher, request, state, read);
  await state.sent;
  if (state.hookError !== undefined) throw state.hookError.error;
  if (outcome.kind === 'answer') return outcome.answer;
  throw explain(request, state, outcome.error);
}

interface State {
  bytesLeft: boolean;
  /** What `afterBytes` returned. */
  sent: Promise<void> | undefined;
  /** A hook that throws stops the call, and its own error is what the caller sees. */
  hookError: { error: unknown } | undefined;
}

type Outcome<A> = { kind: 'answer'; answer: A } | { kind: 'error'; error: unknown };

interface Reader {
  handler: Dispatcher.DispatchHandler;
  fail(error: unknown): void;
}

/** `settle` is called once; `end` when nothing more can come, which may be later. */
type ReadAnswer<A> = (request: Exchange, settle: (outcome: Outcome<A>) => void, end: () => void) => Reader;

function dispatch<A>(dispatcher: Dispatcher, request: Exchange, state: State, read: ReadAnswer<A>): Promise<Outcome<A>> {
  return new Promise((resolve) => {
    const stop = AbortSignal.any([request.signal, request.timeout]);
    const reader = read(request, resolve, () => stop.removeEventListener('abort', aborted));
    const aborted = (): void => reader.fail(stop.reason);
    if (stop.aborted) return reader.fail(stop.reason);
    stop.addEventListener('abort', aborted, { once: true });
    const options: Dispatcher.DispatchOptions = {
      origin: request.url.origin,
      path: request.url.pathname + request.url.search,
      method: request.method,
      headers: { ...request.headers, ...(request.body === undefined || request.body.length === 0 ? {} : { 'content-length': String(request.body.length) }) },
      // undici writes the head together with the first chunk, so the generator is the place right before the first byte.
      // Its types leave out the async iterables that it documents and accepts.
      body: bodyOf(request, state) as unknown as Uint8Array,
      ...(request.keepConnection === true ? { reset: false } : {}),
      headersTimeout: 0,
      bodyTimeout: 0,
    };
    const handler: Dispatcher.DispatchHandler = {
      ...reader.handler,
      onRequestSent: () => {
        // The hook may be slow or fail; the socket does not wait for it.
        state.sent = Promise.resolve().then(() => request.afterBytes()).catch((error: unknown) => {
          state.hookError ??= { error };
          reader.fail(error);
        });
      },
    };
    try {
      dispatcher.dispatch(options, handler);
    } catch (error) {
      reader.fail(error); // closed meanwhile, or too many origins: nothing has been sent
    }
  });
}

async function* bodyOf(request: Exchange, state: State): AsyncGenerator<Uint8Array> {
  try {
    await request.beforeBytes();
  } catch (error) {
    state.hookError = { error };
    throw error;
  }
  request.signal.throwIfAborted();
  request.timeout.throwIfAborted();
  state.bytesLeft = true;
  if (request.body !== undefined && request.body.length > 0) yield request.body;
}

/** Collects an answer within its bound and settles exactly once. */
function readAnswer(request: Exchange, settle: (outcome: Outcome<RawAnswer>) => void, over: () => void): Reader {
  let controller: Dispatcher.DispatchController | undefined;
  let head: { status: number; headers: Readonly<Record<string, string>> } | undefined;
  let settled = false;
  const chunks: Buffer[] = [];
  let bytes = 0;
  const end = (outcome: Outcome<RawAnswer>): void => {
    if (settled) return;
    settled = true;
    over();
    settle(outcome);
  };
  const fail = (error: unknown): void => {
    end(head === undefined ? { kind: 'error', error } : { kind: 'answer', answer: { ...head, body: new Uint8Array(), bodyFailure: bodyFailureOf(request, error) } });
    controller?.abort(error instanceof Error ? error : new Error('stopped'));
  };
  return {
    fail,
    handler: {
      onRequestStart(started) {
        controller = started;
        // A call that was given up while it waited for a socket must not be sent after all.
        if (settled) started.abort(new Error('given up'));
      },
      onResponseStart(_controller, status, headers) {
        if (status >= 200) head = { status, headers: flatten(headers) };
      },
      onResponseData(_controller, chunk) {
        bytes += chunk.length;
        if (bytes > request.responseBytes) {
          fail(failure('connection.responseTooLarge', { connection: request.connection, address: addressOf(request), limit: request.responseBytes }));
        } else chunks.push(chunk);
      },
      onResponseEnd() {
        if (head !== undefined) end({ kind: 'answer', answer: { ...head, body: Buffer.concat(chunks) } });
      },
      onResponseError(_controller, error) {
        fail(error);
      },
    },
  };
}

/** Hands the body on while it comes; the socket is read no faster than the body is. */
function streamAnswer(request: Exchange, settle: (outcome: Outcome<RawStream>) => void, over: () => void): Reader {
  let controller: Dispatcher.DispatchController | undefined;
  let started = false;
  let given = false;
  let bytes = 0;
  const arriving = createArrivingBody({ pause: () => controller?.pause(), resume: () => controller?.resume(), drop: () => fail(new Error('given up')) });
  const fail = (error: unknown): void => {
    over();
    given = true;
    if (started) arriving.end(bodyFailureOf(request, error));
    else settle({ kind: 'error', error });
    controller?.abort(error instanceof Error ? error : new Error('stopped'));
  };
  return {
    fail,
    handler: {
      onRequestStart(start) {
        controller = start;
        // A call that was given up while it waited for a socket must not be sent after all.
        if (given) start.abort(new Error('given up'));
      },
      onResponseStart(_controller, status, headers) {
        if (status < 200) return;
        started = true;
        settle({ kind: 'answer', answer: { status, headers: flatten(headers), body: arriving.body(), drop: () => fail(new Error('given up')) } });
      },
      onResponseData(_controller, chunk) {
        bytes += chunk.length;
        if (bytes > request.responseBytes) fail(failure('connection.responseTooLarge', { connection: request.connection, address: addressOf(request), limit: request.responseBytes }));
        else arriving.push(chunk);
      },
      onResponseEnd() {
        over();
        arriving.end(undefined);
      },
      onResponseError(_controller, error) {
        fail(error);
      },
    },
  };
}

function flatten(headers: Readonly<Record<string, string | string[] | undefined>>): Readonly<Record<string, string>> {
  const flat: Record<string, string> = Object.create(null);
  for (const [name, value] of Object.entries(headers)) {
    if (value !== undefined) flat[name.toLowerCase()] = Array.isArray(value) ? value.join(', ') : value;
  }
  return flat;
}

/** The error of a call without an answer, in the caller's words. */
function explain(request: Exchange, state: State, error: unknown): unknown {
  const { connection } = request;
  const address = addressOf(request);
  const late = request.timeout.aborted && !request.signal.aborted;
  if (state.bytesLeft) {
    const detail = late ? `> ${request.timeoutMs} ms` : request.signal.aborted ? 'cancelled' : detailOf(error);
    return failure('connection.unknownOutcome', { connection, address, detail, late }, { cause: error });
  }
  if (request.signal.aborted) return request.signal.reason;
  if (late) return failure('connection.timeout', { connection, address, ms: request.timeoutMs }, { cause: error });
  return error instanceof Failure ? error : failure('connection.lost', { connection, address }, { cause: error });
}

function bodyFailureOf(request: Exchange, error: unknown): Failure {
  if (error instanceof Failure && error.code === 'connection.responseTooLarge') return error;
  const detail = request.timeout.aborted ? `> ${request.timeoutMs} ms` : detailOf(error);
  return failure('connection.malformedResponse', { connection: request.connection, address: addressOf(request), detail }, { cause: error });
}

const addressOf = (request: Exchange): string => request.url.origin + request.url.pathname;

function detailOf(error: unknown): string {
  if (typeof error === 'object' && error !== null && 'code' in error && typeof error.code === 'string') return error.code;
  return error instanceof Error ? error.name : 'broken';
}
