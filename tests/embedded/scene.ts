/** A place for one test: temporary folders and processes that are cleaned up whatever the test did. */
import { execFileSync, spawn, type ChildProcess } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync, rmdirSync } from 'node:fs';
import { chmod, chown, mkdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { Failure } from '../../src/core/failure.ts';
import { commandLineOf } from '../../src/store/embedded/process-list.ts';
import { barrierToRead } from '../../src/store/embedded/reach.ts';
import { startEmbedded, type EmbeddedOptions } from '../../src/store/embedded/start-embedded.ts';
import type { Connection } from '../../src/store/embedded/session.ts';
import type { EmbeddedPostgres } from '../../src/store/embedded/supervisor.ts';
import { quietLog } from './quiet-log.ts';
import type { ChildReport } from './start-child.ts';

export const isRoot = process.getuid?.() === 0;
export const whyNotRoot = isRoot ? undefined : 'this is about root, and we are not';
export const NOBODY = { uid: 65_534, gid: 65_534 };

const childFile = fileURLToPath(new URL('start-child.ts', import.meta.url));

/** The title of a test that may be skipped: it carries the reason into every list of skipped tests. */
export const titled = (title: string, reason: string | undefined): string => (reason === undefined ? title : `${title} (skipped: ${reason})`);

/** Why tests under another account cannot run here; undefined when they can. */
export function whyNoOtherAccount(): string | undefined {
  if (!isRoot) return 'only root can start a process under another account';
  const barrier = barrierToRead(childFile, NOBODY) ?? barrierToRead(process.execPath, NOBODY);
  return barrier === undefined ? undefined : `${barrier} is closed to other accounts`;
}

/** Why a small disk cannot be had; undefined when it can. */
export function whyNoMount(): string | undefined {
  if (!isRoot) return 'only root can mount a small disk';
  const probe = mkdtempSync(join(tmpdir(), 'zveno-mount-'));
  try {
    mountSmallDisk(probe, '64k');
    unmount(probe);
    return undefined;
  } catch {
    return 'mounting is not allowed here';
  } finally {
    rmdirSync(probe);
  }
}

/** Programs of the system, which every Linux has. */
const system = { mount: 'mount', unmount: 'umount' } as const;

function mountSmallDisk(path: string, size: string): void {
  execFileSync(system.mount, ['-t', 'tmpfs', '-o', `size=${size},mode=755`, 'tmpfs', path], { stdio: 'ignore' });
}

function unmount(path: string): void {
  execFileSync(system.unmount, ['-l', path], { stdio: 'ignore' });
}

export class PlatformProcess {
  readonly child: ChildProcess;
  readonly report: Promise<ChildReport>;
  readonly ended: Promise<void>;

  constructor(folder: string, account?: { uid: number; gid: number }, env: Record<string, string> = {}) {
    this.child = spawn(process.execPath, [childFile, folder], { ...account, cwd: '/', stdio: ['pipe', 'pipe', 'inherit'], env: { PATH: process.env['PATH'] ?? '', ...env } });
    this.ended = new Promise((resolve) => this.child.once('exit', () => resolve()));
    this.report = this.#readReport();
  }

  /** SIGKILL: nothing of the process gets to clean up. */
  async kill(): Promise<void> {
    this.child.kill('SIGKILL');
    await this.ended;
  }

  async #readReport(): Promise<ChildReport> {
    if (this.child.stdout === null) throw new Error('a platform process without output');
    for await (const line of createInterface(this.child.stdout)) return JSON.parse(line) as ChildReport; // written by start-child.ts
    throw new Error('the platform process ended without a report');
  }
}

export class Scene {
  readonly #folder = mkdtempSync(join(tmpdir(), 'zv-'));
  readonly #ends: (() => unknown)[] = [];

  async folder(name: string, mode = 0o755): Promise<string> {
    await chmod(this.#folder, 0o755);
    const path = join(this.#folder, name);
    await mkdir(path, { recursive: true, mode });
    await chmod(path, mode);
    return path;
  }

  /** For a folder that the test makes itself. */
  async path(name: string): Promise<string> {
    return join(await this.folder('.'), name);
  }

  async folderOf(account: { uid: number; gid: number }, name: string): Promise<string> {
    const path = await this.folder(name);
    await chown(path, account.uid, account.gid);
    return path;
  }

  async start(dataFolder: string, options: Partial<EmbeddedOptions> = {}): Promise<EmbeddedPostgres> {
    const server = await startEmbedded({ dataFolder, log: quietLog, ...options });
    this.#ends.push(() => server.stop());
    return server;
  }

  process(folder: string, account?: { uid: number; gid: number }, env?: Record<string, string>): PlatformProcess {
    const made = new PlatformProcess(folder, account, env);
    this.#ends.push(() => made.kill());
    return made;
  }

  /** A process that has nothing to do with PostgreSQL, under the account that the server would have. */
  stranger(account?: { uid: number; gid: number }): number {
    const made = spawn('sleep', ['1000'], { ...account, stdio: 'ignore' });
    this.#ends.push(() => made.kill('SIGKILL'));
    if (made.pid === undefined) throw new Error('no stranger');
    return made.pid;
  }

  async smallDisk(name: string, size: string): Promise<string> {
    const path = await this.folder(name);
    mountSmallDisk(path, size);
    this.#ends.push(() => unmount(path));
    return path;
  }

  onEnd(work: () => unknown): void {
    this.#ends.push(work);
  }

  /** Ends also the servers that a killed platform process left behind. */
  async [Symbol.asyncDispose](): Promise<void> {
    for (const end of this.#ends.reverse()) await end();
    for (const pid of serversBelow(this.#folder)) process.kill(pid, 'SIGKILL');
    while (serversBelow(this.#folder).length > 0) await sleep(10);
    await rm(this.#folder, { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
  }
}

function serversBelow(folder: string): number[] {
  const pids = readdirSync('/proc').map(Number).filter(Number.isSafeInteger);
  return pids.filter((pid) => commandLineOf(pid)?.some((argument) => argument.startsWith(`${folder}/`)) === true);
}

export async function query(connection: Connection | string, sql: string): Promise<readonly Record<string, unknown>[]> {
  const client = new pg.Client(typeof connection === 'string' ? connection : { ...connection });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(sql)).rows;
  } finally {
    await client.end().catch(() => undefined);
  }
}

/** The account that a live process runs under. */
export function uidOf(pid: number): number {
  return Number(/^Uid:\s+(\d+)/m.exec(readFileSync(`/proc/${pid}/status`, 'utf8'))?.[1]);
}

export const isAlive = (pid: number): boolean => commandLineOf(pid) !== undefined;

export async function until(condition: () => unknown): Promise<void> {
  while (!(await condition())) await sleep(20);
}

/** The Failure that a promise ends with; anything else fails the test. */
export async function failureOf(work: Promise<unknown>): Promise<Failure> {
  try {
    await work;
  } catch (cause) {
    if (cause instanceof Failure) return cause;
    throw cause;
  }
  throw new Error('nothing failed');
}
