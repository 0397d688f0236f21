/** A copy of the way in, in a folder of its own, with an npm that does what a test tells it. */
import { spawn, type ChildProcess } from 'node:child_process';
import { chmodSync, cpSync, existsSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

const project = fileURLToPath(new URL('../..', import.meta.url));

/** What the npm of a test does: install well, fail with these words, or work until it is killed. */
export type NpmMood = { kind: 'well' } | { kind: 'fails'; says: string } | { kind: 'hangs' };

export interface StartOptions {
  npm?: NpmMood;
  /** Pretends that the Node that runs is another one. */
  pretend?: { node?: string; arch?: string };
  env?: Readonly<Record<string, string>>;
  /** Runs as this user; everything staged belongs to the user who runs the test. */
  uid?: number;
  /** The npm of this machine instead of the told one. */
  realNpm?: boolean;
}

export interface Ended {
  code: number | null;
  signal: NodeJS.Signals | null;
  out: string;
  err: string;
}

export class StagedProject implements Disposable {
  readonly #folder = mkdtempSync(join(tmpdir(), 'zveno-start-'));
  /** With a space and letters outside ASCII, like many a home folder. */
  readonly root = join(this.#folder, 'Мой проект');
  readonly home = join(this.#folder, 'home');
  readonly #programs = join(this.#folder, 'programs');
  readonly #calls = join(this.#folder, 'npm-calls');

  constructor() {
    chmodSync(this.#folder, 0o755); // another user may look, not write
    cpSync(join(project, 'bin'), join(this.root, 'bin'), { recursive: true });
    mkdirSync(this.home);
    mkdirSync(this.#programs);
    mkdirSync(this.#calls);
    this.write('package.json', JSON.stringify({ name: 'staged', type: 'module', dependencies: { one: '1.0.0' } }));
    this.write('package-lock.json', lockOf('1.0.0'));
    this.write('src/cli/main.ts', 'const words: string[] = process.argv.slice(2);\nconsole.log(JSON.stringify({ node: process.execPath, words }));\n');
    writeFileSync(join(this.#programs, 'npm'), fakeNpm, { mode: 0o755 });
    writeFileSync(join(this.#programs, 'pretend.cjs'), pretendedNode);
  }

  write(path: string, text: string): void {
    mkdirSync(join(this.root, path, '..'), { recursive: true });
    writeFileSync(join(this.root, path), text);
  }

  has(path: string): boolean {
    return existsSync(join(this.root, path));
  }

  read(path: string): string {
    return readFileSync(join(this.root, path), 'utf8');
  }

  /** The first words of each call of npm so far. */
  get npmCalls(): string[] {
    return readdirSync(this.#calls).toSorted().map((name) => readFileSync(join(this.#calls, name), 'utf8'));
  }

  homeIsEmpty(): boolean {
    return readdirSync(this.home).length === 0;
  }

  async start(words: readonly string[], options: StartOptions = {}): Promise<Ended> {
    return ended(this.launch(words, options));
  }

  launch(words: readonly string[], options: StartOptions = {}): ChildProcess {
    const mood = options.npm ?? { kind: 'well' };
    return spawn(process.execPath, ['--require', join(this.#programs, 'pretend.cjs'), join(this.root, 'bin/zveno.mjs'), ...words], {
      cwd: this.#folder,
      uid: options.uid,
      gid: options.uid,
      stdio: ['ignore', 'pipe', 'pipe'],
      env: {
        ...(options.realNpm ? process.env : {}),
        PATH: options.realNpm ? process.env['PATH'] : `${this.#programs}:/usr/bin:/bin`,
        HOME: this.home,
        FAKE_NPM: JSON.stringify({ mood, calls: this.#calls, node: process.execPath }),
        PRETEND: JSON.stringify(options.pretend ?? {}),
        ...options.env,
      },
    });
  }

  [Symbol.dispose](): void {
    rmSync(this.#folder, { recursive: true, force: true });
  }
}

export const lockOf = (version: string): string =>
  JSON.stringify({ name: 'staged', lockfileVersion: 3, packages: { '': { name: 'staged', dependencies: { one: '1.0.0' } }, 'node_modules/one': { version, integrity: 'sha512-one' } } });

export function ended(child: ChildProcess): Promise<Ended> {
  return new Promise((resolve, reject) => {
    let out = '';
    let err = '';
    child.stdout?.setEncoding('utf8').on('data', (chunk: string) => (out += chunk));
    child.stderr?.setEncoding('utf8').on('data', (chunk: string) => (err += chunk));
    child.on('error', reject);
    child.on('close', (code, signal) => resolve({ code, signal, out, err }));
  });
}

/** Looks every now and then until `look` has something; the test's own time limit ends a wait that is in vain. */
export async function until<T>(look: () => T | undefined): Promise<T> {
  for (;;) {
    const found = look();
    if (found !== undefined) return found;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const pretendedNode = `
const { node, arch } = JSON.parse(process.env.PRETEND);
if (node) Object.defineProperty(process, 'versions', { value: { ...process.versions, node, modules: '115' } });
if (arch) Object.defineProperty(process, 'arch', { value: arch });
`;

/** Makes what the real one would leave behind: a Node and an npm for the first kind of call, packages for the second. */
const fakeNpm = `#!/usr/bin/env -S ${process.execPath.replaceAll(' ', '\\ ')}
const fs = require('node:fs');
const path = require('node:path');
const words = process.argv.slice(2);
const { mood, calls, node } = JSON.parse(process.env.FAKE_NPM);
fs.writeFileSync(path.join(calls, process.hrtime.bigint() + '-' + process.pid), words.filter((word) => !word.startsWith('-')).join(' '));
if (mood.kind === 'fails') {
  console.error(mood.says);
  process.exit(1);
}
if (mood.kind === 'hangs') {
  setInterval(() => undefined, 1_000);
} else {
  const prefix = words.find((word) => word.startsWith('--prefix='));
  if (prefix) {
    const modules = path.join(prefix.slice('--prefix='.length), 'node_modules');
    const platform = words.find((word) => word.startsWith('node-')).split('@')[0];
    fs.mkdirSync(path.join(modules, platform, 'bin'), { recursive: true });
    fs.symlinkSync(node, path.join(modules, platform, 'bin/node'));
    fs.mkdirSync(path.join(modules, 'npm/bin'), { recursive: true });
    fs.writeFileSync(path.join(modules, 'npm/bin/npm-cli.js'), fs.readFileSync(__filename));
  } else {
    fs.mkdirSync('node_modules/one', { recursive: true });
    fs.copyFileSync('package-lock.json', 'node_modules/.package-lock.json');
  }
}
`;
