/** Runs a program of the project with the Node that runs us. */
import { spawn } from 'node:child_process';
import { join } from 'node:path';

export interface Finished {
  code: number;
  output: string;
}

/** `show` passes on what the program says while it runs; it is collected in any case. */
export function runProgram(root: string, words: readonly string[], options: { show: boolean }): Promise<Finished> {
  return new Promise((resolve, reject) => {
    const child = spawn(process.execPath, words, { cwd: root, stdio: ['ignore', 'pipe', 'pipe'], env: coloured() });
    const pass = (signal: NodeJS.Signals): void => {
      child.kill(signal);
    };
    process.on('SIGTERM', pass).on('SIGINT', pass);
    let output = '';
    for (const stream of [child.stdout, child.stderr]) {
      stream.setEncoding('utf8').on('data', (chunk: string) => {
        output += chunk;
        if (options.show) process.stdout.write(chunk);
      });
    }
    child.on('error', reject);
    child.on('close', (code, signal) => {
      process.off('SIGTERM', pass).off('SIGINT', pass);
      resolve({ code: code ?? (signal === 'SIGINT' ? 130 : 143), output });
    });
  });
}

/** A pipe hides the terminal from the program; it may use colours where we may. */
const coloured = (): NodeJS.ProcessEnv => (process.stdout.isTTY ? { ...process.env, FORCE_COLOR: '1' } : process.env);

export const vitest = (root: string): string => join(root, 'node_modules/vitest/vitest.mjs');
