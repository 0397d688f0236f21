/**
 * Installs the project's packages with the Node that will run them. A stamp inside node_modules, written last,
 * says for which lock file, Node and machine they were installed; npm removes the folder first, and the stamp with it,
 * so an installation that was killed half-way has none.
 */
import { createHash } from 'node:crypto';
import { existsSync, lstatSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runNpm } from './npm.mjs';
import { readJson } from './place.mjs';
import { step } from './step.mjs';

/** Whether nothing has to be installed. */
export function packagesReady(place, node) {
  if (linked(place.modules)) return true; // someone else looks after them
  const wanted = stampOf(place, node);
  const found = readJson(place.stamp);
  if (found && found.lock === wanted.lock && found.node === wanted.node) return true;
  return adopt(place, node, wanted, found);
}

/**
 * Packages that a developer's own npm has just installed are taken as they are when they are exactly those of the lock file
 * and were made with the same Node: by the earlier stamp, or because the Node that runs now is Node 24 itself.
 */
function adopt(place, node, wanted, found) {
  if (found ? found.node !== wanted.node : !node.ambient) return false;
  if (!sameAsLocked(place)) return false;
  try {
    writeFileSync(place.stamp, JSON.stringify(wanted));
  } catch (error) {
    if (error.code !== 'EROFS' && error.code !== 'EACCES') throw error; // a finished, read-only installation is fine
  }
  return true;
}

function sameAsLocked(place) {
  const locked = readJson(place.lockFile)?.packages;
  const installed = readJson(join(place.modules, '.package-lock.json'))?.packages;
  if (!locked || !installed) return false;
  return Object.entries(locked).every(([path, row]) => {
    if (path === '') return true;
    const there = installed[path];
    if (!there) return row.optional === true;
    return there.version === row.version && there.integrity === row.integrity && existsSync(join(place.project, path));
  });
}

export async function installPackages(place, node, onChild) {
  const wanted = stampOf(place, node);
  await step('installing packages', () =>
    runNpm(node.npm, place, ['ci', '--include=dev', '--include=optional'], {
      folder: place.project, pathFirst: node.pathFirst, onChild, context: { step: 'Installing packages', folder: place.modules },
    }));
  writeFileSync(place.stamp, JSON.stringify(wanted));
}

const stampOf = (place, node) => ({
  lock: createHash('sha256').update(readFileSync(place.lockFile)).digest('hex'),
  node: `${process.platform} ${process.arch} ${node.abi}`,
});

function linked(path) {
  try {
    return lstatSync(path).isSymbolicLink();
  } catch {
    return false;
  }
}
