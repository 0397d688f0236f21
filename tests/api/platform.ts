/** A whole platform on a database of its own, and a caller that holds every answer to the published contract. */
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect } from 'vitest';
import { checkInput, type InputSchema } from '../../src/api/check-input.ts';
import { operationList } from '../../src/api/operations.ts';
import { platformSettings } from '../../src/cli/platform-settings.ts';
import { parseJson } from '../../src/core/json.ts';
import type { Log } from '../../src/core/ports.ts';
import { startPlatform, type Platform } from '../../src/main.ts';
import { migrate } from '../../src/store/postgres/migrate.ts';
import { withPlatformDatabase } from '../services/platform-database.ts';

export const adminPassword = 'correct horse battery';

const quiet: Log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };

export interface ApiCaller {
  url: string;
  platform: Platform;
  databaseUrl: string;
  /** As the administrator unless told; JSON in, JSON out. */
  call(method: string, path: string, options?: CallOptions): Promise<Called>;
  /** Applies documents given as YAML texts. */
  apply(...documents: string[]): Promise<void>;
  close(): Promise<void>;
}

export interface CallOptions {
  body?: unknown;
  /** Sent as it is, instead of `body`. */
  raw?: string | Uint8Array;
  headers?: Record<string, string>;
  /** `name:password`, a token, or null for nobody. */
  as?: { basic: string } | { token: string } | null;
}

export interface Called {
  status: number;
  headers: Headers;
  text: string;
  // Null when the answer is no JSON.
  // oxlint-disable-next-line typescript/no-explicit-any -- tests look into answers of many shapes
  json: any;
}

export async function startApi(environment: Record<string, string> = {}): Promise<ApiCaller> {
  const database = await withPlatformDatabase({ migrate: (url) => migrate({ connectionString: url }, quiet) });
  const folder = await mkdtemp(join(tmpdir(), 'zveno-api-'));
  const settings = platformSettings({
    ZVENO_PORT: '0', ZVENO_DATA: folder, DATABASE_URL: database.url, ZVENO_ADMIN_PASSWORD: adminPassword, ZVENO_LOG_LEVEL: 'silent', ZVENO_DEMO: 'off',
    ZVENO_POLL_MS: '50', ZVENO_MASTER_KEY: Buffer.alloc(32, 7).toString('base64'), ...environment,
  });
  const platform = await startPlatform(settings, new AbortController().signal);
  const call = (method: string, path: string, options: CallOptions = {}): Promise<Called> => callApi(platform.url, method, path, options);
  return {
    url: platform.url,
    platform,
    databaseUrl: database.url,
    call,
    async apply(...documents) {
      const applied = await call('POST', '/api/v1/configuration/apply', { body: { documents } });
      if (applied.status !== 200) throw new Error(applied.text);
    },
    async close() {
      await platform.close();
      await database.drop();
      await rm(folder, { recursive: true, force: true });
    },
  };
}

export async function callApi(url: string, method: string, path: string, { body, raw, headers = {}, as = { basic: `admin:${adminPassword}` } }: CallOptions): Promise<Called> {
  const given = raw ?? (body === undefined ? undefined : JSON.stringify(body));
  const response = await fetch(`${url}${path}`, {
    method,
    redirect: 'manual',
    headers: { ...(given === undefined ? {} : { 'content-type': 'application/json' }), ...authorization(as), ...headers },
    ...(given === undefined ? {} : { body: given }),
  });
  const text = await response.text();
  const isJson = /json/.test(response.headers.get('content-type') ?? '') && !/ndjson/.test(response.headers.get('content-type') ?? '');
  const called: Called = { status: response.status, headers: response.headers, text, json: isJson ? JSON.parse(text) : null };
  holdToContract(method, path, called);
  return called;
}

export function authorization(as: CallOptions['as']): Record<string, string> {
  if (as === null || as === undefined) return {};
  return { authorization: 'token' in as ? `Bearer ${as.token}` : `Basic ${Buffer.from(as.basic).toString('base64')}` };
}

/** An answer of an operation has a status that its document names, and a body of the described shape. */
function holdToContract(method: string, path: string, { status, text, headers }: Called): void {
  const [bare = ''] = path.split('?', 1);
  const operation = operationList.filter((one) => one.method === method && new RegExp(`^${one.path.replace(/\{\w+\}/g, '[^/]+')}$`).test(bare)).sort(byExactness)[0];
  if (operation === undefined) return;
  if (status >= 400) {
    expect({ text, type: headers.get('content-type') }).toMatchObject({ type: expect.stringContaining('application/problem+json') });
    return;
  }
  const answer = operation.answers[status];
  if (answer === undefined) throw new Error(`${operation.id} answered ${status}, which its document does not name`);
  if (answer.schema === undefined) expect(text).toBe('');
  else if (answer.mediaType === undefined) expect({ operation: operation.id, problems: checkInput(answer.schema as InputSchema, parseJson(text)) }).toEqual({ operation: operation.id, problems: [] });
}

/** `/messages/{id}` also fits what another operation says word for word. */
const byExactness = (one: { path: string }, other: { path: string }): number => one.path.split('{').length - other.path.split('{').length;
