/** The platform as a real process that is started, killed, stopped for a while and started again. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { closeSync, openSync, readFileSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('../../../src/cli/main.ts', import.meta.url));
const readyMs = 60_000;

export interface PlatformProcessOptions {
  environment: Readonly<Record<string, string>>;
  logFile: string;
}

export class PlatformProcess {
  readonly #options: PlatformProcessOptions;
  #child: ChildProcess | null = null;

  constructor(options: PlatformProcessOptions) {
    this.#options = options;
  }

  get alive(): boolean {
    return this.#child !== null && this.#child.exitCode === null && this.#child.signalCode === null;
  }

  get pid(): number {
    return this.#child?.pid ?? 0;
  }

  /** `crash` names the point at which it kills itself, like `commit.sent:7`. False when it ended before it was ready. */
  async start(crash: string | null = null): Promise<boolean> {
    const output = openSync(this.#options.logFile, 'a', 0o600);
    const child = spawn(process.execPath, [program, 'start'], {
      env: { ...this.#options.environment, ...(crash === null ? {} : { ZVENO_TEST_CRASH: crash }) },
      stdio: ['ignore', 'pipe', output],
    });
    closeSync(output);
    this.#child = child;
    return Promise.race([saysReady(child), once(child, 'exit').then(() => false), sleep(readyMs, null, { ref: false }).then(() => this.#tooSlow())]);
  }

  /** Until it runs, however often it is killed on the way. */
  async startUntilReady(): Promise<void> {
    for (let tries = 1; !(await this.start()); tries += 1) {
      if (tries === 10) throw new Error(`the platform does not start: ${this.logEnd()}`);
    }
  }

  /** Resolves when the process is gone. */
  async kill(): Promise<void> {
    if (!this.alive || this.#child === null) return;
    const gone = once(this.#child, 'exit');
    this.#child.kill('SIGKILL');
    await gone;
  }

  /** True when it ended by itself within `ms`. */
  async endsWithin(ms: number): Promise<boolean> {
    for (const until = performance.now() + ms; performance.now() < until; ) {
      if (!this.alive) return true;
      await sleep(10);
    }
    return !this.alive;
  }

  pause(): void {
    this.#child?.kill('SIGSTOP');
  }

  resume(): void {
    this.#child?.kill('SIGCONT');
  }

  /** In an orderly way. */
  async stop(): Promise<void> {
    if (!this.alive || this.#child === null) return;
    const gone = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    await gone;
  }

  logEnd(): string {
    return readFileSync(this.#options.logFile, 'utf8').slice(-2_000);
  }

  #tooSlow(): never {
    throw new Error(`the platform is not ready after ${readyMs / 1000} s: ${this.logEnd()}`);
  }
}

function saysReady(child: ChildProcess): Promise<true> {
  return new Promise((resolve) => {
    let said = '';
    child.stdout?.setEncoding('utf8').on('data', (chunk: string) => {
      said = (said + chunk).slice(-1_000);
      if (said.includes('Zveno is ready:')) resolve(true);
    });
  });
}
