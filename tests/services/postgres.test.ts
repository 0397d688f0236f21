import { spawn, type ChildProcess } from 'node:child_process';
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { afterAll, describe, expect, it } from 'vitest';
import { findProcesses } from '../../src/store/embedded/process-list.ts';
import { isAlive, isRoot, query, titled, uidOf, until, whyNotRoot } from '../embedded/scene.ts';
import { describeWith } from './describe-with.ts';
import { reapOrphans } from './guarded-process.ts';
import type { RunReport } from './service-child.ts';
import { Unavailable } from './service.ts';
import { serviceOrSkip, startService } from './start-service.ts';
import { testFolder } from './test-folder.ts';

const services = join(testFolder(), 'services');
const from = { installed: await serviceOrSkip('postgres', { sources: ['installed'] }), registry: await serviceOrSkip('postgres', { sources: ['registry'] }) };
afterAll(() => Promise.all(Object.values(from).map(async (found) => found.service?.stop())));

for (const [source, found] of Object.entries(from)) {
  describeWith(`a PostgreSQL that is ${source}`, found, (service) => {
    it('lets its superuser in with the password and nobody without', async () => {
      expect(service).toMatchObject({ kind: 'postgres', source, host: '127.0.0.1' });
      expect(await query(service.url, 'SELECT rolsuper FROM pg_roles WHERE rolname = current_user')).toEqual([{ rolsuper: true }]);
      await expect(query(service.url.replace(service.password, 'guess'), 'SELECT 1')).rejects.toThrow('password authentication failed');
    });

    it.skipIf(!isRoot)(titled('never runs as root', whyNotRoot), () => expect(uidOf(service.pid ?? 0)).not.toBe(0));
  });
}

describe('a service', { timeout: 60_000 }, () => {
  it('is one of several at once, each with its own port and data, and is gone after its stop', async () => {
    const three = await Promise.all([1, 2, 3].map(() => startService('postgres')));
    expect(new Set(three.map(({ port }) => port)).size).toBe(3);
    for (const { url, id } of three) await query(url, `CREATE TABLE mark AS SELECT '${id}' AS id`);
    for (const { url, id } of three) expect(await query(url, 'SELECT id FROM mark')).toEqual([{ id }]);
    await Promise.all(three.map((service) => service.stop()));
    for (const { pid, id } of three) {
      expect(isAlive(pid ?? 0)).toBe(false);
      expect(existsSync(join(services, id))).toBe(false);
      await until(() => guardsOf(id).length === 0);
    }
  });

  it('takes settings in the words of the server, and reports those it refuses', async () => {
    await using service = await startService('postgres', { settings: { max_connections: '7' } });
    expect(await query(service.url, 'SHOW max_connections')).toEqual([{ max_connections: '7' }]);
    await expect(startService('postgres', { settings: { max_connections: 'many' } })).rejects.toThrow('max_connections');
  });

  it('that cannot be had is a skip with the reasons of all its sources', async () => {
    const found = await serviceOrSkip('postgres', { sources: ['environment'] });
    expect(found.reason).toBe('no postgres can be had (environment: ZVENO_TEST_POSTGRES is not set)');
    await expect(startService('postgres', { sources: [] })).rejects.toBeInstanceOf(Unavailable);
  });
});

describe('a given address', { timeout: 60_000 }, () => {
  it('is used before anything else, and what runs there is left running', async () => {
    await using real = await startService('postgres');
    const { reports, run } = testRun({ ZVENO_TEST_POSTGRES: real.url });
    expect(await reports).toMatchObject({ source: 'environment', port: real.port });
    run.stdin?.end();
    await ended(run);
    expect(await query(real.url, 'SELECT 1 AS n')).toEqual([{ n: 1 }]);
  });

  it('that nobody answers at is an error and no skip', async () => {
    const { reports, run } = testRun({ ZVENO_TEST_POSTGRES: 'postgresql://a:b@127.0.0.1:1/x' });
    expect(await reports).toMatchObject({ error: expect.stringContaining('ECONNREFUSED') });
    await ended(run);
  });
});

describe('a test run that ends without stopping its service', { timeout: 60_000 }, () => {
  it.each(['exit', 'SIGKILL'] as const)('by %s takes the server and its folder with it', async (way) => {
    const { reports, run } = testRun({});
    const { pid = 0, id = '' } = await reports;
    expect(isAlive(pid)).toBe(true);
    if (way === 'exit') run.stdin?.write('exit\n');
    else run.kill('SIGKILL');
    await ended(run);
    await until(() => !isAlive(pid) && !existsSync(join(services, id)));
  });

  it('together with its guard is cleaned up after by the next run', async () => {
    const { reports, run } = testRun({});
    const { pid = 0, id = '' } = await reports;
    for (const guard of guardsOf(id)) process.kill(guard, 'SIGKILL');
    run.kill('SIGKILL');
    await ended(run);
    expect(isAlive(pid)).toBe(true);
    await reapOrphans(services);
    expect(isAlive(pid)).toBe(false);
    expect(existsSync(join(services, id))).toBe(false);
  });
});

const guardsOf = (id: string): number[] => findProcesses((line) => line.includes('guard') && line.includes(join(services, id)));

/** Another process that starts a service and waits. */
function testRun(env: Record<string, string>): { run: ChildProcess; reports: Promise<RunReport> } {
  const file = new URL('service-child.ts', import.meta.url);
  const { ZVENO_TEST_FOLDER = '', TMPDIR = '' } = process.env;
  const run = spawn(process.execPath, [fileURLToPath(file)], { stdio: ['pipe', 'pipe', 'inherit'], cwd: '/', env: { PATH: process.env['PATH'] ?? '', ZVENO_TEST_FOLDER, ...(TMPDIR === '' ? {} : { TMPDIR }), ...env } });
  return { run, reports: firstLine(run) };
}

async function firstLine({ stdout }: ChildProcess): Promise<RunReport> {
  if (stdout === null) throw new Error('a test run without output');
  for await (const line of createInterface(stdout)) return JSON.parse(line) as RunReport; // written by service-child.ts
  throw new Error('the test run ended without a report');
}

const ended = (run: ChildProcess): Promise<unknown> => (run.exitCode !== null || run.signalCode !== null ? Promise.resolve() : new Promise((resolve) => run.once('exit', resolve)));

