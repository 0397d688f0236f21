/**
 * The process that keeps one embedded server for all test files of a checkout. It hands its address to whoever connects to its socket
 * and lives as long as somebody stays connected (and a moment longer), so a killed test run is counted out by the kernel.
 */
import { mkdirSync, rmSync } from 'node:fs';
import { createServer, type Server } from 'node:net';
import { join } from 'node:path';
import pg from 'pg';
import { Failure } from '../../src/core/failure.ts';
import { startEmbedded } from '../../src/store/embedded/start-embedded.ts';
import type { EmbeddedPostgres } from '../../src/store/embedded/supervisor.ts';
import { testFolder } from './test-folder.ts';

/** Between two test files nobody is connected for a moment. */
const LINGER_MS = 5_000;

export function keeperSocket(): string {
  const folder = join(testFolder(), 'keeper');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  return join(folder, 'socket');
}

export interface KeeperAddress {
  readonly host: string;
  readonly port: number;
  readonly superuser: { readonly user: string; readonly password: string };
  readonly app: { readonly user: string; readonly password: string };
}

async function keep(): Promise<void> {
  const server = await startServer();
  if (server === undefined) return; // Another keeper has the folder; whoever started us connects to that one.
  // A server that was left running may still have users: only its keeper was killed.
  if (server.state.state === 'running' && !server.state.adopted) await dropLeftDatabases(server);
  const socket = keeperSocket();
  rmSync(socket, { force: true }); // Ours is the lock, so nobody listens there.
  const listener = createServer();
  const unused = serveAddress(listener, server);
  listener.listen(socket);
  await unused;
  listener.close();
  await server.stop();
}

async function startServer(): Promise<EmbeddedPostgres | undefined> {
  try {
    const listen = { kind: 'tcp', port: 0 } as const;
    return await startEmbedded({ dataFolder: join(testFolder(), 'platform'), log: console, listen, durable: false, settings: { max_connections: '300' } });
  } catch (cause) {
    if (cause instanceof Failure && cause.code === 'store.inUse') return undefined;
    throw cause;
  }
}

/** Resolves when nobody has been connected for a while. */
function serveAddress(listener: Server, { connection, superuserConnection }: EmbeddedPostgres): Promise<void> {
  const address: KeeperAddress = {
    host: connection.host,
    port: connection.port,
    superuser: { user: superuserConnection.user, password: superuserConnection.password },
    app: { user: connection.user, password: connection.password },
  };
  return new Promise((resolve) => {
    let users = 0;
    let linger = setTimeout(resolve, 2 * LINGER_MS);
    listener.on('connection', (user) => {
      users++;
      clearTimeout(linger);
      user.on('error', () => undefined);
      user.on('close', () => {
        users--;
        clearTimeout(linger);
        if (users === 0) linger = setTimeout(resolve, LINGER_MS);
      });
      user.resume().write(`${JSON.stringify(address)}\n`);
    });
  });
}

/** Databases of earlier runs; migrated templates stay, because they are what makes the next run quick. */
async function dropLeftDatabases({ superuserConnection }: EmbeddedPostgres): Promise<void> {
  const client = new pg.Client(superuserConnection);
  await client.connect();
  try {
    const left = await client.query<{ datname: string }>(`SELECT datname FROM pg_database WHERE datname ~ '^(test|building)_'`);
    for (const { datname } of left.rows) await client.query(`DROP DATABASE ${pg.escapeIdentifier(datname)} WITH (FORCE)`);
  } finally {
    await client.end();
  }
}

if (import.meta.main) await keep();
