/** One OData service: its description, remembered; requests to it with sign-in, token and the headers of its dialect. */
import {
  Failure, failure, limits, parseJson, printJson, readUrl,
  type HttpAnswer, type HttpRequest, type HttpStream, type MetadataDocument, type Value,
} from '../../sdk/index.ts';
import { AtomProblem } from './atom.ts';
import { isAtomAnswer, readAtom } from './atom-row.ts';
import { asRead } from './as-read.ts';
import { createCapabilityBook, type CapabilityBook } from './capability-book.ts';
import { createDescriptionKeeper } from './description.ts';
import { maskSecrets } from './masked-text.ts';
import { fetchMetadata, metadataAddress } from './metadata-fetch.ts';
import { dialectRules, type DialectRules } from './dialect.ts';
import type { Dialect, EdmModel } from './edm.ts';
import { createTokenKeeper, type TokenKeeper } from './csrf-token.ts';
import { createPageSizes, type PageSizes } from './page-sizes.ts';
import { createSessionKeeper, sessionHeaders } from './onec-session.ts';
import { readRowAnswer, wholeAnswer, type RowAnswer } from './row-answer.ts';
import type { ServiceContext } from './service-context.ts';
import { createWakeWatch } from './waking.ts';
import { createServicePort, type ServicePort } from './service-port.ts';
import { jsonError } from './service-error.ts';

export type { Connection, ServiceContext } from './service-context.ts';

/** What is known of the service once its description has been read. */
export interface Described {
  model: EdmModel;
  dialect: Dialect;
  rules: DialectRules;
  /** What one address may carry after the question mark. */
  queryBytes: number;
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

export interface Service {
  readonly root: URL;
  /** Of the description: by it everything that is kept of the service is told from that of another. */
  readonly address: string;
  readonly capabilities: CapabilityBook;
  readonly pageSizes: PageSizes;
  /** That its base had to wake up, if it had. */
  woken(): Failure | undefined;
  /** Waits for the first reading, and for another one when what is known is older than `maxAgeMs`; callers share one. */
  describe(signal: AbortSignal, maxAgeMs?: number): Promise<Described>;
  /** Asks for the description whatever is known, and throws what the service says. */
  read(signal: AbortSignal): Promise<Described>;
  /** The description as it comes, not remembered. */
  document(signal: AbortSignal): Promise<MetadataDocument>;
  /** Throws as the HTTP port does. */
  request(described: Described, request: ServiceRequest, signal: AbortSignal): Promise<ServiceAnswer>;
  close(): Promise<void>;
}

/** `exchanged` is called when the service itself has given another description than the one before. */
export function openService(context: ServiceContext, exchanged: () => void = () => undefined): Service {
  const { properties } = context;
  const root = readUrl(context.name, properties.url);
  const base = baseOf(root);
  const port = createServicePort(context);
  const closing = new AbortController();
  const token = createTokenKeeper((headers, signal) => port.request({
    method: 'GET', url: `${base}/`, timeoutMs: properties.timeoutMs, headers: { accept: 'application/json', 'user-agent': 'Zveno', ...headers },
  }, signal));
  const sessions = createSessionKeeper(properties.poolSize);
  const address = metadataAddress(base);
  const capabilities = createCapabilityBook(context, address, closing.signal);
  const descriptions = createDescriptionKeeper({
    context, base, closing: closing.signal,
    fetch: (etag, signal) => fetchMetadata(context, port, base, etag, signal),
    exchanged({ hash }, found) {
      capabilities.describedBy(hash);
      if (found === 'read') exchanged();
    },
  });
  const waking = createWakeWatch(context);
  let opened: Promise<void> | undefined;

  async function asDescribed(reading: Promise<EdmModel>): Promise<Described> {
    const [model] = await Promise.all([reading, (opened ??= capabilities.open())]);
    const dialect = properties.dialect === 'auto' ? model.dialect : properties.dialect;
    const rules = dialectRules[dialect];
    const learnt = capabilities.get('maxQueryBytes');
    return { model, dialect, rules, queryBytes: properties.maxQueryBytes ?? (typeof learnt === 'number' ? learnt : rules.queryBytes) };
  }

  async function inSession(known: Described, request: ServiceRequest, signal: AbortSignal): Promise<ServiceAnswer> {
    const line = { port, base, token, capabilities };
    // A base that gave no session before is not asked for one with each request.
    if (known.dialect !== '1c' || properties.onecSession === 'off' || capabilities.deniedLately('session', (given) => given === false)) return send(context, line, known, request, signal);
    const session = sessions.take();
    let answer: ServiceAnswer | undefined;
    try {
      answer = await send(context, line, known, { ...request, session: sessionHeaders(session) }, signal);
      return answer;
    } finally {
      // A feed is still being read under its session, which nobody else may use meanwhile.
      sessions.give(session, answer?.http.headers['set-cookie'], answer === undefined || answer.feed !== undefined || answer.http.status >= 400);
    }
  }

  return {
    root,
    address,
    pageSizes: createPageSizes(),
    woken: () => waking.told,
    capabilities,
    describe: (signal, maxAgeMs) => asDescribed(descriptions.model(signal, maxAgeMs)),
    read: (signal) => asDescribed(descriptions.read(signal)),
    async request(described, request, signal) {
      const ask = () => inSession(described, request, signal);
      const answer = await (described.dialect === '1c' ? waking.watch(ask) : ask());
      if (answer.http.status === 414 || answer.http.status === 431) learnLength(capabilities, request.path);
      return answer;
    },
    async document(signal) {
      const document = await fetchMetadata(context, port, base, null, signal);
      if (document === undefined) throw new Error('no mark was sent');
      return document;
    },
    async close() {
      closing.abort(failure('connection.closed', { connection: context.name }));
      await port.close();
    },
  };
}

/** Half of what was too much is tried next; less than this is no trouble of the length. */
const shortestQuery = 500;

function learnLength(capabilities: CapabilityBook, path: string | URL): void {
  const text = path instanceof URL ? path.search : path;
  const bytes = text.length - text.indexOf('?') - 1;
  if (bytes > shortestQuery) capabilities.learn('maxQueryBytes', Math.max(shortestQuery, Math.floor(bytes / 2)));
}

interface Line {
  port: ServicePort;
  base: string;
  token: TokenKeeper;
  capabilities: CapabilityBook;
}

async function send(context: ServiceContext, { port, base, token, capabilities }: Line, described: Described, request: ServiceRequest, signal: AbortSignal): Promise<ServiceAnswer> {
  const { properties } = context;
  const { dialect, rules } = described;
  const writes = request.method !== 'GET';
  if (writes && (dialect === 'sap' || capabilities.get('csrf') === true)) await asRead(context, base, properties.timeoutMs, signal, () => token.fetch(signal));
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
    capabilities.learn('csrf', true);
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

/** Addresses are made of the root without a slash at its end. */
export const baseOf = (root: URL): string => root.href.replace(/\/+$/, '');
