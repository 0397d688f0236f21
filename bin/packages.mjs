/**
 * Installs the project's packages with the Node that will run them. A stamp inside node_modules, written last,
 * says for which lock file, Node and machine they were installed; the folder is emptied first, and the stamp with it,
 * so an installation that was killed half-way has none.
 */
import { createHash } from 'node:crypto';
import { existsSync, lstatSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { runNpm } from './npm.mjs';
import { readJson } from './place.mjs';
import { step } from './step.mjs';
import { Trouble } from './trouble.mjs';

/** Whether nothing has to be installed. */
export function packagesReady(place, node) {
  if (place.built || linked(place.modules)) return true; // npm, or someone else, looks after them
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
  refuseDisagreement(place);
  await step('installing packages', async () => {
    rmSync(place.modules, { recursive: true, force: true });
    await runNpm(node.npm, place, ['install', '--no-save', '--include=dev', '--include=optional'], {
      folder: place.project, pathFirst: node.pathFirst, onChild, context: { step: 'Installing packages', folder: place.modules },
    });
  });
  mkdirSync(place.modules, { recursive: true }); // without packages npm makes no folder
  writeFileSync(place.stamp, JSON.stringify(wanted));
}

/**
 * `npm ci` would check this too, but it also refuses a lock file that lacks binaries of foreign platforms, which is
 * what npm writes when a registry does not carry them. `npm install --no-save` obeys the lock file and leaves it alone.
 */
function refuseDisagreement(place) {
  const declared = readJson(join(place.project, 'package.json'));
  const locked = readJson(place.lockFile)?.packages?.[''];
  if (!declared || !locked) throw new Trouble(`${place.project} has no readable package.json and package-lock.json: this copy of the project is incomplete. Clone it again.`);
  for (const kind of ['dependencies', 'devDependencies', 'optionalDependencies']) {
    const [ours, theirs] = [declared[kind] ?? {}, locked[kind] ?? {}];
    const odd = Object.keys({ ...ours, ...theirs }).find((name) => ours[name] !== theirs[name]);
    if (odd) throw new Trouble(`package.json wants ${odd} ${ours[odd] ?? '(nothing)'} and package-lock.json ${theirs[odd] ?? '(nothing)'}. Run "npm install" once and commit both.`);
  }
}

const stampOf = (place, node) => ({
  lock: createHash('sha256').update(existsSync(place.lockFile) ? readFileSync(place.lockFile) : '').digest('hex'),
  node: `${process.platform} ${process.arch} ${node.abi}`,
});

function linked(path) {
  try {
    return lstatSync(path).isSymbolicLink();
  } catch {
    return false;
  }
}
