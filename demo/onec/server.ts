/** The 1C simulator: a web server with one publication. */
import { randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo, Socket } from 'node:net';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type Answer, refusalAnswer, signInAnswer, webServerAnswer } from './answer.ts';
import { Base } from './base.ts';
import { ChangeQueue, type PlanContents } from './change-queue.ts';
import { readEdmx } from './edmx.ts';
import { withoutSets } from './composition.ts';
import { exception, pageOf } from './exception-texts.ts';
import { checkNames } from './known-names.ts';
import { CutOff, type Pace, Slots, usualPace, Work } from './pace.ts';
import { Publication } from './publication.ts';
import { type Quirks, turnQuirks, usualQuirks } from './quirks.ts';
import { Refusal, WebServerRefusal } from './refusal.ts';
import { signIn, type User } from './rights.ts';
import type { BaseSize } from './row-maker.ts';

export interface OnecOptions {
  /** 0 takes a free one. */
  port: number;
  /** Text of a 1C `$metadata` document. */
  metadata: string;
  /** Path of the publication; `/base` unless told. */
  path?: string;
  seed?: string;
  size?: Partial<BaseSize>;
  /** None: anybody may do anything. */
  users?: readonly User[];
  /** What each exchange plan registers changes of; a plan that is not in it, of everything. */
  plans?: PlanContents;
  /** Sets that are in the base and not in the composition of its interface, with their table parts. */
  unpublished?: readonly string[];
  quirks?: Partial<Quirks>;
  pace?: Partial<Pace>;
  /** Is told each request as it comes: method, and address behind that of the service, as it came. */
  onRequest?: (line: string) => void;
  /** Wall clock in milliseconds. */
  now?: () => number;
}

export interface Onec {
  port: number;
  /** Address of the OData service, without a slash at its end. */
  url: string;
  /** For changes that somebody makes in 1C itself. */
  base: Base;
  turn(switches: Iterable<string>): Quirks;
  counts(): OnecCounts;
  close(): Promise<void>;
}

export interface OnecCounts {
  requests: number;
  sessions: number;
  /** The most requests that were worked on at once. */
  parallel: number;
  /** What the request that worked longest has taken by the pace. */
  longestMs: number;
  /** What all of them have taken by the pace. */
  workedMs: number;
}

const bodyBytes = 64 * 1024 * 1024;
const pieceCharacters = 32 * 1024;
const diskCharacters = 1024 * 1024;

export async function startOnec(options: OnecOptions): Promise<Onec> {
  const simulator = new Simulator(options);
  const server = createServer((request, response) => {
    options.onRequest?.(`${request.method} ${(request.url ?? '').replace(/^.*\/standard\.odata\/?/, '')}`);
    simulator.handle(request, response).catch(() => response.destroy());
  });
  // As long as IIS keeps an idle connection: one that is given up sooner meets its client half-way.
  server.keepAliveTimeout = 120_000;
  const port = await listen(server, options.port);
  return {
    port,
    url: `http://127.0.0.1:${port}${options.path ?? '/base'}/odata/standard.odata`,
    base: simulator.base,
    turn: (switches) => simulator.turn(switches),
    counts: () => simulator.counts(),
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

function listen(server: Server, port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    // The address of a server that listens on TCP is never a text.
    server.listen(port, '127.0.0.1', () => resolve((server.address() as AddressInfo).port));
  });
}

class Simulator {
  readonly base: Base;
  readonly #publication: Publication;
  readonly #pace: Pace;
  readonly #slots: Slots;
  readonly #users: readonly User[];
  readonly #now: () => number;
  /** When each session was last used. */
  readonly #sessions = new Map<string, number>();
  readonly #sockets = new WeakSet<Socket>();
  #quirks: Quirks;
  #requests = 0;
  #started = 0;
  #lastAt = -Infinity;
  #longestMs = 0;
  #workedMs = 0;

  constructor({ metadata, path = '/base', seed = '1', size = {}, users = [], plans = new Map(), unpublished = [], quirks = {}, pace = {}, now = Date.now }: OnecOptions) {
    this.#quirks = { ...usualQuirks(), ...quirks };
    this.#pace = { ...usualPace(), ...pace };
    this.#slots = new Slots(this.#pace.slots);
    this.#users = users;
    this.#now = now;
    this.base = new Base({ model: readEdmx([metadata]), seed, size: { rows: 100, bySet: new Map(), partRows: 3, ...size }, traits: () => this.#quirks });
    checkNames(this.base, users, plans, unpublished);
    const hidden = new Set([...this.base.roles.values()].filter(({ set, holder }) => unpublished.includes(set) || unpublished.includes(holder?.set ?? '')).map(({ set }) => set));
    this.#publication = new Publication({ path, metadata: withoutSets(metadata, hidden), unpublished: hidden, base: this.base, queue: new ChangeQueue(this.base, plans, () => this.#quirks), quirks: () => this.#quirks, pace: this.#pace, now });
  }

  turn(switches: Iterable<string>): Quirks {
    this.#quirks = turnQuirks(this.#quirks, switches);
    return this.#quirks;
  }

  counts(): OnecCounts {
    return { requests: this.#requests, sessions: this.#started, parallel: this.#slots.peak, longestMs: this.#longestMs, workedMs: this.#workedMs };
  }

  async handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const leaving = new AbortController();
    response.once('close', () => leaving.abort());
    this.#requests += 1;
    try {
      if (request.url?.startsWith('/_onec/quirks')) return await this.#send(response, { status: 200, type: 'application/json', body: JSON.stringify(this.#control(request)) }, undefined);
      await this.#slots.hold(() => this.#serve(request, response, leaving.signal));
    } catch (error) {
      if (error instanceof CutOff || leaving.signal.aborted || response.headersSent) response.destroy();
      else await this.#send(response, this.#answerOf(error, request), undefined);
    }
  }

  /** The simulator's own switchboard: `POST /_onec/quirks?cutStrings=off`. */
  #control(request: IncomingMessage): Quirks {
    const query = new URL(request.url ?? '/', 'http://onec').searchParams;
    try {
      return request.method === 'POST' ? this.turn([...query].map(([name, state]) => `${name}=${state}`)) : this.#quirks;
    } catch (error) {
      throw new WebServerRefusal(400, error instanceof Error ? error.message : String(error));
    }
  }

  async #serve(request: IncomingMessage, response: ServerResponse, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    const work = new Work(this.#pace, signal);
    const address = this.#publication.address(request.url ?? '/');
    if (!address) throw new WebServerRefusal(404, 'Not Found');
    if (this.#quirks.webServerBusy && this.#requests % 2 === 1) throw pageOf('busy', 503, { 'retry-after': '1' });
    await this.#wake(work);
    await this.#session(request, response, work);
    await work.spend(this.#pace.requestMs);
    const rights = signIn(request.headers.authorization, this.#users);
    try {
      const answer = rights ? await this.#publication.answer(asked(request), address, rights, work) : signInAnswer(this.#quirks.htmlSignIn);
      await work.settle();
      if (this.#quirks.answersLost && request.method !== 'GET') return void response.destroy();
      await this.#send(response, this.#quirks.diskFull ? withinDisk(answer) : answer, work);
    } finally {
      this.#longestMs = Math.max(this.#longestMs, work.spentMs);
      this.#workedMs += work.spentMs;
    }
  }

  async #wake(work: Work): Promise<void> {
    const now = this.#now();
    const cold = now - this.#lastAt > this.#pace.idleMs;
    this.#lastAt = now;
    if (cold) await work.spend(this.#pace.coldMs);
  }

  /** A session lives as long as its cookie is sent or its connection is kept. */
  async #session(request: IncomingMessage, response: ServerResponse, work: Work): Promise<void> {
    const cookie = /(?:^|;\s*)ibsession=([\w-]+)/.exec(request.headers.cookie ?? '')?.[1];
    const used = cookie === undefined ? undefined : this.#sessions.get(cookie);
    const alive = used !== undefined && this.#now() - used <= this.#pace.sessionIdleMs;
    if (cookie !== undefined && alive) this.#sessions.set(cookie, this.#now());
    if (alive || this.#sockets.has(request.socket)) return;
    if (this.#quirks.licenceMissing) throw pageOf('licenceMissing');
    this.#sockets.add(request.socket);
    this.#started += 1;
    if (String(request.headers['ibsession'] ?? '').toLowerCase() === 'start') {
      const session = randomUUID();
      this.#sessions.set(session, this.#now());
      response.setHeader('set-cookie', `ibsession=${session}; path=/; HttpOnly`);
    }
    await work.spend(this.#pace.sessionMs);
  }

  #answerOf(error: unknown, request: IncomingMessage): Answer {
    if (error instanceof WebServerRefusal) return webServerAnswer(error);
    const json = /\$format=(json|application(%2F|\/)json)/i.test(request.url ?? '') || (request.headers.accept ?? '').includes('json');
    const refusal = error instanceof Refusal ? error : new Refusal(-1, error instanceof Error ? error.message : String(error));
    return refusalAnswer(refusal, json, this.#quirks);
  }

  async #send(response: ServerResponse, { status, type, headers = {}, body }: Answer, work: Work | undefined): Promise<void> {
    if (response.destroyed) return;
    const rest = typeof body === 'string' || body instanceof Uint8Array ? undefined : pieces(body, work, this.#pace.kilobyteMs);
    // What is wrong with the first rows is still answered with a status.
    const first = rest ? (await rest.next()).value : body;
    response.writeHead(status, { ...(type === '' ? {} : { 'content-type': type }), dataserviceversion: '3.0', ...headers });
    if (!rest) return void response.end(first);
    response.write(first ?? '');
    // Counted in characters, so that no more is computed ahead than a socket holds.
    await pipeline(Readable.from(rest, { objectMode: false }), response);
  }
}

/** Gathers small texts; between pieces the client may be slower than we, and time passes. */
async function* pieces(texts: Iterable<string>, work: Work | undefined, kilobyteMs: number): AsyncGenerator<string> {
  let piece = '';
  for (const text of texts) {
    piece += text;
    work?.add((text.length / 1024) * kilobyteMs);
    if (piece.length < pieceCharacters) continue;
    await work?.settle();
    yield piece;
    piece = '';
  }
  await work?.settle();
  yield piece;
}

/** The server writes a page to its disk before it sends it; the disk has room for one megabyte. */
function withinDisk(answer: Answer): Answer {
  let whole = '';
  if (answer.body instanceof Uint8Array) return answer;
  for (const text of typeof answer.body === 'string' ? [answer.body] : answer.body) {
    whole += text;
    if (whole.length > diskCharacters) throw exception('diskFull');
  }
  return { ...answer, body: whole };
}

function asked(request: IncomingMessage): Parameters<Publication['answer']>[0] {
  return {
    method: request.method ?? 'GET',
    url: request.url ?? '/',
    host: request.headers.host ?? 'localhost',
    header: (name) => {
      const value = request.headers[name];
      return Array.isArray(value) ? value[0] : value;
    },
    body: () => bodyOf(request),
  };
}

async function bodyOf(request: IncomingMessage): Promise<Uint8Array> {
  const chunks: Buffer[] = [];
  let total = 0;
  // A request without an encoding gives buffers.
  for await (const chunk of request as AsyncIterable<Buffer>) {
    total += chunk.length;
    if (total > bodyBytes) throw new WebServerRefusal(413, 'Request Entity Too Large');
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}
