import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import { appendFile, mkdir, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import pg from 'pg';
import { describe, expect, it } from 'vitest';
import { chooseServerUser } from '../../src/store/embedded/server-user.ts';
import type { ServerExit } from '../../src/store/embedded/supervisor.ts';
import { recordingLog } from './quiet-log.ts';
import { isAlive, NOBODY, query, Scene, titled, until, whyNoMount, whyNoOtherAccount, failureOf } from './scene.ts';

/** A platform process that was killed after it had recorded one row; its server lives on. */
async function orphan(scene: Scene, folder: string): Promise<{ pid: number; host: string }> {
  const platform = scene.process(folder);
  const { started, failed } = await platform.report;
  if (started === undefined) throw new Error(failed?.text);
  await query(started.url, 'CREATE TABLE kept AS SELECT 1 AS n');
  await platform.kill();
  expect(isAlive(started.pid)).toBe(true);
  return started;
}

describe('a server left behind by a killed platform', { timeout: 60_000 }, () => {
  it('is adopted with its data by the next start, and stopped with it', async () => {
    await using scene = new Scene();
    const folder = await scene.path('data');
    const left = await orphan(scene, folder);
    const log = recordingLog();
    const server = await scene.start(folder, { log });
    expect(server.state).toEqual({ state: 'running', pid: left.pid, adopted: true });
    expect(log.events).toContainEqual({ level: 'info', event: 'database.adopted', fields: { pid: left.pid, folder } });
    expect(await query(server.connection, 'SELECT n FROM kept')).toEqual([{ n: 1 }]);
    await server.stop();
    expect(isAlive(left.pid)).toBe(false);
  });

  it('is watched like a child: when it dies, it is restarted', async () => {
    await using scene = new Scene();
    const folder = await scene.path('data');
    const left = await orphan(scene, folder);
    const server = await scene.start(folder);
    const exited = new Promise<ServerExit>((resolve) => server.onExit(resolve));
    process.kill(left.pid, 'SIGKILL');
    expect(await exited).toEqual({ pid: left.pid, attempt: 1 });
    await until(() => server.state.state === 'running');
    expect(server.postmasterPid).not.toBe(left.pid);
    expect(await query(server.connection, 'SELECT n FROM kept')).toEqual([{ n: 1 }]);
  });

  it('is replaced when it was started otherwise than is wanted now', async () => {
    await using scene = new Scene();
    const folder = await scene.path('data');
    const left = await orphan(scene, folder);
    const server = await scene.start(folder, { listen: { kind: 'tcp', port: 0 } });
    expect(server.state).toMatchObject({ state: 'running', adopted: false });
    expect(isAlive(left.pid)).toBe(false);
    expect(await query(server.connection, 'SELECT n FROM kept')).toEqual([{ n: 1 }]);
  });

  it('is replaced when its socket has been removed under it', async () => {
    await using scene = new Scene();
    const folder = await scene.path('data');
    const left = await orphan(scene, folder);
    await rm(left.host, { recursive: true });
    const server = await scene.start(folder);
    expect(isAlive(left.pid)).toBe(false);
    expect(await query(server.connection, 'SELECT n FROM kept')).toEqual([{ n: 1 }]);
  });

  it('is not touched when the passwords do not fit, and the file is named', async () => {
    await using scene = new Scene();
    const folder = await scene.path('data');
    const left = await orphan(scene, folder);
    const file = join(folder, 'passwords.json');
    await writeFile(file, JSON.stringify({ superuser: 'x'.repeat(32), app: 'y'.repeat(32) }));
    expect(await failureOf(scene.start(folder))).toMatchObject({ code: 'store.passwordsLost', parameters: { file } });
    expect(isAlive(left.pid)).toBe(true);
  });
});

describe('a stale lock file', { timeout: 60_000 }, () => {
  it.each([['live stranger under the same account', 'stranger'], ['process that is gone', 'gone']] as const)('that names a %s is removed, and the stranger left alone', async (_, kind) => {
    await using scene = new Scene();
    const folder = await scene.path('data');
    const cluster = join(folder, 'postgresql');
    const first = await scene.start(folder);
    const left = await readFile(join(cluster, 'postmaster.pid'), 'utf8');
    await query(first.connection, 'CREATE TABLE kept AS SELECT 1 AS n');
    await first.stop();
    const stranger = kind === 'stranger' ? scene.stranger(chooseServerUser(cluster)) : 4_194_303;
    await writeFile(join(cluster, 'postmaster.pid'), left.replace(String(first.postmasterPid), String(stranger)));
    await mkdir(first.connection.host, { recursive: true });
    await writeFile(join(first.connection.host, '.s.PGSQL.5432.lock'), left.replace(String(first.postmasterPid), String(stranger)));
    const log = recordingLog();
    const server = await scene.start(folder, { log });
    expect(log.events).toContainEqual({ level: 'warn', event: 'database.staleLockRemoved', fields: { folder, pid: stranger } });
    expect(await query(server.connection, 'SELECT n FROM kept')).toEqual([{ n: 1 }]);
    if (kind === 'stranger') expect(isAlive(stranger)).toBe(true);
  });

  it.each([['empty', ''], ['cut short', '12'], ['garbage', '\u0000\u0001lock\n\n']])('that is %s does not keep the server down', async (_, text) => {
    await using scene = new Scene();
    const folder = await scene.path('data');
    const first = await scene.start(folder);
    await first.stop();
    await writeFile(join(folder, 'postgresql', 'postmaster.pid'), text);
    const server = await scene.start(folder);
    expect(await query(server.connection, 'SELECT 1 AS n')).toEqual([{ n: 1 }]);
  });
});

describe('a server that dies', { timeout: 60_000 }, () => {
  it('is restarted with everything that it had acknowledged', async () => {
    await using scene = new Scene();
    const server = await scene.start(await scene.path('data'));
    await query(server.connection, 'CREATE TABLE acknowledged (n int)');
    for (let n = 1; n <= 3; n++) {
      const before = server.postmasterPid;
      await query(server.connection, `INSERT INTO acknowledged VALUES (${n})`);
      process.kill(before, 'SIGKILL');
      await until(() => server.state.state === 'running' && server.postmasterPid !== before);
    }
    expect(await query(server.connection, 'SELECT count(*)::int AS n FROM acknowledged')).toEqual([{ n: 3 }]);
  });

  it('is not started over a child that still works on its files', async () => {
    await using scene = new Scene();
    const folder = await scene.path('data');
    const server = await scene.start(folder);
    const client = new pg.Client(server.connection);
    client.on('error', () => undefined);
    await client.connect();
    // A computation that never looks whether its server is alive.
    const busy = client.query(`DO $$ DECLARE n numeric := 0; BEGIN LOOP n := factorial(30000); END LOOP; END $$`).catch(() => undefined);
    const active = await query(server.connection, `SELECT pid FROM pg_stat_activity WHERE query LIKE 'DO%' AND state = 'active'`);
    const child = Number(active[0]?.['pid']);
    process.kill(server.postmasterPid, 'SIGKILL');
    await until(() => server.state.state === 'restarting');
    await until(() => server.state.state === 'running');
    expect(isAlive(child)).toBe(false);
    await busy;
    expect(await query(server.connection, 'SELECT 1 AS n')).toEqual([{ n: 1 }]);
  });

  it('is given up by a stop in the middle of its restart', async () => {
    await using scene = new Scene();
    const folder = await scene.path('data');
    const server = await scene.start(folder);
    process.kill(server.postmasterPid, 'SIGKILL');
    await until(() => server.state.state === 'restarting');
    await server.stop();
    await server.stop();
    expect(server.state).toEqual({ state: 'stopped' });
    expect(await query((await scene.start(folder)).connection, 'SELECT 1 AS n')).toEqual([{ n: 1 }]);
  });

  const noMount = whyNoMount();
  it.skipIf(noMount !== undefined)(titled('for want of disk space says so and runs again when there is space', noMount), async () => {
    await using scene = new Scene();
    const disk = await scene.smallDisk('disk', '200m');
    const folder = join(disk, 'data');
    const server = await scene.start(folder, { settings: { min_wal_size: '32MB', max_wal_size: '64MB' } });
    await query(server.connection, 'CREATE TABLE kept AS SELECT 1 AS n');
    const ballast = join(disk, 'ballast');
    await appendFile(ballast, Buffer.alloc(256 * 1024 * 1024)).catch(() => undefined);
    process.kill(server.postmasterPid, 'SIGKILL');
    await until(() => server.state.state === 'restarting' && server.state.failure !== undefined);
    expect(server.state).toMatchObject({ failure: { code: 'store.diskFull', parameters: { folder } } });
    await rm(ballast);
    await until(() => server.state.state === 'running');
    expect(await query(server.connection, 'SELECT n FROM kept')).toEqual([{ n: 1 }]);
  });
});

describe('two starts on one folder', { timeout: 60_000 }, () => {
  it('have exactly one winner, and the others learn its number', async () => {
    await using scene = new Scene();
    const folder = await scene.path('data');
    const platforms = [1, 2, 3].map(() => scene.process(folder));
    const reports = await Promise.all(platforms.map((platform) => platform.report));
    const winner = platforms.filter((_, index) => reports[index]?.started !== undefined);
    expect(winner).toHaveLength(1);
    const refused = reports.filter((report) => report.failed !== undefined);
    for (const { failed } of refused) expect(failed).toMatchObject({ code: 'store.inUse' });
    const late = await scene.process(folder).report;
    expect(late.failed).toMatchObject({ code: 'store.inUse', pid: String(winner[0]?.child.pid) });
    expect(await failureOf(scene.start(folder))).toMatchObject({ code: 'store.inUse', parameters: { folder, pid: String(winner[0]?.child.pid) } });
  });

  it('in one process are told apart too', async () => {
    await using scene = new Scene();
    const folder = await scene.path('data');
    await scene.start(folder);
    expect(await failureOf(scene.start(folder))).toMatchObject({ code: 'store.inUse', parameters: { pid: String(process.pid) } });
  });

  it('are free to follow each other, because the lock dies with a killed holder', async () => {
    await using scene = new Scene();
    const folder = await scene.path('data');
    await orphan(scene, folder);
    await orphanAgain(scene, folder);
    expect(await query((await scene.start(folder)).connection, 'SELECT n FROM kept')).toEqual([{ n: 1 }]);
  });
});

async function orphanAgain(scene: Scene, folder: string): Promise<void> {
  const platform = scene.process(folder);
  expect((await platform.report).started).toMatchObject({ adopted: true });
  await platform.kill();
}

describe('an initialisation', { timeout: 60_000 }, () => {
  it('that is killed half-way is begun again and leaves nothing behind', async () => {
    await using scene = new Scene();
    const folder = await scene.path('data');
    for (const mark of ['passwords.json', '.init-', 'PG_VERSION', 'pg_wal']) {
      const platform = scene.process(folder);
      void platform.report.catch(() => undefined);
      await until(async () => (await names(folder)).some((name) => name.includes(mark)) || platform.child.exitCode !== null);
      await platform.kill();
    }
    const server = await scene.start(folder);
    expect(await query(server.connection, 'SELECT 1 AS n')).toEqual([{ n: 1 }]);
    expect((await readdir(folder)).filter((name) => name.includes('.init-'))).toEqual([]);
  });

  const noMount = whyNoMount();
  it.skipIf(noMount !== undefined)(titled('on a disk that is too small says so and leaves nothing behind', noMount), async () => {
    await using scene = new Scene();
    const folder = join(await scene.smallDisk('disk', '20m'), 'data');
    expect(await failureOf(scene.start(folder))).toMatchObject({ code: 'store.diskFull', parameters: { folder } });
    expect((await readdir(folder)).filter((name) => name.startsWith('postgresql'))).toEqual([]);
  });

  it.skipIf(noMount !== undefined)(titled('on a disk without any space says so', noMount), async () => {
    await using scene = new Scene();
    const disk = await scene.smallDisk('disk', '64k');
    await appendFile(join(disk, 'ballast'), Buffer.alloc(128 * 1024)).catch(() => undefined);
    expect(await failureOf(scene.start(join(disk, 'data')))).toMatchObject({ code: 'store.diskFull' });
  });
});

async function names(folder: string): Promise<string[]> {
  return existsSync(folder) ? readdir(folder, { recursive: true }).catch(() => []) : [];
}

describe('a folder that must not be used', { timeout: 60_000 }, () => {
  it('is refused with its reason: a file in its place', async () => {
    await using scene = new Scene();
    const file = await scene.path('file');
    await writeFile(file, '');
    expect(await failureOf(scene.start(join(file, 'data')))).toMatchObject({ code: 'store.folderUnwritable' });
    expect(await failureOf(scene.start(file))).toMatchObject({ code: 'store.folderUnwritable' });
  });

  const noAccount = whyNoOtherAccount();
  it.skipIf(noAccount !== undefined)(titled('is refused with its reason: no permission to write', noAccount), async () => {
    await using scene = new Scene();
    const folder = await scene.folder('closed', 0o755);
    const report = await scene.process(folder, NOBODY).report;
    expect(report.failed).toMatchObject({ code: 'store.folderUnwritable' });
    expect(report.failed?.text).toContain(folder);
  });

  it.each([
    ['a database that somebody else made', 'PG_VERSION', '18\n', 'store.foreignFolder'],
    ['a stamp of a newer format', 'zveno.json', '{"product":"zveno","format":99,"key":1}', 'store.newerFormat'],
    ['a stamp that is cut short', 'zveno.json', '{"product":"zv', 'store.stampUnreadable'],
    ['a stamp of another product', 'zveno.json', '{"product":"other","format":1}', 'store.stampUnreadable'],
    ['a stamp whose identity is hostile', 'zveno.json', '{"product":"zveno","format":1,"id":"../../x"}', 'store.stampUnreadable'],
  ])('is refused with its reason: %s', async (_, name, text, code) => {
    await using scene = new Scene();
    const folder = await scene.folder('data');
    await writeFile(join(folder, name), text);
    const failed = await failureOf(scene.start(folder));
    expect(failed.code).toBe(code);
    for (const lang of ['ru', 'en'] as const) expect(failed.text(lang)).toContain(folder);
    expect(await readdir(folder)).not.toContain('postgresql');
  });

  it('is refused with its reason: another major version of PostgreSQL, lost passwords, damaged passwords', async () => {
    await using scene = new Scene();
    const folder = await scene.path('data');
    const server = await scene.start(folder);
    await server.stop();
    const version = join(folder, 'postgresql', 'PG_VERSION');
    const passwords = join(folder, 'passwords.json');
    await writeFile(version, '99\n');
    expect(await failureOf(scene.start(folder))).toMatchObject({ code: 'store.newerDatabase', parameters: { found: 99, supported: 18 } });
    await writeFile(version, '15\n');
    expect(await failureOf(scene.start(folder))).toMatchObject({ code: 'store.olderDatabase', parameters: { found: 15 } });
    await writeFile(version, '18\n');
    await writeFile(passwords, `{"superuser":"x'; DROP ROLE zveno; --","app":"y"}`);
    expect(await failureOf(scene.start(folder))).toMatchObject({ code: 'store.passwordsLost' });
    await rm(passwords);
    expect(await failureOf(scene.start(folder))).toMatchObject({ code: 'store.passwordsLost', parameters: { file: passwords } });
  });

  it('is never mistaken for its copy', async () => {
    await using scene = new Scene();
    const folder = await scene.path('data');
    const copy = await scene.path('copy');
    const server = await scene.start(folder);
    await query(server.connection, 'CREATE TABLE kept AS SELECT 1 AS n');
    copyWithOwners(folder, copy);
    const copied = await scene.start(copy);
    expect(copied.postmasterPid).not.toBe(server.postmasterPid);
    expect(isAlive(server.postmasterPid)).toBe(true);
    expect(await query(copied.connection, 'SELECT n FROM kept')).toEqual([{ n: 1 }]);
    await copied.stop();
    expect(await query(server.connection, 'SELECT n FROM kept')).toEqual([{ n: 1 }]);
  });
});

/** Sockets cannot be copied; the rest with its owners. */
function copyWithOwners(from: string, to: string): void {
  execFileSync('cp', ['-a', '--', from, to], { stdio: 'ignore' });
}
