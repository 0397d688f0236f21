/** One OData service: its description, remembered; requests to it with sign-in, token and the headers of its dialect. */
import {
  Failure, failure, limits, parseJson, printJson, readUrl, statusFailure,
  type HttpAnswer, type HttpRequest, type HttpStream, type MetadataDocument, type Value,
} from '../../sdk/index.ts';
import { AtomProblem } from './atom.ts';
import { isAtomAnswer, readAtom } from './atom-row.ts';
import type { BatchFormat } from './batch-format.ts';
import { dialectRules, type DialectRules } from './dialect.ts';
import type { Dialect, EdmModel } from './edm.ts';
import { createTokenKeeper, type TokenKeeper } from './csrf-token.ts';
import { hashOf, readMetadataPatiently } from './metadata.ts';
import { createSessionKeeper, sessionHeaders } from './onec-session.ts';
import { readRowAnswer, wholeAnswer, type RowAnswer } from './row-answer.ts';
import type { ServiceContext } from './service-context.ts';
import { createServicePort, type ServicePort } from './service-port.ts';
import { isHtml, jsonError, titleOf } from './service-error.ts';

export type { Connection, ServiceContext } from './service-context.ts';

/** What is known of the service once its description has been read. */
export interface Described {
  model: EdmModel;
  dialect: Dialect;
  rules: DialectRules;
}

export interface ServiceRequest {
  method: string;
  /** Of the service's root, percent-encoded, or an absolute address inside the service. */
  path: string | URL;
  headers?: Readonly<Record<string, string>>;
  body?: Uint8Array;
  /** Of 1C: its cookie, or the wish for one. */
  session?: Readonly<Record<string, string>>;
  /** The connection's own unless told; never longer than that. */
  timeoutMs?: number;
  /** The kit's own bound unless told. */
  responseBytes?: number;
  /** A feed is expected that the caller reads as it comes. */
  feed?: true;
  /** A page of rows is expected: it is parsed while it arrives. With `cut`, rows that do not fit into a message are left out. */
  rows?: { cut: boolean };
  beforeBytes?(): void | Promise<void>;
  afterBytes?(): void | Promise<void>;
}

export interface ServiceAnswer {
  http: HttpAnswer;
  /** A refusal is without the secrets of the connection, should the service repeat them. */
  text: string;
  /** The body as JSON, or what Atom would be in it; undefined when it is something else. */
  value: Value | undefined;
  /** Why it could not be read as Atom. */
  problem?: string;
  /** Of a feed that was asked for as one; to be read once. Throws as the HTTP port's stream does. */
  feed?: AsyncIterable<Uint8Array>;
  /** Rows were left out at the end. */
  cut?: boolean;
  /** Of the rows as they came. */
  bytes?: number;
}

/** What one open connection has learnt of its service. */
export interface ServiceMemory {
  batchFormat: BatchFormat | undefined;
}

export interface Service {
  readonly root: URL;
  readonly memory: ServiceMemory;
  /** Reads the description at the first call and once it is older than `maxAgeMs`, an hour unless told; callers share one reading. */
  describe(signal: AbortSignal, maxAgeMs?: number): Promise<Described>;
  /** The description as it comes, not remembered. */
  document(signal: AbortSignal): Promise<MetadataDocument>;
  /** Throws as the HTTP port does. */
  request(described: Described, request: ServiceRequest, signal: AbortSignal): Promise<ServiceAnswer>;
  close(): Promise<void>;
}

const refreshAfterMs = 3_600_000;

export function openService(context: ServiceContext): Service {
  const { properties, clock, log } = context;
  const root = readUrl(context.name, properties.url);
  const base = baseOf(root);
  const port = createServicePort(context);
  const closing = new AbortController();
  const token = createTokenKeeper((headers, signal) => port.request({
    method: 'GET', url: `${base}/`, timeoutMs: properties.timeoutMs, headers: { accept: 'application/json', 'user-agent': 'Zveno', ...headers },
  }, signal));
  const sessions = createSessionKeeper(properties.poolSize);
  let known: { described: Described; readAtMs: number } | undefined;
  let reading: Promise<Described> | undefined;

  async function read(): Promise<Described> {
    const document = await fetchMetadata(context, port, base, closing.signal);
    const model = known?.described.model.hash === hashOf(document.body) ? known.described.model : await readMetadataPatiently({ connection: context.name, address: document.url }, document.body, closing.signal);
    const dialect = properties.dialect === 'auto' ? model.dialect : properties.dialect;
    return { model, dialect, rules: dialectRules[dialect] };
  }

  /** What is known stays in use when it cannot be read anew: the call itself will tell whether the service is there. */
  async function refresh(): Promise<Described> {
    const earlier = known?.described;
    const described = await read().catch((error: unknown) => {
      if (earlier === undefined || !(error instanceof Failure)) throw error;
      log.warn('odata.descriptionKept', { connection: context.name, code: error.code });
      return earlier;
    });
    known = { described, readAtMs: clock.monotonicMs() };
    return described;
  }

  return {
    root,
    memory: { batchFormat: undefined },
    async describe(signal, maxAgeMs = refreshAfterMs) {
      signal.throwIfAborted();
      if (known !== undefined && clock.monotonicMs() - known.readAtMs < maxAgeMs) return known.described;
      reading ??= refresh().finally(() => { reading = undefined; });
      return orAbort(reading, signal);
    },
    async request(described, request, signal) {
      const line = { port, base, token };
      if (described.dialect !== '1c' || properties.onecSession === 'off') return send(context, line, described, request, signal);
      const session = sessions.take();
      let answer: ServiceAnswer | undefined;
      try {
        answer = await send(context, line, described, { ...request, session: sessionHeaders(session) }, signal);
        return answer;
      } finally {
        // A feed is still being read under its session, which nobody else may use meanwhile.
        sessions.give(session, answer?.http.headers['set-cookie'], answer === undefined || answer.feed !== undefined || answer.http.status >= 400);
      }
    },
    async document(signal) {
      const { body: bytes, url: address } = await fetchMetadata(context, port, base, signal);
      return { bytes, address };
    },
    async close() {
      closing.abort(failure('connection.closed', { connection: context.name }));
      await port.close();
    },
  };
}

interface Line {
  port: ServicePort;
  base: string;
  token: TokenKeeper;
}

async function send(context: ServiceContext, { port, base, token }: Line, described: Described, request: ServiceRequest, signal: AbortSignal): Promise<ServiceAnswer> {
  const { properties } = context;
  const { dialect, rules } = described;
  const writes = request.method !== 'GET';
  if (writes && dialect === 'sap') await asRead(context, base, properties.timeoutMs, signal, () => token.fetch(signal));
  const outgoing = (hooks: Pick<ServiceRequest, 'beforeBytes' | 'afterBytes'>): HttpRequest => ({
    method: request.method,
    url: request.path instanceof URL ? request.path.href : `${base}/${request.path}`,
    timeoutMs: Math.min(request.timeoutMs ?? Infinity, properties.timeoutMs),
    ...(request.responseBytes === undefined ? {} : { responseBytes: request.responseBytes }),
    headers: {
      accept: properties.format === 'atom' && !writes ? atomAccept : rules.accept, 'user-agent': 'Zveno', ...rules.headers,
      ...(request.body === undefined ? {} : { 'content-type': 'application/json; charset=utf-8' }), ...request.headers,
    },
    credentials: { ...(writes ? token.headers() : {}), ...request.session },
    ...(request.body === undefined ? {} : { body: request.body }),
    ...hooks,
  });
  const first = outgoing({
    ...(request.beforeBytes === undefined ? {} : { beforeBytes: () => request.beforeBytes?.() }),
    ...(request.afterBytes === undefined ? {} : { afterBytes: () => request.afterBytes?.() }),
  });
  if (request.rows !== undefined) return rowsOf(port, described.model, await readRowAnswer(context.name, await port.stream({ ...first, responseBytes: limits.odataAnswerBytes.value }, signal), request.rows.cut));
  if (request.feed === true) return feedOf(context, port, described.model, await port.stream(first, signal));
  let http = await port.request(first, signal);
  // The service has done nothing but ask for its token: the same request goes out once more, under the same intent.
  if (writes && http.status === 403 && http.headers['x-csrf-token']?.toLowerCase() === 'required') {
    token.forget();
    await asRead(context, base, properties.timeoutMs, signal, () => token.fetch(signal));
    http = await port.request(outgoing({}), signal);
  }
  return answerOf(port, described.model, http);
}

function rowsOf(port: ServicePort, model: EdmModel, { http, value, cut, bytes }: RowAnswer): ServiceAnswer {
  if (value === undefined) return answerOf(port, model, http);
  return jsonError(value) === undefined ? { http, text: '', value, cut, bytes } : answerOf(port, model, { ...http, body: new TextEncoder().encode(printJson(value)) });
}

async function feedOf(context: ServiceContext, port: ServicePort, model: EdmModel, { status, headers, url, body }: HttpStream): Promise<ServiceAnswer> {
  const head = { status, headers, url };
  if (status >= 200 && status < 300 && isAtomAnswer(headers['content-type'] ?? '', '')) return { http: { ...head, body: new Uint8Array() }, text: '', value: undefined, feed: body };
  return answerOf(port, model, await wholeAnswer(context.name, head, body));
}

/** Secrets are taken out of refusals, which people read; rows are data and stay as they are. */
function answerOf(port: ServicePort, model: EdmModel, http: HttpAnswer): ServiceAnswer {
  const text = new TextDecoder().decode(http.body);
  if (http.status < 300 && isAtomAnswer(http.headers['content-type'] ?? '', text.slice(0, 500))) return { http, text, ...atomOf(model, http.body) };
  const value = parsed(http.body);
  if (http.status < 300 && value !== undefined && jsonError(value) === undefined) return { http, text, value };
  const masked = maskSecrets(port.secrets(), text);
  return { http, text: masked, value: value === undefined || masked === text ? value : parsed(new TextEncoder().encode(masked)) };
}

const atomAccept = 'application/atom+xml,application/xml;q=0.9,*/*;q=0.1';

function atomOf(model: EdmModel, body: Uint8Array): { value: Value | undefined; problem?: string } {
  try {
    return { value: readAtom(model, body) };
  } catch (error) {
    if (!(error instanceof AtomProblem)) throw error;
    return { value: undefined, problem: `Atom: ${error.message}` };
  }
}

function parsed(body: Uint8Array): Value | undefined {
  if (body.length === 0) return undefined;
  try {
    return parseJson(body);
  } catch (error) {
    if (error instanceof Failure) return undefined; // not JSON: the caller knows whether that is a finding
    throw error;
  }
}

function maskSecrets(secrets: readonly string[], text: string): string {
  return secrets.reduce((masked, secret) => masked.replaceAll(secret, '[secret]'), text);
}

/** Addresses are made of the root without a slash at its end. */
const baseOf = (root: URL): string => root.href.replace(/\/+$/, '');

async function fetchMetadata(context: ServiceContext, port: ServicePort, base: string, signal: AbortSignal): Promise<HttpAnswer> {
  const { name, properties } = context;
  const url = `${base}/$metadata`;
  const answer = await asRead(context, url, properties.metadataTimeoutMs, signal, () => port.request({
    method: 'GET', url, timeoutMs: properties.metadataTimeoutMs, responseBytes: limits.odataMetadataBytes.value,
    headers: { accept: 'application/xml', 'user-agent': 'Zveno' },
  }, signal));
  const refused = statusFailure({ connection: name, address: answer.url, status: answer.status, headers: answer.headers, nowMs: context.clock.wallMs() });
  if (refused !== undefined) throw refused.code === 'connection.authenticationFailed' ? signInRefused(context, refused, answer) : refused;
  if (answer.bodyFailure !== undefined) {
    const { code, parameters, cause } = answer.bodyFailure;
    throw failure(code, parameters, { cause, ...(code === 'connection.malformedResponse' ? { next: { kind: 'retry' } } : {}) });
  }
  const head = new TextDecoder().decode(answer.body.subarray(0, 20_000));
  if (isHtml(head)) throw failure('odata.htmlPage', { connection: name, address: answer.url, title: titleOf(head) });
  return answer;
}

/** Says who was refused, and which ways to sign in the server takes. */
function signInRefused({ name, properties }: ServiceContext, refused: Failure, { url, headers }: HttpAnswer): Failure {
  const schemes = (headers['www-authenticate'] ?? '').split(',').flatMap((part) => /^\s*([A-Za-z][\w-]*)(?:\s|$)/.exec(part)?.[1] ?? []);
  return failure('odata.signInRefused', { connection: name, address: url, user: properties.username ?? '–', schemes: [...new Set(schemes)].join(', ').slice(0, 200) || '–' }, { cause: refused });
}

/** A reading on our own account has no effect whose fate could be unknown: it was only too slow, or the link broke. */
export async function asRead<T>(context: ServiceContext, address: string, ms: number, signal: AbortSignal, run: () => Promise<T>): Promise<T> {
  try {
    return await run();
  } catch (error) {
    if (!(error instanceof Failure) || error.code !== 'connection.unknownOutcome') throw error;
    signal.throwIfAborted();
    throw failure(error.parameters['late'] === true ? 'connection.timeout' : 'connection.lost', { connection: context.name, address, ms }, { cause: error });
  }
}

/** Waits for work that others wait for too: one who gives up does not stop it. */
function orAbort<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(signal.reason instanceof Error ? signal.reason : new Error('stopped'));
    signal.addEventListener('abort', stop, { once: true });
    void work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}
