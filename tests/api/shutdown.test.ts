/** What a process does that is told to end: it finishes what it began, takes nothing new and leaves no lease behind. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { Log } from '../../src/core/ports.ts';
import { migrate } from '../../src/store/postgres/migrate.ts';
import { withPlatformDatabase, type PlatformDatabase } from '../services/platform-database.ts';
import { projectFolder } from '../services/test-folder.ts';
import { adminPassword, callApi } from './platform.ts';

const quiet: Log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
let database: PlatformDatabase;
let folder: string;
const children: ChildProcess[] = [];

beforeAll(async () => {
  database = await withPlatformDatabase({ migrate: (url) => migrate({ connectionString: url }, quiet) });
  folder = await mkdtemp(join(tmpdir(), 'zveno-end-'));
});
afterAll(async () => {
  for (const child of children) if (child.exitCode === null) child.kill('SIGKILL');
  await database.drop();
  await rm(folder, { recursive: true, force: true });
});

/** A node of the platform in a process of its own, when it has said where it listens. */
async function startNode(): Promise<{ child: ChildProcess; url: string }> {
  const child = spawn(process.execPath, [join(projectFolder, 'src', 'cli', 'main.ts'), 'start'], {
    stdio: ['ignore', 'pipe', 'ignore'],
    env: {
      ...process.env, ZVENO_PORT: '0', ZVENO_DATA: folder, DATABASE_URL: database.url, ZVENO_ADMIN_PASSWORD: adminPassword, ZVENO_DEMO: 'off', ZVENO_LOG_LEVEL: 'silent',
      ZVENO_MASTER_KEY: Buffer.alloc(32, 9).toString('base64'), ZVENO_POLL_MS: '50', ZVENO_NODE: 'one',
    },
  });
  children.push(child);
  let text = '';
  for await (const part of child.stdout ?? []) {
    text += String(part);
    const url = /^Zveno is ready: (\S+)$/m.exec(text)?.[1];
    if (url !== undefined) return { child, url };
  }
  throw new Error(`the platform ended early: ${text}`);
}

const documents = [
  'kind: Template\nname: Note\nattributes: {text: text}\n',
  'kind: Connection\nname: shopIn\ntype: http-in\nproperties: {path: shop, auth: none}\n',
  'kind: Connection\nname: partner\ntype: loopback\n',
  'kind: Route\nname: slow\nconnection: shopIn\noperation: receive\nproperties: {path: slow}\nrequest: {text: string}\nresponse: {text: string}\n',
  'kind: Route\nname: asking\nconnection: partner\noperation: call\nproperties: {delayMs: 1500}\nrequest: {text: string}\nresponse: {text: string}\n',
  'kind: Scenario\nname: takeSlow\non: {message: slow}\nrunAs: system\nsteps:\n  - send: {route: asking, message: {text: =message.text}, response: answer}\n  - create: {template: Note, set: {text: =answer.text}}\n  - return: {response: {text: =answer.text}}\n',
];

it('answers what is under way, ends by itself, and the next start finds nothing held', async () => {
  const { child, url } = await startNode();
  expect((await callApi(url, 'POST', '/api/v1/configuration/apply', { body: { documents } })).status).toBe(200);
  const stream = fetch(`${url}/api/v1/events`, { headers: { authorization: `Basic ${Buffer.from(`admin:${adminPassword}`).toString('base64')}` } });
  const underWay = callApi(url, 'POST', '/api/public/adapter/shop/slow', { body: { text: 'last words' }, as: null });
  while ((await callApi(url, 'GET', '/api/v1/runs', {})).json.runs.length === 0) await sleep(20);
  const ended = once(child, 'exit');
  child.kill('SIGTERM');
  expect(await underWay).toMatchObject({ status: 200, json: { text: 'last words' } });
  expect(await ended).toEqual([0, null]);
  await (await stream).text();
  await expect(callApi(url, 'GET', '/health/live', { as: null })).rejects.toThrow();
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  try {
    expect((await client.query('SELECT message FROM zveno.inbox_queue UNION ALL SELECT message FROM zveno.outbox_queue')).rows).toEqual([]);
  } finally {
    await client.end();
  }
  const next = await startNode();
  expect((await callApi(next.url, 'GET', '/api/v1/records/Note', {})).json.records).toMatchObject([{ text: 'last words' }]);
  next.child.kill('SIGTERM');
  expect(await once(next.child, 'exit')).toEqual([0, null]);
});

it('takes nothing new once it was told to end, and says so', async () => {
  const { child, url } = await startNode();
  const underWay = callApi(url, 'POST', '/api/public/adapter/shop/slow', { body: { text: 'a' }, as: null });
  while ((await callApi(url, 'GET', '/api/v1/runs', {})).json.runs.length === 0) await sleep(20);
  child.kill('SIGTERM');
  for (;;) {
    const ready = await callApi(url, 'GET', '/health/ready', { as: null });
    if (ready.status === 503) break;
    await sleep(10);
  }
  const late = await callApi(url, 'POST', '/api/public/adapter/shop/slow', { body: { text: 'b' }, as: null });
  expect(late).toMatchObject({ status: 503, json: { code: 'run.closing' } });
  expect(late.headers.get('retry-after')).not.toBeNull();
  expect((await underWay).status).toBe(200);
  expect(await once(child, 'exit')).toEqual([0, null]);
});
