/**
 * The binaries come without the links between library names; an install script makes them, and package managers skip such scripts.
 * `pg-symlinks.json` of the package says which.
 */
import { lstat, mkdir, readFile, readlink, rm, symlink } from 'node:fs/promises';
import { dirname, join, relative, resolve, sep } from 'node:path';

export interface LibraryLink {
  /** The real file, relative to the package. */
  readonly source: string;
  /** The name it must also have. */
  readonly target: string;
}

export async function readLibraryLinks(packageFolder: string): Promise<readonly LibraryLink[]> {
  const listed: unknown = JSON.parse(await readFile(join(packageFolder, 'native', 'pg-symlinks.json'), 'utf8'));
  if (!Array.isArray(listed) || !listed.every(isLink)) throw new Error(`pg-symlinks.json of ${packageFolder} is not a list of links`);
  for (const link of listed) for (const path of [link.source, link.target]) assertInside(packageFolder, path);
  return listed;
}

export async function missingLibraryLinks(packageFolder: string): Promise<readonly LibraryLink[]> {
  const links = await readLibraryLinks(packageFolder);
  const present = await Promise.all(links.map((link) => exists(resolve(packageFolder, link.target))));
  return links.filter((_, index) => !present[index]);
}

/** Two processes may do this at once: a link that appears meanwhile is kept. */
export async function makeLibraryLinks(packageFolder: string, links: readonly LibraryLink[]): Promise<void> {
  for (const link of links) {
    const target = resolve(packageFolder, link.target);
    const to = relative(dirname(target), resolve(packageFolder, link.source));
    await mkdir(dirname(target), { recursive: true });
    await removeBrokenLink(target, to);
    await symlink(to, target).catch(ignoreExisting);
  }
}

/** Only a link that points elsewhere is in the way; a right one may just have been made by a neighbour. */
async function removeBrokenLink(target: string, to: string): Promise<void> {
  const found = await readlink(target).catch(() => undefined);
  if (found !== undefined && found !== to) await rm(target, { force: true });
}

async function exists(path: string): Promise<boolean> {
  try {
    await lstat(path);
    await readlink(path).then((to) => lstat(resolve(dirname(path), to)), () => undefined);
    return true;
  } catch {
    return false;
  }
}

function isLink(value: unknown): value is LibraryLink {
  return typeof value === 'object' && value !== null && 'source' in value && typeof value.source === 'string' && 'target' in value && typeof value.target === 'string';
}

/** The list comes from a package: it may not make us write anywhere else. */
function assertInside(folder: string, path: string): void {
  if (!resolve(folder, path).startsWith(resolve(folder) + sep)) throw new Error(`a library link of ${folder} leaves its folder: ${path}`);
}

function ignoreExisting(cause: unknown): void {
  if (!(cause instanceof Error && 'code' in cause && cause.code === 'EEXIST')) throw cause;
}
