import { existsSync } from 'node:fs';
import { mkdir, readdir, readFile, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { failureOf, isAlive, isRoot, NOBODY, query, Scene, titled, uidOf, whyNoOtherAccount, whyNotRoot } from './scene.ts';

describe('a first start', { timeout: 60_000 }, () => {
  it('makes a database whose role owns it and is no superuser, and keeps it over a restart', async () => {
    await using scene = new Scene();
    const folder = await scene.path('data');
    const first = await scene.start(folder);
    expect(await query(first.connection, `SELECT rolsuper, rolcreaterole, rolcreatedb, rolreplication, rolbypassrls FROM pg_roles WHERE rolname = current_user`)).toEqual([
      { rolsuper: false, rolcreaterole: false, rolcreatedb: false, rolreplication: false, rolbypassrls: false },
    ]);
    await query(first.connection, 'CREATE TABLE kept AS SELECT 1 AS n');
    await first.stop();
    expect(isAlive(first.postmasterPid)).toBe(false);
    const second = await scene.start(folder);
    expect(second.connection).toEqual(first.connection);
    expect(await query(second.connection, 'SELECT n FROM kept')).toEqual([{ n: 1 }]);
  });

  it('runs a durable UTF-8 server with English messages, code point order and letter case for all of Unicode', async () => {
    await using scene = new Scene();
    const { connection } = await scene.start(await scene.path('data'), { settings: { fsync: 'off', work_mem: '8MB' } });
    const shown = await query(connection, `SELECT name, setting FROM pg_settings WHERE name IN ('fsync','synchronous_commit','full_page_writes','lc_messages','server_encoding','listen_addresses','work_mem') ORDER BY name`);
    expect(Object.fromEntries(shown.map((row) => [row['name'], row['setting']]))).toEqual({
      fsync: 'on', synchronous_commit: 'on', full_page_writes: 'on', lc_messages: 'C', server_encoding: 'UTF8', listen_addresses: '', work_mem: '8192',
    });
    expect(await query(connection, `SELECT lower('ЁЖ') AS lower, 'Я' < 'а' AS ordered, 'е' COLLATE "ru-x-icu" < 'ё' COLLATE "ru-x-icu" AS icu`)).toEqual([{ lower: 'ёж', ordered: true, icu: true }]);
  });

  it('is private: no trust, no TCP, and passwords and socket that only their owner can reach', async () => {
    await using scene = new Scene();
    const folder = await scene.path('data');
    const { connection, postmasterPid } = await scene.start(folder);
    expect((await stat(join(folder, 'passwords.json'))).mode & 0o777).toBe(0o600);
    expect((await stat(connection.host)).mode & 0o777).toBe(0o700);
    expect((await stat(join(folder, 'postgresql'))).mode & 0o777).toBe(0o700);
    expect(await readFile(join(folder, 'postgresql', 'pg_hba.conf'), 'utf8')).not.toMatch(/trust|peer|md5/);
    expect((await readdir(folder)).filter((name) => name.includes('.init-'))).toEqual([]);
    await expect(query({ ...connection, password: 'guess' }, 'SELECT 1')).rejects.toThrow('password authentication failed');
    await expect(query({ ...connection, database: 'postgres' }, 'SELECT 1')).rejects.toThrow('permission denied');
    expect(await readFile(`/proc/${postmasterPid}/environ`, 'utf8')).not.toContain('PASSWORD');
  });

  it('keeps values of refused statements out of its log', async () => {
    await using scene = new Scene();
    const folder = await scene.path('data');
    const { connection } = await scene.start(folder);
    await query(connection, 'CREATE TABLE people (phone text PRIMARY KEY)');
    await query(connection, `INSERT INTO people VALUES ('canary-phone')`);
    await expect(query(connection, `INSERT INTO people VALUES ('canary-phone')`)).rejects.toThrow('duplicate key');
    await expect(query(connection, `SELECT 'canary-word'::int`)).rejects.toThrow('canary-word');
    const logs = join(folder, 'postgresql', 'log');
    const written = (await Promise.all((await readdir(logs)).map((name) => readFile(join(logs, name), 'utf8')))).join('');
    expect(written).toContain('ready to accept connections');
    expect(written).not.toContain('canary');
  });

  it('hands none of its own environment to the server', async () => {
    await using scene = new Scene();
    const platform = scene.process(await scene.path('data'), undefined, { ZVENO_MASTER_KEY: 'canary-key' });
    const { started } = await platform.report;
    expect(await readFile(`/proc/${started?.pid}/environ`, 'utf8')).not.toContain('canary');
  });

  it('keeps the server out of its own process group, so that a Ctrl-C meant for the platform does not reach it', async () => {
    await using scene = new Scene();
    const { postmasterPid } = await scene.start(await scene.path('data'));
    const [, , group] = (await readFile(`/proc/${postmasterPid}/stat`, 'utf8')).replace(/^.*\) /, '').split(' ');
    expect(Number(group)).toBe(postmasterPid);
  });

  it('listens on loopback TCP when asked, on a free port, with a password', async () => {
    await using scene = new Scene();
    const { connection } = await scene.start(await scene.path('data'), { listen: { kind: 'tcp', port: 0 } });
    expect(connection.host).toBe('127.0.0.1');
    expect(await query(connection, 'SHOW listen_addresses')).toEqual([{ listen_addresses: '127.0.0.1' }]);
    await expect(query({ ...connection, password: 'guess' }, 'SELECT 1')).rejects.toThrow('password authentication failed');
  });

  it('names a port that is taken', async () => {
    await using scene = new Scene();
    const holder = createServer();
    await new Promise<void>((resolve) => holder.listen(0, '127.0.0.1', resolve));
    scene.onEnd(() => holder.close());
    const address = holder.address();
    const port = address !== null && typeof address === 'object' ? address.port : 0;
    const failed = await failureOf(scene.start(await scene.path('data'), { listen: { kind: 'tcp', port } }));
    expect(failed).toMatchObject({ code: 'store.portTaken', parameters: { port } });
    expect(failed.text('ru')).toContain(String(port));
  });

  it('puts its socket elsewhere when the data folder is too deep for one', async () => {
    await using scene = new Scene();
    const { connection } = await scene.start(await scene.path(`deep/${'папка/'.repeat(12)}data`));
    expect(connection.host).not.toContain('папка');
    expect((await stat(connection.host)).mode & 0o777).toBe(0o700);
    expect(await query(connection, 'SELECT 1 AS n')).toEqual([{ n: 1 }]);
  });

  it('gives up when it is told to, and the next start begins afresh', async () => {
    await using scene = new Scene();
    const folder = await scene.path('data');
    const giveUp = new AbortController();
    const starting = scene.start(folder, { signal: giveUp.signal });
    while (!existsSync(join(folder, 'passwords.json'))) await new Promise(setImmediate);
    giveUp.abort(new Error('enough'));
    await expect(starting).rejects.toThrow();
    expect((await readdir(folder)).filter((name) => name.startsWith('postgresql'))).toEqual([]);
    const server = await scene.start(folder);
    expect(await query(server.connection, 'SELECT 1 AS n')).toEqual([{ n: 1 }]);
  });

  it.skipIf(!isRoot)(titled('under root runs the server as another account, which cannot list the data folder', whyNotRoot), async () => {
    await using scene = new Scene();
    const folder = await scene.path('data');
    const server = await scene.start(folder);
    expect(uidOf(server.postmasterPid)).not.toBe(0);
    expect((await stat(folder)).mode & 0o777).toBe(0o711);
    expect((await stat(join(folder, 'passwords.json'))).uid).toBe(0);
  });

  it.skipIf(!isRoot)(titled('under root names the closed folder that its server cannot pass', whyNotRoot), async () => {
    await using scene = new Scene();
    const closed = await scene.folder('closed', 0o700);
    await mkdir(join(closed, 'data'));
    const failed = await failureOf(scene.start(join(closed, 'data')));
    expect(failed).toMatchObject({ code: 'store.folderUnreachable', parameters: { barrier: closed } });
  });

  const noAccount = whyNoOtherAccount();
  it.skipIf(noAccount !== undefined)(titled('under an ordinary account runs as that account below its home', noAccount), async () => {
    await using scene = new Scene();
    const home = await scene.folderOf(NOBODY, 'home');
    const report = await scene.process('', NOBODY, { HOME: home }).report;
    expect(report).toMatchObject({ folder: join(home, '.local/share/zveno'), uid: NOBODY.uid, started: { adopted: false } });
    expect(uidOf(report.started?.pid ?? 0)).toBe(NOBODY.uid);
    expect((await stat(report.folder)).mode & 0o777).toBe(0o700);
    expect((await stat(join(report.folder, 'passwords.json'))).mode & 0o777).toBe(0o600);
  });

  it.skipIf(noAccount !== undefined)(titled('lets root go on with the folder of an ordinary account, and gives it back unharmed', noAccount), async () => {
    await using scene = new Scene();
    const home = await scene.folderOf(NOBODY, 'home');
    const ordinary = scene.process('', NOBODY, { HOME: home });
    const { folder, started } = await ordinary.report;
    await query(started?.url ?? '', 'CREATE TABLE kept AS SELECT 1 AS n');
    ordinary.child.stdin?.end();
    await ordinary.ended;
    const byRoot = await scene.start(folder);
    expect(uidOf(byRoot.postmasterPid)).toBe(NOBODY.uid);
    await byRoot.stop();
    const again = await scene.process('', NOBODY, { HOME: home }).report;
    expect(await query(again.started?.url ?? '', 'SELECT n FROM kept')).toEqual([{ n: 1 }]);
  });
});
