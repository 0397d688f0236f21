/**
 * The partner of the demo: a small HTTP server, a process of its own. It stands for a remote system that keeps its promises:
 * an effect (the Idempotency-Key of a request) is on its disk before it answers, and one it has seen is dropped and counted.
 *
 *   PARTNER_PORT=9001 PARTNER_FILE=effects.log PARTNER_TOKEN=… [PARTNER_KNOBS="delayMs=100&failRate=0.1"] node demo/partner.ts
 *
 * With PARTNER_FOLLOWS_INPUT=1 it ends with its standard input. Port 0 takes a free one. The first line on standard output is `{"port":…}`. Knobs are turned for one request by its query,
 * for all by `POST /knobs?…` (a POST without a query restores good behaviour); `GET /effects` tells the counts.
 */
import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { randomInt } from 'node:crypto';
import type { AddressInfo } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { EffectLog } from './effect-log.ts';
import { goodBehaviour, type Knobs, turnKnobs } from './knobs.ts';

export interface PartnerOptions {
  port: number;
  /** Where effects are recorded. */
  file: string;
  /** Bearer token that requests must carry; null asks for none. */
  token: string | null;
  knobs?: Knobs;
  /** An attribute of the body that is recorded beside the effect id. */
  label?: string;
}

export interface Partner {
  port: number;
  close(): Promise<void>;
}

const bodyBytes = 1024 * 1024;

export async function startPartner(options: PartnerOptions): Promise<Partner> {
  const log = await EffectLog.open(options.file);
  const state = { knobs: options.knobs ?? goodBehaviour };
  const server = createServer((request, response) => {
    handle(request, response, log, state, options).catch((error: unknown) => answer(response, 500, { error: error instanceof Error ? error.message : String(error) }));
  });
  const port = await listen(server, options.port);
  return {
    port,
    close: async () => {
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
      await log.close();
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

async function handle(request: IncomingMessage, response: ServerResponse, log: EffectLog, state: { knobs: Knobs }, { token, label }: PartnerOptions): Promise<void> {
  const url = new URL(request.url ?? '/', 'http://partner');
  if (url.pathname === '/effects') return answer(response, 200, log.counts);
  if (url.pathname === '/knobs' && request.method === 'POST') return turn(response, state, url.searchParams);
  if (token !== null && request.headers.authorization !== `Bearer ${token}`) return answer(response, 401, { error: 'the token is missing or wrong' });
  const effect = request.headers['idempotency-key'];
  if (typeof effect !== 'string' || !/^[\w.:-]{1,200}$/.test(effect)) return answer(response, 400, { error: 'a request needs an Idempotency-Key' });
  const body = await read(request);
  if (body === null) return answer(response, 413, { error: `a body has at most ${bodyBytes} bytes` });
  const about = label === undefined ? undefined : labelOf(body, label);
  await act(request, response, () => log.see(effect, about), turnKnobs(state.knobs, url.searchParams));
}

function turn(response: ServerResponse, state: { knobs: Knobs }, query: URLSearchParams): void {
  try {
    state.knobs = query.size === 0 ? goodBehaviour : turnKnobs(state.knobs, query);
    answer(response, 200, { ...state.knobs });
  } catch (error) {
    answer(response, 400, { error: error instanceof Error ? error.message : String(error) });
  }
}

async function act(request: IncomingMessage, response: ServerResponse, record: () => Promise<boolean>, knobs: Knobs): Promise<void> {
  if (knobs.delayMs > 0) await sleep(knobs.delayMs);
  const misfortune = happens(knobs.dropRate);
  if (knobs.hang && misfortune) return;
  if (knobs.drop === 'read' && misfortune) return void request.socket.destroy();
  if (happens(knobs.failRate)) return answer(response, knobs.failStatus, { error: 'as the knob says' });
  const first = await record();
  if (knobs.drop === 'write' && misfortune) return void request.socket.destroy();
  answer(response, 200, { accepted: true, repeated: !first });
}

const happens = (rate: number): boolean => randomInt(1_000_000) < rate * 1_000_000;

/** Null when the body is longer than the partner takes. */
async function read(request: IncomingMessage): Promise<string | null> {
  const chunks: Buffer[] = [];
  let total = 0;
  for await (const chunk of request) {
    const bytes = Buffer.from(chunk);
    total += bytes.length;
    if (total > bodyBytes) return null;
    chunks.push(bytes);
  }
  return Buffer.concat(chunks).toString();
}

/** One word, or undefined when the body has none to give. */
function labelOf(body: string, label: string): string | undefined {
  try {
    const value: unknown = JSON.parse(body);
    const found: unknown = typeof value === 'object' && value !== null ? Object.entries(value).find(([name]) => name === label)?.[1] : undefined;
    return typeof found === 'string' && /^\S{1,200}$/.test(found) ? found : undefined;
  } catch {
    return undefined;
  }
}

function answer(response: ServerResponse, status: number, body: object): void {
  if (response.headersSent || response.destroyed) return;
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}

if (import.meta.main) {
  const { PARTNER_PORT = '0', PARTNER_FILE = 'partner-effects.log', PARTNER_TOKEN, PARTNER_KNOBS = '', PARTNER_LABEL } = process.env;
  const knobs = turnKnobs(goodBehaviour, new URLSearchParams(PARTNER_KNOBS));
  const partner = await startPartner({ port: Number(PARTNER_PORT), file: PARTNER_FILE, token: PARTNER_TOKEN || null, knobs, ...(PARTNER_LABEL ? { label: PARTNER_LABEL } : {}) });
  // An open standard input would keep the process alive, so it leaves by itself once everything is on disk.
  const leave = (): void => void partner.close().finally(() => process.exit(0));
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, leave);
  if (process.env['PARTNER_FOLLOWS_INPUT']) process.stdin.resume().once('end', leave);
  process.stdout.write(`${JSON.stringify({ port: partner.port })}\n`);
}
