/** A plain client of the simulator for tests, and a base that waits for nothing. */
import { readFileSync } from 'node:fs';
import { instantPace } from '../pace.ts';
import { type Onec, type OnecOptions, startOnec } from '../server.ts';

export const ownMetadata = readFileSync(new URL('../configuration.edmx.xml', import.meta.url), 'utf8');

export const startQuick = (options: Partial<OnecOptions> = {}): Promise<Onec> => startOnec({ port: 0, metadata: ownMetadata, size: { rows: 40 }, pace: instantPace(), ...options });

export interface Reply {
  status: number;
  text: string;
  headers: Headers;
  /** The parsed body; only of JSON. */
  json: Record<string, unknown>;
}

export type Row = Record<string, unknown>;

export class Client {
  readonly #onec: Pick<Onec, 'url'>;
  readonly headers: Record<string, string>;

  constructor(onec: Pick<Onec, 'url'>, headers: Record<string, string> = { accept: 'application/json' }) {
    this.#onec = onec;
    this.headers = headers;
  }

  async send(method: string, path: string, query: Record<string, string | number> = {}, body?: unknown, headers: Record<string, string> = {}): Promise<Reply> {
    const text = Object.entries(query).map(([name, value]) => `${name}=${encodeURIComponent(String(value))}`).join('&');
    const url = `${this.#onec.url}/${encodeURI(path)}${text === '' ? '' : `?${text}`}`;
    return this.raw(url, { method, headers: { ...this.headers, ...headers }, body: body === undefined ? null : typeof body === 'string' ? body : JSON.stringify(body) });
  }

  async raw(url: string, init: RequestInit): Promise<Reply> {
    const response = await fetch(url, init);
    const reply = new TextDecoder('utf-8', { ignoreBOM: true }).decode(await response.arrayBuffer());
    const json: unknown = (response.headers.get('content-type') ?? '').includes('json') ? JSON.parse(reply) : {};
    // The simulator answers with objects only.
    return { status: response.status, text: reply, headers: response.headers, json: json as Record<string, unknown> };
  }

  get(path: string, query: Record<string, string | number> = {}): Promise<Reply> {
    return this.send('GET', path, query);
  }

  /** All rows of a read that must go well. */
  async rows(path: string, query: Record<string, string | number> = {}): Promise<Row[]> {
    const { status, json, text } = await this.get(path, query);
    const value = json['value'];
    if (status !== 200 || !Array.isArray(value)) throw new Error(`${status} ${text}`);
    return value;
  }

  async first(path: string, query: Record<string, string | number> = {}): Promise<Row> {
    const [row] = await this.rows(path, { ...query, $top: 1 });
    if (!row) throw new Error(`${path} has no rows`);
    return row;
  }
}

/** The code in an error of JSON. */
export function codeOf({ json }: Reply): string | undefined {
  const error = json['odata.error'];
  return typeof error === 'object' && error !== null && 'code' in error ? String(error.code) : undefined;
}
