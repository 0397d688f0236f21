/** All of an installation as one file, restored elsewhere, compared, confirmed; and what is refused on the way. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { createWriteStream } from 'node:fs';
import { chmod, copyFile, mkdir, mkdtemp, readdir, readFile, rm, stat, truncate, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { createZstdCompress } from 'node:zlib';
import pg from 'pg';
import { pack } from 'tar-stream';
import { afterAll, beforeAll, beforeEach, afterEach, describe, expect, test } from 'vitest';
import { runCommandLine } from '../../src/cli/command-line.ts';
import { commands } from '../../src/cli/commands.ts';
import { platformSettings } from '../../src/cli/platform-settings.ts';
import { differing, holdings } from '../../src/store/backup/compare.ts';
import { openReaders } from '../../src/store/postgres/pool.ts';
import { createLog } from '../../src/server/log.ts';
import { withPlatformDatabase, type PlatformDatabase } from '../services/platform-database.ts';
import { projectFolder } from '../services/test-folder.ts';
import { adminPassword, TestNode } from './node.ts';
import { eventually, Scene, type Printed } from './platform.ts';

const passphrase = 'correct horse battery staple';

const shop = `kind: Template
name: Order
attributes:
  number: {type: text, required: true, unique: true}
  total: {type: number, decimals: 2}
  lines: {type: record, template: Line, multiple: true, deleteLinked: true, inverse: order}
---
kind: Template
name: Line
attributes: {sku: text}
---
kind: Connection
name: shopIn
type: http-in
properties: {path: shop, auth: basic}
---
kind: Connection
name: partner
type: http-out
allow: [loopback]
properties: {url: "http://127.0.0.1:9", auth: bearer, token: "\${secret:partner}"}
---
kind: Route
name: orders
connection: shopIn
operation: receive
properties: {path: orders, methods: [POST], reply: afterRun}
keys: {business: {order: =number}}
request: {number: {type: string, required: true}, total: decimal, note: string}
response: {accepted: boolean}
---
kind: Route
name: notify
connection: partner
operation: call
properties: {method: PUT, path: /notices}
retry: {attempts: 8, firstMs: 600000, maxMs: 600000}
request: {number: string}
---
kind: Scenario
name: accept
on: {message: orders}
runAs: system
steps:
  - upsert: {template: Order, by: {number: =message.number}, set: {total: =message.total}, as: order, steps: [{create: {template: Line, set: {sku: s1, order: =order}}}]}
  - send: {route: notify, message: {number: =message.number}}
  - return: {response: {accepted: true}}
`;

let scene: Scene;
let folder = '';
let file = '';

beforeAll(async () => {
  scene = await Scene.start();
  folder = await mkdtemp(join(tmpdir(), 'zveno-backup-'));
  await chmod(folder, 0o755);
  file = join(folder, 'whole.zveno');
  await scene.secret('partner', 'partner-secret');
  await scene.apply(shop);
  for (const number of ['A-1', 'A-2', 'Б-3']) {
    // One body is too large for a row and lies in a file of its own.
    const { status } = await scene.node.send('shop/orders', { number, total: '10.20', note: number === 'A-2' ? 'ж'.repeat(60_000) : 'tab\there\\N' });
    if (status !== 200) throw new Error(`the order was answered ${status}`);
  }
  const { code, err } = await zveno(scene.environment('cli'), 'backup', file);
  if (code !== 0) throw new Error(err);
});

afterAll(async () => {
  await scene.close();
  await rm(folder, { recursive: true, force: true });
});

/** A command in this process, with the passphrase in its environment unless told. */
async function zveno(environment: Readonly<Record<string, string>>, ...words: readonly string[]): Promise<Printed> {
  const said = { out: '', err: '' };
  const code = await runCommandLine(
    words,
    commands,
    { environment: { ZVENO_BACKUP_PASSPHRASE: passphrase, ...environment }, input: Readable.from([]), print: (text) => void (said.out += text), tell: (text) => void (said.err += text), lang: 'en', signal: new AbortController().signal },
    async () => '0',
  );
  return { code, ...said };
}

describe('elsewhere', () => {
  let database: PlatformDatabase;
  let home = '';
  /** No key of its own: it comes with the backup. */
  let environment: Record<string, string> = {};

  beforeEach(async () => {
    database = await withPlatformDatabase();
    home = await mkdtemp(join(folder, 'home-'));
    await chmod(home, 0o755); // the embedded database's account passes through
    environment = { DATABASE_URL: database.url, ZVENO_DATA: join(home, 'data'), HOME: home, ZVENO_MASTER_KEY_FILE: join(home, 'master.key'), ZVENO_PORT: '0', ZVENO_ADMIN_PASSWORD: adminPassword, ZVENO_LOG_LEVEL: 'silent', ZVENO_DEMO: 'off', ZVENO_NODE: 'restored' };
  });

  afterEach(() => database.drop());

  const schemas = async (): Promise<number> => {
    const client = new pg.Client(database.url);
    await client.connect();
    const { rows } = await client.query("SELECT 1 FROM pg_namespace WHERE nspname LIKE 'zveno%'");
    await client.end();
    return rows.length;
  };

  test('a restored installation holds what the original held, table by table, and opens its secrets', async () => {
    expect(await zveno(environment, 'restore', file)).toMatchObject({ code: 0, out: expect.stringContaining('stands still') });
    const log = createLog('silent');
    const [original, copy] = [openReaders({ connectionString: scene.database.url }, log), openReaders({ connectionString: database.url }, log)];
    const [left, right] = [await holdings(original), await holdings(copy)];
    await Promise.all([original.close(), copy.close()]);
    expect(left.get('zveno.message')).toMatch(/^6 rows/);
    expect([...left.keys()].filter((table) => table.startsWith('zveno_data.'))).toHaveLength(2);
    // The original goes on counting when its node was last seen; nothing else moves.
    expect(differing(left, right).filter((table) => table !== 'zveno.node')).toEqual([]);
    const node = await TestNode.start(platformSettings(environment));
    expect(await node.records('Order', '&sort=number')).toMatchObject([{ number: 'A-1', total: 10.2 }, { number: 'A-2' }, { number: 'Б-3' }]);
    const [message] = await node.messages('key=order:A-2');
    expect(JSON.stringify(await node.message(message?.id ?? ''))).toContain('ж'.repeat(1_000));
    await node.close();
  });

  test('a restored installation sends and takes in nothing until a person confirms it, on every node', async () => {
    await zveno(environment, 'restore', file);
    const node = await TestNode.start(platformSettings(environment));
    expect(await node.send('shop/orders', { number: 'A-9' })).toMatchObject({ status: 503, body: { code: 'instance.paused', parameters: { why: 'restored' } } });
    expect(await node.call('GET', '/health/ready')).toMatchObject({ status: 200, body: { paused: { why: 'restored' } } });
    expect(await node.ask('GET', '/api/v1/instance')).toMatchObject({ paused: { why: 'restored', dataAsOf: expect.any(String) }, waiting: { outbox: 3 } });
    expect(await node.messages('direction=out')).toMatchObject([{ attempts: 1 }, { attempts: 1 }, { attempts: 1 }]);
    expect(await node.create('Order', { number: 'A-8' })).toMatchObject({ number: 'A-8' });
    expect(await zveno(environment, 'instance', 'confirm')).toMatchObject({ code: 0 });
    await eventually('the node takes messages in again', async () => (await node.send('shop/orders', { number: 'A-9' })).status === 200);
    expect(await node.call('POST', '/api/v1/instance/confirm')).toMatchObject({ status: 409, body: { code: 'instance.notPaused' } });
    await node.close();
    // What was confirmed stays so.
    const again = await TestNode.start(platformSettings(environment));
    expect(await again.ask('GET', '/api/v1/instance')).toMatchObject({ paused: null });
    await again.close();
  });

  test('a copied database stands still, because nobody knows whether the original still works', async () => {
    await zveno(environment, 'restore', file);
    await zveno(environment, 'instance', 'confirm');
    await (await TestNode.start(platformSettings(environment))).close();
    const name = `copy_${database.connection.database}`;
    const admin = new pg.Client(database.superuserUrl.replace(/\/[^/]*$/, '/postgres'));
    await admin.connect();
    await admin.query(`CREATE DATABASE ${name} TEMPLATE ${database.connection.database} OWNER ${database.connection.user}`);
    const copy = await TestNode.start(platformSettings({ ...environment, DATABASE_URL: database.url.replace(database.connection.database, name) }));
    expect(await copy.ask('GET', '/api/v1/instance')).toMatchObject({ paused: { why: 'copied' } });
    await copy.close();
    await admin.query(`DROP DATABASE ${name} WITH (FORCE)`);
    await admin.end();
  });

  test('a named place is restored into, and neither what is live nor what is no place of ours', async () => {
    const live = scene.environment('cli');
    expect(await zveno({ ...environment, DATABASE_URL: live['DATABASE_URL'] ?? '' }, 'restore', file, '--to', database.url)).toMatchObject({ code: 0, out: expect.stringContaining(`into ${new URL(database.url).host}`) });
    expect(await zveno(environment, 'instance', 'show')).toMatchObject({ out: expect.stringContaining('paused\trestored') });
    expect(await zveno(environment, 'restore', file, '--to', live['DATABASE_URL'] ?? '')).toMatchObject({ code: 1, err: expect.stringContaining('holds data of the platform already') });
    expect(await zveno(environment, 'restore', file, '--to', 'mysql://127.0.0.1/x')).toMatchObject({ code: 2, err: expect.stringContaining('--to') });
  });

  test('nothing is restored over data, and the data stay as they are', async () => {
    await zveno(environment, 'restore', file);
    const refused = await zveno(environment, 'restore', file);
    expect(refused).toMatchObject({ code: 1, err: expect.stringContaining('nothing is restored over them') });
    expect(refused.err).not.toContain(database.connection.password);
    expect(await schemas()).toBe(2);
  });

  test('a restore that is killed in the middle leaves an empty database, and the next one succeeds', async () => {
    const child = spawn(process.execPath, [join(projectFolder, 'src/cli/main.ts'), 'restore', file], { env: { PATH: process.env['PATH'], ZVENO_BACKUP_PASSPHRASE: passphrase, ...environment, LANG: 'C' }, stdio: ['ignore', 'ignore', 'pipe'] });
    let said = '';
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      said += text;
      if (said.includes('zveno.message:')) child.kill('SIGKILL');
    });
    const [, signal] = await once(child, 'exit');
    expect([said.includes('zveno.message:'), signal]).toEqual([true, 'SIGKILL']);
    await eventually('the killed session ends', async () => (await schemas()) === 0);
    expect(await zveno(environment, 'restore', file)).toMatchObject({ code: 0 });
  });

  test('a wrong passphrase opens nothing and changes nothing', async () => {
    const refused = await zveno({ ...environment, ZVENO_BACKUP_PASSPHRASE: 'correct horse battery stable' }, 'restore', file);
    expect(refused).toMatchObject({ code: 1, err: expect.stringContaining('passphrase does not open') });
    expect(await schemas()).toBe(0);
  });

  test('another master key in the place of the restore is refused, by name', async () => {
    const refused = await zveno({ ...environment, ZVENO_MASTER_KEY: Buffer.alloc(32, 9).toString('hex') }, 'restore', file);
    expect(refused).toMatchObject({ code: 1, err: expect.stringContaining('another master key here (ZVENO_MASTER_KEY)') });
    expect(await schemas()).toBe(0);
  });

  test('a backup without its key asks for the key by its id', async () => {
    const keyless = join(home, 'keyless.zveno');
    await zveno(scene.environment('cli'), 'backup', keyless, '--without-key');
    expect(await zveno(environment, 'restore', keyless)).toMatchObject({ code: 1, err: expect.stringMatching(/need the master key [0-9a-f]{16}/) });
    expect(await zveno({ ...environment, ZVENO_MASTER_KEY: scene.environment('cli')['ZVENO_MASTER_KEY'] ?? '' }, 'restore', keyless)).toMatchObject({ code: 0 });
  });

  test.for<[string, (path: string) => Promise<void>, RegExp]>([
    ['a file that is cut off', async (path) => truncate(path, (await stat(path)).size - 200), /does not read as a backup/],
    ['a file that is no backup', (path) => writeFile(path, 'PK\u0003\u0004 something else'), /does not read as a backup/],
    ['an empty file', (path) => writeFile(path, ''), /does not read as a backup/],
    ['one changed byte', flipped, /does not read as a backup|is damaged/],
    ['a member that leads out of the folder', (path) => archived(path, { 'manifest.json': '{"format":1}', '../../etc/passwd': 'x' }), /is damaged/],
    ['a member twice', (path) => archived(path, { 'manifest.json': '{"format":1}', 'structure.json': '{}' }, 'structure.json'), /is damaged/],
    ['rows that were exchanged', (path) => archived(path, { 'manifest.json': '{"format":1}', 'structure.json': '{}', 'tables/zveno.account/000001.copy': 'x\n', 'contents.json': '{"members":{"tables/zveno.account/000001.copy":{"bytes":2,"sha256":"0"}},"rows":{},"blobs":0}' }), /account\/000001\.copy is not as it was written/],
    ['a format of the future', (path) => archived(path, { 'manifest.json': '{"format":99}' }), /has the format 99/],
    ['a manifest that is no JSON', (path) => archived(path, { 'manifest.json': '{"format":' }), /is damaged/],
  ])('%s is refused with its reason before anything is touched', async ([, damage, reason]) => {
    const damaged = join(home, 'damaged.zveno');
    await copyFile(file, damaged);
    await damage(damaged);
    expect(await zveno(environment, 'restore', damaged)).toMatchObject({ code: 1, err: expect.stringMatching(reason) });
    expect(await schemas()).toBe(0);
  });

  describe('before an upgrade', () => {
    /** As it was before a migration came. */
    const older = async (...changes: readonly string[]): Promise<void> => {
      const client = new pg.Client(database.url);
      await client.connect();
      await client.query(['DROP TABLE zveno.instance', 'DELETE FROM zveno.migration WHERE number = 700', ...changes].join('; '));
      await client.end();
    };
    const copies = async (): Promise<string[]> => (await readdir(join(home, 'data/backups'))).sort();

    test('a database of an older version is written to a file before it is changed, and that file brings it back and says which bodies it lacks', async () => {
      await (await TestNode.start(platformSettings(environment))).close();
      await older("INSERT INTO zveno.blob (hash, size) VALUES (sha256('far away'), 8)");
      await (await TestNode.start(platformSettings(environment))).close();
      const [made = '', ...others] = await copies();
      expect([made, others]).toEqual([expect.stringMatching(/^before-0700-instance-\d{8}T\d{9}Z\.zveno$/), []]);
      const target = await withPlatformDatabase();
      const again = { ...environment, DATABASE_URL: target.url };
      expect(await zveno(again, 'restore', join(home, 'data/backups', made))).toMatchObject({ code: 0, err: expect.stringContaining('neither in the file nor here: 1') });
      expect(await zveno(again, 'account', 'list')).toMatchObject({ out: expect.stringContaining('admin') });
      expect(await zveno(again, 'instance', 'show')).toMatchObject({ out: expect.stringContaining('paused\trestored') });
      await target.drop();
    });

    test('an upgrade that is tried again is kept again, because more has happened since, and the newest three stay', async () => {
      await (await TestNode.start(platformSettings(environment))).close();
      await mkdir(join(home, 'data/backups'), { recursive: true });
      for (const name of ['before-0700-instance.zveno', 'before-9998-later.zveno', 'before-9999-last.zveno']) await writeFile(join(home, 'data/backups', name), '');
      await older();
      await (await TestNode.start(platformSettings(environment))).close();
      expect(await copies()).toEqual([expect.stringMatching(/^before-0700-instance-\d/), 'before-9998-later.zveno', 'before-9999-last.zveno']);
    });

    test('a command that is the first of a newer version keeps the database as the start does, and says so', async () => {
      await (await TestNode.start(platformSettings(environment))).close();
      await older();
      expect(await zveno(environment, 'account', 'list')).toMatchObject({ code: 0, err: expect.stringContaining('is of an earlier version') });
      expect(await copies()).toEqual([expect.stringMatching(/^before-0700-instance-\d/)]);
    });
  });

  test('an embedded database moves to a server, table by table the same, and the old one sends nothing any more', async () => {
    const { DATABASE_URL: _url, ...embedded } = environment;
    const first = await TestNode.start(platformSettings(embedded));
    const { out } = await zveno(embedded, 'instance', 'show');
    await first.close();
    expect(await zveno(environment, 'move', '--to', database.url)).toMatchObject({ code: 1, err: expect.stringContaining('DATABASE_URL is set') });
    expect(await zveno(embedded, 'move', '--to', database.url)).toMatchObject({ code: 0, out: expect.stringContaining('Moved and compared') });
    expect(await zveno(environment, 'instance', 'show')).toMatchObject({ out });
    expect(out).toContain('active');
    expect(await zveno(embedded, 'instance', 'show')).toMatchObject({ out: expect.stringContaining('paused\tmoved') });
    const moved = await TestNode.start(platformSettings(environment));
    expect(await moved.ask('GET', '/api/v1/instance')).toMatchObject({ paused: null });
    await moved.close();
  });
});

describe('a backup', () => {
  test('is never written over another file', async () => {
    const before = await readFile(file);
    expect(await zveno(scene.environment('cli'), 'backup', file)).toMatchObject({ code: 1, err: expect.stringContaining('exists') });
    expect(await readFile(file)).toEqual(before);
  });

  test('is for its owner only and holds neither the master key nor a secret in the clear', async () => {
    expect((await stat(file)).mode & 0o777).toBe(0o600);
    const key = scene.environment('cli')['ZVENO_MASTER_KEY'] ?? '';
    const bytes = await readFile(file);
    for (const secret of ['partner-secret', key, Buffer.from(key, 'base64').toString('latin1')]) expect(bytes.includes(Buffer.from(secret, 'latin1'))).toBe(false);
  });

  test.for<[string, Record<string, string>, RegExp]>([
    ['no passphrase', { ZVENO_BACKUP_PASSPHRASE: '' }, /--without-key/],
    ['a short passphrase', { ZVENO_BACKUP_PASSPHRASE: 'short' }, /fewer than 12 characters/],
  ])('needs a passphrase for the key that guards everything: %s is refused', async ([, environment, reason]) => {
    const refused = await zveno({ ...scene.environment('cli'), ...environment }, 'backup', join(folder, 'none.zveno'));
    expect(refused).toMatchObject({ code: 1, err: expect.stringMatching(reason) });
  });

  test('of a database without one of its bodies fails, names the body, and leaves no file', async () => {
    const { rows } = await scene.sql.query<{ hash: string }>("INSERT INTO zveno.blob (hash, size) VALUES (sha256('gone'), 4) RETURNING encode(hash, 'hex') AS hash");
    const partial = join(folder, 'partial.zveno');
    expect(await zveno(scene.environment('cli'), 'backup', partial)).toMatchObject({ code: 1, err: expect.stringContaining(rows[0]?.hash ?? '?') });
    await scene.sql.query("DELETE FROM zveno.blob WHERE hash = sha256('gone')");
    await expect(stat(partial)).rejects.toThrow('ENOENT');
    await expect(stat(`${partial}.unfinished`)).rejects.toThrow('ENOENT');
  });
});

async function flipped(path: string): Promise<void> {
  const bytes = await readFile(path);
  const middle = Math.floor(bytes.length / 2);
  bytes[middle] = (bytes[middle] ?? 0) ^ 0xff;
  await writeFile(path, bytes);
}

/** A file of the right outer form with whatever members, the last one given twice when told. */
async function archived(path: string, members: Readonly<Record<string, string>>, twice?: string): Promise<void> {
  const tar = pack();
  for (const [name, text] of Object.entries(members)) tar.entry({ name }, text);
  if (twice !== undefined) tar.entry({ name: twice }, members[twice] ?? '');
  tar.finalize();
  await pipeline(tar, createZstdCompress(), createWriteStream(path));
}
