/** A PostgreSQL that is not the platform's own: with a superuser, on a free loopback port, with a password. */
import { execFile } from 'node:child_process';
import { existsSync, readdirSync } from 'node:fs';
import { chown, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import pg from 'pg';
import { Failure } from '../../src/core/failure.ts';
import { prepareBinaries } from '../../src/store/embedded/binaries.ts';
import { findFreePort } from '../../src/store/embedded/free-port.ts';
import { chooseServerUser, type ServerUser } from '../../src/store/embedded/server-user.ts';
import { startGuarded, type GuardedProcess } from './guarded-process.ts';
import { Unavailable, type ServiceDefinition, type ServiceRequest, type StartedService } from './service.ts';

interface Programs {
  readonly initdb: string;
  readonly postgres: string;
  readonly env: Readonly<Record<string, string>>;
}

const USER = 'tester';
const PORT_ATTEMPTS = 5;

export const definition: ServiceDefinition = {
  kind: 'postgres',
  sources: [
    { source: 'environment', start: fromEnvironment },
    { source: 'installed', start: async (request) => startOwn(request, installedPrograms()) },
    { source: 'registry', start: async (request) => startOwn(request, await registryPrograms(request)) },
  ],
};

/** ZVENO_TEST_POSTGRES is the address of a superuser. */
async function fromEnvironment({ signal }: ServiceRequest): Promise<StartedService> {
  const url = process.env['ZVENO_TEST_POSTGRES'];
  if (!url) throw new Unavailable('ZVENO_TEST_POSTGRES is not set');
  signal.throwIfAborted();
  const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 5_000 });
  await client.connect();
  await client.end();
  const { host, port, user = '', password } = client;
  return { url, host, port, user, password: password ?? '', pid: undefined, stop: async () => undefined };
}

/** The newest of Debian's folders. */
function installedPrograms(base = '/usr/lib/postgresql'): Programs {
  const majors = existsSync(base) ? readdirSync(base).map(Number).filter(Number.isSafeInteger).sort((a, b) => b - a) : [];
  for (const major of majors) {
    const bin = join(base, String(major), 'bin');
    if (existsSync(join(bin, 'initdb')) && existsSync(join(bin, 'postgres'))) return { initdb: join(bin, 'initdb'), postgres: join(bin, 'postgres'), env: {} };
  }
  throw new Unavailable(`no PostgreSQL in ${base}`);
}

async function registryPrograms({ folder, signal }: ServiceRequest): Promise<Programs> {
  try {
    const { initdb, postgres, libraries } = await prepareBinaries({ user: chooseServerUser(folder), folder, signal });
    return { initdb, postgres, env: { LD_LIBRARY_PATH: libraries } };
  } catch (cause) {
    if (cause instanceof Failure) throw new Unavailable(cause.message, { cause });
    throw cause;
  }
}

async function startOwn(request: ServiceRequest, programs: Programs): Promise<StartedService> {
  const account = chooseServerUser(request.folder);
  const password = randomBytes(18).toString('base64url');
  const cluster = await makeCluster(request, programs, account, password);
  for (let attempt = 1; ; attempt++) {
    const port = await findFreePort();
    const server = await startOn(port, cluster, request, programs, account);
    if (await becomesReady(server, port, password, request.signal)) {
      return { url: `postgresql://${USER}:${password}@127.0.0.1:${port}/postgres`, host: '127.0.0.1', port, user: USER, password, pid: server.pid, stop: () => server.stop() };
    }
    await server.stop();
    const said = await server.output();
    if (!said.includes('could not bind') || attempt === PORT_ATTEMPTS) throw new Error(`PostgreSQL did not start: ${said.slice(-1_000)}`);
  }
}

async function makeCluster({ folder, signal }: ServiceRequest, { initdb, env }: Programs, account: ServerUser | undefined, password: string): Promise<string> {
  const cluster = join(folder, 'cluster');
  const passwordFile = join(folder, 'password');
  await mkdir(cluster, { mode: 0o700 });
  await writeFile(passwordFile, password, { mode: 0o600 });
  if (account !== undefined) for (const path of [cluster, passwordFile]) await chown(path, account.uid, account.gid);
  const options = ['-D', cluster, '-U', USER, `--pwfile=${passwordFile}`, '--auth=scram-sha-256', '--encoding=UTF8', '--locale=C', '--no-sync'];
  await promisify(execFile)(initdb, options, { ...account, cwd: '/', env: { ...env, LC_ALL: 'C', PATH: '/usr/bin:/bin' }, signal });
  return cluster;
}

/** Without fsync: its data live as long as the test, and a killed process loses nothing that the kernel has. */
function startOn(port: number, cluster: string, { folder, settings }: ServiceRequest, { postgres, env }: Programs, account: ServerUser | undefined): Promise<GuardedProcess> {
  const fixed = { listen_addresses: '127.0.0.1', port: String(port), unix_socket_directories: '', logging_collector: 'off' };
  const all = Object.entries({ fsync: 'off', shared_buffers: '32MB', lc_messages: 'C', ...settings, ...fixed });
  const command = [postgres, '-D', cluster, ...all.flatMap(([name, value]) => ['-c', `${name}=${value}`])] as const;
  return startGuarded({ command: [command[0], ...command.slice(1)], ...(account === undefined ? {} : { account }), env: { ...env, LC_ALL: 'C', PATH: '/usr/bin:/bin' }, folder, stopSignal: 'SIGINT' });
}

/** False when the server ended instead. */
async function becomesReady(server: GuardedProcess, port: number, password: string, signal: AbortSignal): Promise<boolean> {
  while (server.isAlive()) {
    if (signal.aborted) {
      await server.stop();
      signal.throwIfAborted();
    }
    if (await accepts(port, password)) return true;
    await sleep(20);
  }
  return false;
}

/** With our password: a stranger that took the port first must not pass for our server. */
async function accepts(port: number, password: string): Promise<boolean> {
  const client = new pg.Client({ host: '127.0.0.1', port, user: USER, password, database: 'postgres', connectionTimeoutMillis: 2_000 });
  client.on('error', () => undefined);
  try {
    await client.connect();
    return true;
  } catch {
    return false;
  } finally {
    await client.end().catch(() => undefined);
  }
}
