/**
 * A server process that does not outlive its test run. A small shell waits at a pipe from us: when we end, in whatever way,
 * the kernel closes the pipe and the shell ends the server and removes its folder. Should the shell be killed too,
 * the next run finds the note in the folder and does the same.
 */
import { spawn } from 'node:child_process';
import { closeSync, openSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { signalProcess } from '../../src/store/embedded/process-list.ts';

export interface GuardedRequest {
  readonly command: readonly [program: string, ...options: string[]];
  readonly account?: { readonly uid: number; readonly gid: number };
  readonly env: Readonly<Record<string, string>>;
  /** The service's own folder; `log` and `note` are written there. */
  readonly folder: string;
  /** Asks the server to end in an orderly way. */
  readonly stopSignal: NodeJS.Signals;
}

export interface GuardedProcess {
  readonly pid: number;
  readonly exited: Promise<void>;
  isAlive(): boolean;
  /** What the server has written so far. */
  output(): Promise<string>;
  /** Orderly, then by force after a while. */
  stop(): Promise<void>;
}

const STOP_MS = 10_000;

export async function startGuarded(request: GuardedRequest): Promise<GuardedProcess> {
  const [program, ...options] = request.command;
  const logFile = join(request.folder, 'log');
  const output = openSync(logFile, 'a', 0o600);
  const child = spawn(program, options, { ...request.account, cwd: '/', env: request.env, stdio: ['ignore', output, output], detached: true });
  closeSync(output);
  const exited = new Promise<void>((resolve) => child.once('exit', () => resolve()));
  await new Promise<void>((resolve, reject) => {
    child.once('spawn', resolve);
    child.once('error', reject);
  });
  const pid = child.pid ?? 0;
  const release = guard(pid, request);
  child.unref();
  const isAlive = (): boolean => child.exitCode === null && child.signalCode === null;
  const stop = async (): Promise<void> => {
    if (isAlive()) child.kill(request.stopSignal);
    if (!(await endsWithin(exited, STOP_MS)) && isAlive()) child.kill('SIGKILL');
    await exited;
    release();
  };
  return { pid, exited, isAlive, output: () => readFile(logFile, 'utf8'), stop };
}

/** The number of a process may be given again, its number with its start time not. A process that only waits to be counted out by its parent has ended. */
interface Identity {
  readonly pid: number;
  readonly since: string;
}

/** Returns how to stand the guard down. */
function guard(pid: number, { folder, stopSignal }: GuardedRequest): () => void {
  const server = identityOf(pid);
  const owner = identityOf(process.pid);
  if (server === undefined || owner === undefined) return () => undefined; // It has ended already; its caller will notice.
  writeFileSync(join(folder, 'note'), JSON.stringify({ server, owner }), { mode: 0o600 });
  const shell = spawn('/bin/sh', ['-c', GUARD, 'guard', String(server.pid), server.since, stopSignal.slice(3), folder], { stdio: ['pipe', 'ignore', 'ignore'], detached: true, cwd: '/', env: { PATH: '/usr/bin:/bin' } });
  shell.unref();
  if ('unref' in shell.stdin && typeof shell.stdin.unref === 'function') shell.stdin.unref();
  shell.stdin.on('error', () => undefined);
  return () => void shell.stdin.end('done\n');
}

/** Arguments: pid, start time, name of the orderly signal, folder. A line on the pipe means that all is done. */
const GUARD = `
since() { sed -e 's/.*) //' -e '/^Z/d' "/proc/$1/stat" 2>/dev/null | cut -d' ' -f20; }
if read -r word; then exit 0; fi
for name in "$3" "$3" KILL; do
  [ "$(since "$1")" = "$2" ] || break
  kill -s "$name" "$1"
  for turn in 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15; do [ "$(since "$1")" != "$2" ] || sleep 0.2; done
done
sleep 0.2
rm -rf -- "$4"
`;

function identityOf(pid: number): Identity | undefined {
  try {
    const text = readFileSync(`/proc/${pid}/stat`, 'utf8');
    const facts = text.slice(text.lastIndexOf(') ') + 2).split(' ');
    const since = facts[19];
    return since === undefined || facts[0] === 'Z' ? undefined : { pid, since };
  } catch {
    return undefined;
  }
}

const isStill = ({ pid, since }: Identity): boolean => identityOf(pid)?.since === since;

/** Ends the servers of test runs that died together with their guards. */
export async function reapOrphans(services: string): Promise<void> {
  for (const name of readdirSync(services)) {
    const note = readNote(join(services, name, 'note'));
    if (note === undefined || isStill(note.owner)) continue;
    if (isStill(note.server)) signalProcess(note.server.pid, 'SIGKILL');
    while (isStill(note.server)) await sleep(20);
    await rm(join(services, name), { recursive: true, force: true, maxRetries: 10, retryDelay: 50 });
  }
}

function readNote(file: string): { server: Identity; owner: Identity } | undefined {
  try {
    return JSON.parse(readFileSync(file, 'utf8')) as { server: Identity; owner: Identity }; // written by `guard` in a private folder
  } catch {
    return undefined; // A service that is just starting has none yet.
  }
}

async function endsWithin(exited: Promise<void>, ms: number): Promise<boolean> {
  const timer = new AbortController();
  try {
    return await Promise.race([exited.then(() => true), sleep(ms, false, { signal: timer.signal, ref: true })]);
  } finally {
    timer.abort();
  }
}
