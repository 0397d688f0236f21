/** One running platform of a test, in this process, as its callers reach it: over HTTP. */
import type { PlatformSettings } from '../../src/cli/platform-settings.ts';
import { startPlatform, type Platform } from '../../src/main.ts';

export interface Answer {
  status: number;
  headers: Headers;
  text: string;
  /** What the text says as JSON; undefined when it is none. */
  body: unknown;
}

export interface Call {
  /** Sent as JSON. */
  body?: unknown;
  /** Sent as it is, in place of `body`. */
  raw?: string | Uint8Array;
  headers?: Readonly<Record<string, string>>;
  /** An Authorization header; null for none. The administrator's unless told. */
  as?: string | null;
}

/** What came of a run; a run that failed is answered as a problem. */
export interface Outcome {
  id: string;
  state: string;
  status: number | null;
  reply: unknown;
  failure: { code: string; text: string; parameters: Record<string, unknown> } | null;
}

export type RecordObject = Readonly<Record<string, unknown>> & { id: string; _version: number };

export const adminPassword = 'acceptance-tests';

/** Of every account that a scene makes. */
export const accountPassword = 'a long enough password';

export const basic = (name: string, password: string): string => `Basic ${Buffer.from(`${name}:${password}`).toString('base64')}`;

const asAdmin = basic('admin', adminPassword);

export class TestNode {
  readonly platform: Platform;
  readonly url: string;

  constructor(platform: Platform) {
    this.platform = platform;
    this.url = platform.url;
  }

  static async start(settings: PlatformSettings): Promise<TestNode> {
    return new TestNode(await startPlatform(settings, new AbortController().signal));
  }

  call(method: string, path: string, options: Call = {}): Promise<Answer> {
    return callHttp(this.url, method, path, options);
  }

  /** A message to a route: `POST /api/public/adapter/<path>`. */
  send(path: string, body: unknown, options: Omit<Call, 'body'> = {}): Promise<Answer> {
    return this.call('POST', `/api/public/adapter/${path}`, { ...options, body });
  }

  /** Like `call`, but any answer except 2xx is an error. */
  async ask<T>(method: string, path: string, body?: unknown): Promise<T> {
    const answer = await this.call(method, path, body === undefined ? {} : { body });
    if (answer.status >= 300) throw new Error(`${method} ${path} answered ${answer.status}: ${answer.text}`);
    // Each caller names the part of the documented answer that it reads.
    return answer.body as T;
  }

  /** All records of a template, at most a page of them. */
  async records(template: string, query = ''): Promise<readonly RecordObject[]> {
    const page = await this.ask<{ records: RecordObject[] }>('GET', `/api/v1/records/${encodeURIComponent(template)}?limit=1000${query}`);
    return page.records;
  }

  record(template: string, id: string, links = ''): Promise<RecordObject> {
    return this.ask('GET', `/api/v1/records/${encodeURIComponent(template)}/${id}${links === '' ? '' : `?links=${links}`}`);
  }

  create(template: string, values: Readonly<Record<string, unknown>>): Promise<RecordObject> {
    return this.ask('POST', `/api/v1/records/${encodeURIComponent(template)}`, values);
  }

  change(template: string, id: string, values: Readonly<Record<string, unknown>>): Promise<Answer> {
    return this.call('PATCH', `/api/v1/records/${encodeURIComponent(template)}/${id}`, { body: values });
  }

  /** Stands in for the button of the specification: starts a scenario, on a record when one is named. */
  async run(scenario: string, variables: Readonly<Record<string, unknown>> = {}, context?: { template: string; id: string }): Promise<Outcome> {
    const answer = await this.call('POST', `/api/v1/scenarios/${encodeURIComponent(scenario)}/runs`, { body: { variables, ...(context === undefined ? {} : { context }) } });
    // What the documented answer and the documented problem say.
    if (answer.status < 300) return answer.body as Outcome;
    const problem = answer.body as { code: string; title: string; parameters: Record<string, unknown>; message?: string };
    return { id: problem.message ?? '', state: 'failed', status: answer.status, reply: null, failure: { code: problem.code, text: problem.title, parameters: problem.parameters } };
  }

  /** The whole way of a message, bodies included. */
  message(id: string): Promise<MessageStory> {
    return this.ask('GET', `/api/v1/messages/${id}?payload=true`);
  }

  messages(query: string): Promise<readonly MessageSummary[]> {
    return this.ask<{ messages: MessageSummary[] }>('GET', `/api/v1/messages?${query}`).then(({ messages }) => messages);
  }

  close(): Promise<void> {
    return this.platform.close();
  }
}

export interface MessageSummary {
  id: string;
  direction: 'in' | 'out' | 'run';
  state: string;
  route: string | null;
  scenarios: readonly string[];
  effectId: string | null;
  attempts: number;
}

export interface MessageStory extends Omit<MessageSummary, 'failure'> {
  failure: { code: string; text: string; parameters: Record<string, unknown> } | null;
  trace: readonly { path: string; kind: string; outcome: string }[];
  children: readonly MessageSummary[];
  calls: readonly { path: string; effectId: string; connection: string; route: string; outcomeAt: string | null; outcome: unknown }[];
  queued: { queue: string; dueAt: string; owner: string | null; attempts: number } | null;
}

/** The id that the platform gave to the message it has answered. */
export function messageOf(answer: Answer): string {
  const id = answer.headers.get('zveno-message');
  if (id === null) throw new Error(`no message was named by ${answer.status}: ${answer.text}`);
  return id;
}

export async function callHttp(url: string, method: string, path: string, { body, raw, headers = {}, as = asAdmin }: Call): Promise<Answer> {
  const sent = raw ?? (body === undefined ? undefined : JSON.stringify(body));
  const response = await fetch(url + path, {
    method,
    redirect: 'manual',
    headers: { ...(as === null ? {} : { authorization: as }), ...(sent === undefined ? {} : { 'content-type': 'application/json' }), ...headers },
    ...(sent === undefined ? {} : { body: typeof sent === 'string' ? sent : new Uint8Array(sent) }),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, text, body: parsed(text) };
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
