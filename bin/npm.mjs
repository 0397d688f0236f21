/** Runs npm, keeps what it says, and turns a failure into a sentence. */
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { basename, delimiter } from 'node:path';
import { Trouble, troubleOf } from './trouble.mjs';

const keptCharacters = 64 * 1024;

/**
 * Flags of every call: quiet, no questions to other services, a cache that stays inside the project, and short retries,
 * because npm's own take minutes for each package before a person hears that there is no network.
 */
const flagsOf = (place) => ['--fetch-retries=1', '--fetch-retry-mintimeout=1000', '--fetch-retry-maxtimeout=3000', '--no-audit', '--no-fund', '--no-update-notifier', '--no-progress', '--loglevel=warn', '--engine-strict=false', `--cache=${place.npmCache}`];

/**
 * The npm that came with the Node that runs now. npm tells its scripts where it lies; that one is preferred,
 * because a `npm` on PATH may belong to another installation.
 */
export function ambientNpm(environment = process.env) {
  const told = environment.npm_execpath;
  if (told && basename(told) === 'npm-cli.js' && existsSync(told)) return { file: process.execPath, before: [told] };
  return { file: 'npm', before: [] };
}

/**
 * `options.context` names the step for messages; `options.pathFirst` is put before PATH, so that install scripts
 * meet the Node that will run the packages; `options.onChild` hears the child's id.
 */
export function runNpm(npm, place, words, options) {
  return new Promise((resolve, reject) => {
    const child = spawn(npm.file, [...npm.before, ...words, ...flagsOf(place)], {
      cwd: options.folder,
      env: environmentWith(options.pathFirst),
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    let said = '';
    const keep = (chunk) => {
      said = (said + chunk).slice(-keptCharacters);
    };
    child.stdout.setEncoding('utf8').on('data', keep);
    child.stderr.setEncoding('utf8').on('data', keep);
    child.on('spawn', () => options.onChild?.(child.pid));
    child.on('error', (error) => reject(error.code === 'ENOENT' ? missingNpm(options.folder) : troubleOf(options.context, `${error.code} ${error.message}`)));
    const stop = passSignals(child);
    child.on('close', (code, signal) => {
      stop();
      if (code === 0) resolve();
      else if (signal || code === 130 || code === 143) reject(new Trouble(`${options.context.step}: stopped. Start again; what is half done is done anew.`));
      else reject(troubleOf(options.context, said));
    });
  });
}

const missingNpm = () => new Trouble('npm was not found. Install it (on Debian and Ubuntu: "apt install npm") or make Node 24 with npm available on PATH, then start again.');

/** A copy of the environment with `first` at the head of PATH. */
export function environmentWith(first) {
  if (!first) return process.env;
  const key = Object.keys(process.env).find((name) => name.toUpperCase() === 'PATH') ?? 'PATH';
  return { ...process.env, [key]: [first, process.env[key]].filter(Boolean).join(delimiter) };
}

/** While npm works, a request to stop reaches npm too, so that no orphan goes on writing. */
function passSignals(child) {
  const pass = (signal) => child.kill(signal);
  for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.on(signal, pass);
  return () => {
    for (const signal of ['SIGTERM', 'SIGINT', 'SIGHUP']) process.off(signal, pass);
  };
}
