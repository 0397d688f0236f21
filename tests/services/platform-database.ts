/**
 * A fresh platform database for one test file, in a fraction of a second:
 *
 *   const database = await withPlatformDatabase({ migrate });
 *   afterAll(() => database.drop());
 *
 * All test files share one embedded server; a migrated template is made once per state of the migrations and cloned for each file.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { createHash, randomUUID } from 'node:crypto';
import { closeSync, openSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { connectionUrl, type Connection } from '../../src/store/embedded/session.ts';
import { keeperSocket, type KeeperAddress } from './platform-keeper.ts';
import { projectFolder, testFolder } from './test-folder.ts';

export interface PlatformDatabase {
  /** For the platform's role: owner of the database, not a superuser. */
  readonly url: string;
  readonly connection: Connection;
  /** For what only an administrator may do, such as ending a session. */
  readonly superuserUrl: string;
  drop(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

export interface PlatformDatabaseOptions {
  /** Brings an empty database to the platform's present shape. It runs once a key; must close what it opens. */
  readonly migrate?: (url: string) => Promise<void>;
  /** Names a shape of its own; the sources under src/store are part of every name. */
  readonly key?: string;
}

const KEEPER_MS = 60_000;
/** Any number that no other user of the test server locks. */
const TEMPLATE_LOCK = 7_190_451;

export async function withPlatformDatabase(options: PlatformDatabaseOptions = {}): Promise<PlatformDatabase> {
  const { socket, address } = await connectToKeeper();
  try {
    const name = `test_${randomUUID().replaceAll('-', '')}`;
    await asSuperuser(address, async (client) => {
      const template = options.migrate === undefined ? 'template0' : await prepareTemplate(client, address, options.migrate, options.key);
      await client.query(`CREATE DATABASE ${name} TEMPLATE ${template} STRATEGY file_copy OWNER ${address.app.user}`);
    });
    return handleOf(name, address, socket);
  } catch (cause) {
    socket.destroy();
    throw cause;
  }
}

function handleOf(name: string, address: KeeperAddress, socket: Socket): PlatformDatabase {
  const connection = connectionTo(address, name, 'app');
  const drop = async (): Promise<void> => {
    if (socket.destroyed) return;
    await asSuperuser(address, (client) => client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`));
    socket.destroy();
  };
  return { url: connectionUrl(connection), connection, superuserUrl: connectionUrl(connectionTo(address, name, 'superuser')), drop, [Symbol.asyncDispose]: drop };
}

function connectionTo({ host, port, ...roles }: KeeperAddress, database: string, role: 'app' | 'superuser'): Connection {
  return { host, port, database, ...roles[role] };
}

async function asSuperuser<T>(address: KeeperAddress, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client(connectionTo(address, 'postgres', 'superuser'));
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** The name of the migrated template; the first that needs it makes it, the others wait at a lock. */
async function prepareTemplate(client: pg.Client, address: KeeperAddress, migrate: (url: string) => Promise<void>, given: string | undefined): Promise<string> {
  const key = `${await hashOfStore()} ${given ?? ''}`;
  const template = `template_${createHash('sha256').update(key).digest('hex').slice(0, 24)}`;
  if (await exists(client, template)) return template;
  await client.query('SELECT pg_advisory_lock($1)', [TEMPLATE_LOCK]);
  try {
    if (!(await exists(client, template))) await buildTemplate(client, address, migrate, template);
    return template;
  } finally {
    await client.query('SELECT pg_advisory_unlock($1)', [TEMPLATE_LOCK]);
  }
}

/** Under its final name only when finished; templates of earlier states are dropped on the way. */
async function buildTemplate(client: pg.Client, address: KeeperAddress, migrate: (url: string) => Promise<void>, template: string): Promise<void> {
  const building = `building_${randomUUID().replaceAll('-', '')}`;
  await dropOldTemplates(client);
  await client.query(`CREATE DATABASE ${building} TEMPLATE template0 OWNER ${address.app.user}`);
  try {
    await migrate(connectionUrl(connectionTo(address, building, 'app')));
    await client.query('SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE datname = $1', [building]);
    await client.query(`ALTER DATABASE ${building} RENAME TO ${template}`);
  } catch (cause) {
    await client.query(`DROP DATABASE IF EXISTS ${building} WITH (FORCE)`);
    throw cause;
  }
}

/** Several states may be in use at once (test files with their own migrations), so only a surplus goes. */
async function dropOldTemplates(client: pg.Client): Promise<void> {
  const old = await client.query<{ datname: string }>(`SELECT datname FROM pg_database WHERE datname ~ '^template_' ORDER BY oid DESC OFFSET 15`);
  for (const { datname } of old.rows) await client.query(`DROP DATABASE IF EXISTS ${datname} WITH (FORCE)`);
}

async function exists(client: pg.Client, database: string): Promise<boolean> {
  const found = await client.query('SELECT 1 FROM pg_database WHERE datname = $1', [database]);
  return found.rowCount === 1;
}

async function hashOfStore(): Promise<string> {
  const folder = join(projectFolder, 'src', 'store');
  const hash = createHash('sha256');
  const files = (await readdir(folder, { recursive: true, withFileTypes: true })).filter((entry) => entry.isFile() && !entry.parentPath.startsWith(join(folder, 'embedded')));
  const paths = files.map((entry) => join(entry.parentPath, entry.name)).sort();
  for (const path of paths) hash.update(path).update(await readFile(path));
  return hash.digest('hex');
}

/** The open socket is the count of users: it is closed by `drop`, or by the kernel with the test process. */
async function connectToKeeper(): Promise<{ socket: Socket; address: KeeperAddress }> {
  const until = performance.now() + KEEPER_MS;
  let keeper: ChildProcess | undefined;
  while (performance.now() < until) {
    const found = await tryKeeper();
    if (found !== undefined) return found;
    if (keeper !== undefined && keeper.exitCode !== null && keeper.exitCode !== 0) break;
    // One that ended well had found another, which may have been just leaving.
    if (keeper === undefined || keeper.exitCode === 0) keeper = spawnKeeper();
    await sleep(20);
  }
  throw new Error(`the shared test database did not start: ${await endOf(keeperLog())}`);
}

const keeperLog = (): string => join(testFolder(), 'keeper.log');

async function endOf(file: string): Promise<string> {
  return (await readFile(file, 'utf8')).slice(-2_000);
}

function spawnKeeper(): ChildProcess {
  const output = openSync(keeperLog(), 'a', 0o600);
  const { NODE_OPTIONS: _, ...env } = process.env;
  const keeper = spawn(process.execPath, [fileURLToPath(new URL('platform-keeper.ts', import.meta.url))], { detached: true, stdio: ['ignore', output, output], cwd: '/', env });
  keeper.unref();
  closeSync(output);
  return keeper;
}

function tryKeeper(): Promise<{ socket: Socket; address: KeeperAddress } | undefined> {
  return new Promise((resolve) => {
    const socket = connect(keeperSocket());
    let text = '';
    socket.on('error', () => resolve(undefined));
    socket.on('close', () => resolve(undefined));
    socket.on('data', (chunk) => {
      text += chunk.toString();
      if (!text.endsWith('\n')) return;
      socket.unref();
      // Written by our own keeper, in a folder that only this account can enter.
      resolve({ socket, address: JSON.parse(text) as KeeperAddress });
    });
  });
}
