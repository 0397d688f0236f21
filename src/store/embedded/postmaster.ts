/** One server process: our child, or one that an earlier platform process left behind. */
import { spawn } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { commandOf, isPostmasterOf, type Cluster } from './cluster.ts';
import { signalProcess } from './process-list.ts';
import { serverEnvironment } from './server-environment.ts';

export interface Postmaster {
  readonly pid: number;
  readonly port: number;
  readonly adopted: boolean;
  /** Resolves when the process is gone, whoever ended it. Never rejects. */
  readonly exited: Promise<void>;
  isAlive(): boolean;
}

const POLL_MS = 100;

/** What the server says before its own log begins. */
export const startLogOf = (cluster: Cluster): string => join(cluster.folder.path, 'postgres-start.log');

/** In a session of its own: a Ctrl-C meant for the platform must not end the database under its feet. */
export async function spawnPostmaster(cluster: Cluster, port: number): Promise<Postmaster> {
  const [program = '', ...options] = commandOf(cluster, port);
  const output = openSync(startLogOf(cluster), 'w', 0o600);
  try {
    const child = spawn(program, options, {
      ...cluster.folder.user,
      cwd: '/',
      env: serverEnvironment(cluster.folder, cluster.binaries),
      stdio: ['ignore', output, output],
      detached: true,
    });
    const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', reject);
    });
    return { pid: child.pid ?? 0, port, adopted: false, exited, isAlive: () => child.exitCode === null && child.signalCode === null };
  } finally {
    closeSync(output);
  }
}

/** Somebody else's child tells nobody when it ends, so it is looked at. */
export function adoptPostmaster(cluster: Cluster, pid: number, port: number): Postmaster {
  return { pid, port, adopted: true, exited: waitUntilGone(cluster, pid), isAlive: () => isPostmasterOf(cluster, pid) };
}

async function waitUntilGone(cluster: Cluster, pid: number): Promise<void> {
  while (isPostmasterOf(cluster, pid)) await sleep(POLL_MS, undefined, { ref: false });
}

/** Fast, then immediate, then the kernel: each stage has its time, so a stop always ends. True when it went without force. */
export async function stopPostmaster(postmaster: Postmaster, stageMs: number): Promise<boolean> {
  for (const name of ['SIGINT', 'SIGQUIT', 'SIGKILL'] as const) {
    if (!postmaster.isAlive()) return name === 'SIGINT'; // Its number may already be somebody else's.
    signalProcess(postmaster.pid, name);
    if (await endsWithin(postmaster, stageMs)) return name === 'SIGINT';
  }
  return false;
}

async function endsWithin({ exited }: Postmaster, ms: number): Promise<boolean> {
  const timer = new AbortController();
  try {
    return await Promise.race([exited.then(() => true), sleep(ms, false, { signal: timer.signal })]);
  } finally {
    timer.abort();
  }
}
