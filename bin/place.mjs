/**
 * Where things lie. In a checkout everything that is fetched stays below the project: `.zveno/` and `node_modules/`,
 * nothing else. The published package holds built files, was installed by npm together with its packages, and may lie
 * where its user can't write: there only Node is fetched, into the user's cache.
 */
import { existsSync, readFileSync } from 'node:fs';
import { homedir } from 'node:os';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** Exact, because what was tested is what should run; raise both together with a run of the whole checks. */
export const pinned = { node: '24.21.0', npm: '11.19.1' };
export const nodeMajor = 24;

export function placeOf(entryUrl) {
  const project = dirname(dirname(fileURLToPath(entryUrl)));
  const built = !existsSync(join(project, 'src'));
  const own = built ? join(process.env.XDG_CACHE_HOME || join(homedir(), '.cache'), 'zveno') : join(project, '.zveno');
  return {
    project,
    built,
    own,
    lock: join(own, 'preparing.lock'),
    npmCache: join(own, 'npm-cache'),
    nodeFolder: join(own, 'node', pinned.node),
    modules: join(project, 'node_modules'),
    stamp: join(project, 'node_modules', '.zveno-stamp.json'),
    lockFile: join(project, 'package-lock.json'),
  };
}

/** The parsed file, or undefined when it is missing or damaged: both mean "not prepared yet". */
export function readJson(path) {
  try {
    return JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    return undefined;
  }
}
