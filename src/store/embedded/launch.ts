/**
 * Brings the server of a cluster up: adopts the one that an earlier platform process left running, or starts one
 * after proving that none is. The caller holds the data folder's lock, so nobody else does this at the same time.
 */
import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { failure, Failure } from '../../core/failure.ts';
import { limits } from '../../core/limits.ts';
import { commandOf, isPostmasterOf, processesOf, type Cluster } from './cluster.ts';
import { findFreePort } from './free-port.ts';
import { adoptPostmaster, spawnPostmaster, stopPostmaster, type Postmaster } from './postmaster.ts';
import { readPostmasterFile, type PostmasterFile } from './postmaster-file.ts';
import { commandLineOf, signalProcess } from './process-list.ts';
import { connections, proveAppRole } from './roles.ts';
import { logFolder, positionOf, readSince, startFailure } from './server-log.ts';
import { sqlStateOf, withSession } from './session.ts';
import { clearSocketFolder } from './socket-folder.ts';

/** Without TCP the port is only a part of the socket's name. */
const SOCKET_PORT = 5432;
const POLL_MS = 10;
const FREE_PORT_ATTEMPTS = 5;

/** `port` 0 means any free one. */
export async function launch(cluster: Cluster, port: number, signal: AbortSignal): Promise<Postmaster> {
  const adopted = await adopt(cluster, port, signal);
  if (adopted !== undefined) return adopted;
  await clearTheWay(cluster, signal);
  if (!cluster.tcp) return startOn(cluster, SOCKET_PORT, signal);
  return port === 0 ? startOnFreePort(cluster, signal) : startOn(cluster, port, signal);
}

/** A live server that runs exactly what we would start is taken over; one that differs is stopped first. */
async function adopt(cluster: Cluster, port: number, signal: AbortSignal): Promise<Postmaster | undefined> {
  const found = await readPostmasterFile(cluster.folder.clusterFolder);
  if (typeof found === 'string' || !isPostmasterOf(cluster, found.pid)) return undefined;
  const postmaster = adoptPostmaster(cluster, found.pid, found.port ?? SOCKET_PORT);
  if (isAsWanted(cluster, found, port)) {
    await waitReady(cluster, postmaster, signal);
    if (await answersAsWanted(cluster, postmaster)) {
      await proveRoles(cluster, postmaster);
      cluster.log.info('database.adopted', { pid: found.pid, folder: cluster.folder.path });
      return postmaster;
    }
  }
  cluster.log.info('database.replaced', { pid: found.pid, folder: cluster.folder.path });
  await stopPostmaster(postmaster, limits.embeddedStopMs.value);
  return undefined;
}

function isAsWanted(cluster: Cluster, { pid, port, status }: PostmasterFile, wanted: number): boolean {
  if (status === 'stopping' || port === undefined) return false;
  if (cluster.tcp && wanted !== 0 && wanted !== port) return false;
  const expected = commandOf(cluster, port);
  const line = commandLineOf(pid) ?? [];
  return expected.every((argument, index) => argument === line[index]);
}

/** False for other programs than ours (an upgrade in place), and when its socket was removed under it: such a server can only be replaced. */
async function answersAsWanted(cluster: Cluster, { port }: Postmaster): Promise<boolean> {
  const { app } = connectionsOf(cluster, port);
  try {
    const rows = await withSession(app, (query) => query('SHOW server_version'));
    return rows[0]?.['server_version'] === cluster.binaries.version;
  } catch (cause) {
    return sqlStateOf(cause) !== undefined; // A refusal is an answer; what to do about it is decided with the roles.
  }
}

/**
 * After this no process of the cluster is alive and no lock file speaks of one. PostgreSQL itself only asks whether the pid in its
 * lock file is alive, and after a reboot that may be anybody; we ask who it is, and look for children that outlived their server.
 */
async function clearTheWay(cluster: Cluster, signal: AbortSignal): Promise<void> {
  await endLeftovers(cluster, signal);
  const stale = await readPostmasterFile(cluster.folder.clusterFolder);
  if (stale !== 'absent') {
    cluster.log.warn('database.staleLockRemoved', { folder: cluster.folder.path, pid: stale === 'unreadable' ? null : stale.pid });
    await rm(join(cluster.folder.clusterFolder, 'postmaster.pid'), { force: true });
  }
}

/** Children of a killed server end by themselves; a busy one is told to, and then made to. */
async function endLeftovers(cluster: Cluster, signal: AbortSignal): Promise<void> {
  const stages = [undefined, 'SIGQUIT', 'SIGKILL'] as const;
  for (const name of stages) {
    if (name !== undefined) for (const pid of processesOf(cluster)) signalProcess(pid, name);
    if (await noneLeft(cluster, limits.embeddedLeftoverMs.value, signal)) return;
  }
  throw failure('store.serverStuck', { folder: cluster.folder.path, pid: processesOf(cluster).join(', ') });
}

async function noneLeft(cluster: Cluster, ms: number, signal: AbortSignal): Promise<boolean> {
  const until = performance.now() + ms;
  while (processesOf(cluster).length > 0) {
    if (performance.now() > until) return false;
    await sleep(POLL_MS, undefined, { signal });
  }
  return true;
}

/** Between finding a free port and binding it somebody else may take it. */
async function startOnFreePort(cluster: Cluster, signal: AbortSignal): Promise<Postmaster> {
  for (let attempt = 1; ; attempt++) {
    try {
      return await startOn(cluster, await findFreePort(), signal);
    } catch (cause) {
      if (!(cause instanceof Failure && cause.code === 'store.portTaken') || attempt === FREE_PORT_ATTEMPTS) throw cause;
    }
  }
}

async function startOn(cluster: Cluster, port: number, signal: AbortSignal): Promise<Postmaster> {
  await clearSocketFolder(cluster.socketFolder, port);
  const position = await positionOf(cluster);
  const postmaster = await spawnPostmaster(cluster, port);
  try {
    await waitReady(cluster, postmaster, signal);
    await proveRoles(cluster, postmaster);
    return postmaster;
  } catch (cause) {
    const ended = !postmaster.isAlive();
    await stopPostmaster(postmaster, limits.embeddedStopMs.value);
    if (!ended) throw cause;
    // The process that writes the log outlives the server by a moment: only then is the reason in it.
    await noneLeft(cluster, limits.embeddedLeftoverMs.value, new AbortController().signal);
    throw await startFailure(cluster, await readSince(cluster, position), port);
  }
}

async function waitReady(cluster: Cluster, postmaster: Postmaster, signal: AbortSignal): Promise<void> {
  const ms = limits.embeddedStartMs.value;
  const until = performance.now() + ms;
  while (!(await saysReady(cluster, postmaster))) {
    if (!postmaster.isAlive()) throw failure('store.startFailed', { folder: cluster.folder.path, reason: '?', log: logFolder(cluster) });
    if (performance.now() > until) throw failure('store.startSlow', { folder: cluster.folder.path, seconds: ms / 1000, log: logFolder(cluster) });
    await sleep(POLL_MS, undefined, { signal });
  }
}

/** Ready for the platform means that its own role is let in, not that a port answers. */
async function proveRoles(cluster: Cluster, { port }: Postmaster): Promise<void> {
  const { app, superuser } = connectionsOf(cluster, port);
  await proveAppRole(app, superuser).catch((cause: unknown) => {
    if (sqlStateOf(cause) === '28P01') throw failure('store.passwordsLost', { file: join(cluster.folder.path, 'passwords.json') }, { cause });
    throw cause;
  });
}

async function saysReady(cluster: Cluster, { pid }: Postmaster): Promise<boolean> {
  const file = await readPostmasterFile(cluster.folder.clusterFolder);
  return typeof file !== 'string' && file.pid === pid && file.status === 'ready';
}

export function connectionsOf(cluster: Cluster, port: number): ReturnType<typeof connections> {
  return connections(cluster.tcp ? '127.0.0.1' : cluster.socketFolder, port, cluster.passwords);
}
