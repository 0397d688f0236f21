#!/usr/bin/env node
/**
 * The way in, for every npm script and for `npx zveno`: plain JavaScript without dependencies for Node 18 and newer.
 * It finds or gets Node 24, installs the project's packages with it when they are not there, and hands over.
 */
import { spawn } from 'node:child_process';
import { rmSync } from 'node:fs';
import { programOf } from './commands.mjs';
import { alone } from './lock.mjs';
import { findNode24, getNode24 } from './node-24.mjs';
import { environmentWith } from './npm.mjs';
import { installPackages, packagesReady } from './packages.mjs';
import { placeOf } from './place.mjs';
import { Trouble, troubleOf } from './trouble.mjs';

const place = placeOf(import.meta.url);

try {
  const program = programOf(place, process.argv.slice(2));
  const node = await prepared();
  handOver(node, program);
} catch (error) {
  const trouble = error instanceof Trouble ? error : systemTrouble(error);
  process.stderr.write(`zveno: ${trouble.message}\n${trouble.details ? `\n${trouble.details}\n` : ''}`);
  process.exitCode = 1;
}

/** The Node to run, with everything in place. Without work to do it writes nothing and takes no lock. */
async function prepared() {
  const node = findNode24(place);
  if (node && packagesReady(place, node)) return node;
  return alone(place.lock, prepare, (pid) => process.stderr.write(`zveno: waiting for another start${pid ? ` (process ${pid})` : ''} that prepares this folder …\n`));
}

/** Whoever held the lock before us may have done it all. */
async function prepare(onChild) {
  const node = findNode24(place) ?? (await getNode24(place, onChild));
  if (!packagesReady(place, node)) await installPackages(place, node, onChild);
  rmSync(place.npmCache, { recursive: true, force: true }); // kept until here, so that an interrupted start need not fetch again
  return node;
}

/**
 * The command gets our terminal, our signals and our exit. A Ctrl-C reaches it by the terminal, which sends it to
 * the whole group; passing it on as well would look like a second, impatient one. The channel between us closes when
 * we are killed, which tells the command to end.
 */
function handOver(node, program) {
  const child = spawn(node.file, program, { stdio: ['inherit', 'inherit', 'inherit', 'ipc'], env: environmentWith(node.pathFirst) });
  const pass = (signal) => {
    if (signal !== 'SIGINT' || !process.stdin.isTTY) child.kill(signal);
  };
  const signals = ['SIGTERM', 'SIGINT', 'SIGHUP', 'SIGUSR2'];
  for (const signal of signals) process.on(signal, pass);
  child.on('error', (error) => {
    process.stderr.write(`zveno: ${node.file} cannot be started: ${error.message}. Remove the folder ${place.own} and start again.\n`);
    process.exitCode = 1;
  });
  child.on('exit', (code, signal) => {
    if (!signal) process.exit(code);
    for (const name of signals) process.off(name, pass);
    process.kill(process.pid, signal);
  });
}

function systemTrouble(error) {
  if (typeof error?.code !== 'string' || typeof error?.syscall !== 'string') throw error;
  return troubleOf({ step: 'Preparing', folder: error.path ?? place.own }, `${error.code} ${error.message}`);
}
