/**
 * A new database cluster. It is made beside its final place and renamed when finished, so a cluster under the final name is always whole;
 * what an interrupted attempt left is removed first.
 */
import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { chmod, mkdir, readdir, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { basename, dirname, join } from 'node:path';
import { failure, type Failure } from '../../core/failure.ts';
import type { Binaries } from './binaries.ts';
import { giveTo, type DataFolder } from './data-folder.ts';
import { syncFolder } from '../durable-file.ts';
import { findProcesses, signalProcess } from './process-list.ts';
import { SUPERUSER } from './roles.ts';
import { serverEnvironment } from './server-environment.ts';
import { reasonIn, speaksOfFullDisk } from './server-words.ts';

export interface Initialisation {
  readonly folder: DataFolder;
  readonly binaries: Binaries;
  readonly superuserPassword: string;
  readonly durable: boolean;
  readonly signal?: AbortSignal;
}

/** Passwords for everybody, no exception for the machine itself. Replication is not offered. */
const HBA = `local all all scram-sha-256
host all all 127.0.0.1/32 scram-sha-256
`;

export async function initialise(request: Initialisation): Promise<void> {
  const { clusterFolder, user } = request.folder;
  const unfinished = `${clusterFolder}.init-${randomUUID()}`;
  const passwordFile = `${unfinished}.password`;
  await removeUnfinished(request.folder);
  try {
    await mkdir(unfinished, { mode: 0o700 });
    await chmod(unfinished, 0o700);
    await giveTo(user, unfinished);
    await writeFile(passwordFile, request.superuserPassword, { flag: 'wx', mode: 0o600 });
    await giveTo(user, passwordFile);
    await runInitdb(request, unfinished, passwordFile);
    await writeFile(join(unfinished, 'pg_hba.conf'), HBA, { flush: request.durable });
    await rename(unfinished, clusterFolder);
    if (request.durable) await syncFolder(dirname(clusterFolder));
  } finally {
    await rm(passwordFile, { force: true });
    await rm(unfinished, { recursive: true, force: true });
  }
}

/** An initialisation whose parent was killed may still be running: it is ended, or it would write into what is being removed. */
async function removeUnfinished({ path, clusterFolder }: DataFolder): Promise<void> {
  const prefix = `${clusterFolder}.init-`;
  for (const pid of findProcesses((line) => line.some((argument) => argument.includes(prefix)))) signalProcess(pid, 'SIGKILL');
  for (const entry of await readdir(path)) {
    if (entry.startsWith(basename(prefix))) await rm(join(path, entry), { recursive: true, force: true, maxRetries: 20, retryDelay: 50 });
  }
}

async function runInitdb({ folder, binaries, durable, signal }: Initialisation, unfinished: string, passwordFile: string): Promise<void> {
  const options = ['-D', unfinished, '-U', SUPERUSER, `--pwfile=${passwordFile}`, '--auth=scram-sha-256', '--encoding=UTF8', '--text-search-config=simple'];
  // Order by code point on every machine, yet with letter case for all of Unicode, which the plain C locale lacks.
  const locale = ['--locale=C', '--locale-provider=builtin', '--builtin-locale=C.UTF-8'];
  const child = spawn(binaries.initdb, [...options, ...locale, ...(durable ? [] : ['--no-sync'])], {
    ...folder.user,
    cwd: '/',
    env: serverEnvironment(folder, binaries),
    stdio: ['ignore', 'pipe', 'pipe'],
    signal,
    killSignal: 'SIGKILL',
  });
  let output = '';
  const keep = (chunk: Buffer): void => void (output = (output + chunk.toString()).slice(-OUTPUT_CHARACTERS));
  child.stdout.on('data', keep);
  child.stderr.on('data', keep);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code !== 0) throw initFailure(folder.path, output);
}

const OUTPUT_CHARACTERS = 4_000;

function initFailure(folder: string, output: string): Failure {
  return speaksOfFullDisk(output) ? failure('store.diskFull', { folder }) : failure('store.initFailed', { folder, reason: reasonIn(output) });
}

/** Refuses a cluster of another major version before the server does, in words that say what to do. */
export async function checkClusterVersion({ path, clusterFolder }: DataFolder, supported: number): Promise<void> {
  const found = Number.parseInt(await readFile(join(clusterFolder, 'PG_VERSION'), 'utf8'), 10);
  if (found > supported) throw failure('store.newerDatabase', { folder: path, found, supported });
  if (found !== supported) throw failure('store.olderDatabase', { folder: path, found, supported });
}
