/** One server of the comparison, a process of its own. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

export interface Contender {
  name: string;
  pid: number;
  port: number;
  path: string;
  authorization: string | null;
  /** Counts what is stored of orders whose number begins like this. */
  rows: string;
  stop(): Promise<void>;
}

export interface ChildRequest {
  /** Options for Node and the program, from the project's root. */
  words: readonly string[];
  environment: Readonly<Record<string, string>>;
}

const root = fileURLToPath(new URL('../..', import.meta.url));

/** Resolves with the first line for which `wanted` gives something. */
export async function startChild<T>({ words, environment }: ChildRequest, wanted: (line: string) => T | null): Promise<{ child: ChildProcess; told: T }> {
  const child = spawn(process.execPath, words, { cwd: root, env: { PATH: process.env['PATH'], ...environment }, stdio: ['ignore', 'pipe', 'inherit'] });
  const told = new Promise<T>((resolve) => {
    createInterface({ input: child.stdout }).on('line', (line) => {
      const found = wanted(line);
      if (found !== null) resolve(found);
    });
  });
  const ended = once(child, 'exit').then(() => Promise.reject(new Error(`${words.join(' ')} ended before it was ready`)));
  return { child, told: await Promise.race([told, ended]) };
}

export async function stopChild(child: ChildProcess): Promise<void> {
  if (child.exitCode !== null || child.signalCode !== null) return;
  const gone = once(child, 'exit');
  child.kill('SIGTERM');
  await gone;
}
