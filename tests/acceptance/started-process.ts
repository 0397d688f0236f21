/** `zveno start` in a process of its own, as a person starts it. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { join } from 'node:path';
import { projectFolder } from '../services/test-folder.ts';

export interface StartedProcess {
  readonly child: ChildProcess;
  /** As the ready line says it. */
  readonly url: string;
  /** Everything on standard output up to the ready line. */
  readonly greeting: readonly string[];
  /** Resolves with code and signal. */
  readonly gone: Promise<readonly [number | null, NodeJS.Signals | null]>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** Rejects with what it said on standard error when it ends before it is ready. `program` is the checkout's command line unless told. */
export async function startProcess(environment: Readonly<Record<string, string>>, program = join(projectFolder, 'src/cli/main.ts'), onLog: (text: string) => void = () => undefined): Promise<StartedProcess> {
  const child = spawn(process.execPath, [program, 'start'], {
    cwd: projectFolder,
    env: { PATH: process.env['PATH'] ?? '', LANG: 'C', ...environment },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let complaints = '';
  child.stderr.setEncoding('utf8').on('data', (text: string) => {
    complaints = (complaints + text).slice(-8_000);
    onLog(text);
  });
  const gone = once(child, 'exit').then(([code, signal]): readonly [number | null, NodeJS.Signals | null] => [code as number | null, signal as NodeJS.Signals | null]);
  const greeting: string[] = [];
  const url = await Promise.race([readyUrl(child, greeting), gone.then(() => null)]);
  if (url === null) throw new Error(`zveno start ended before it was ready: ${complaints}`);
  return {
    child,
    url,
    greeting,
    gone,
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null) child.kill('SIGTERM');
      await gone;
    },
  };
}

async function readyUrl(child: ChildProcess, greeting: string[]): Promise<string | null> {
  if (child.stdout === null) return null;
  for await (const line of createInterface({ input: child.stdout })) {
    greeting.push(line);
    const url = /^Zveno is ready: (\S+)$/.exec(line)?.[1];
    if (url === undefined) continue;
    // Whatever it still says must not fill the pipe.
    child.stdout.resume();
    return url;
  }
  return null;
}
