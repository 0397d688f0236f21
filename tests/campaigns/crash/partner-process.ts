/** The demo's partner as a process of its own, which outlives every platform of the campaign. */
import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

const program = fileURLToPath(new URL('../../../demo/partner.ts', import.meta.url));

/** A line of the partner's own record. */
export interface PartnerLine {
  kind: 'accepted' | 'repeated';
  effectId: string;
  about: string;
}

export class PartnerProcess {
  readonly port: number;
  readonly token: string;
  readonly #file: string;
  readonly #child: ChildProcess;

  private constructor(child: ChildProcess, port: number, token: string, file: string) {
    this.#child = child;
    this.port = port;
    this.token = token;
    this.#file = file;
  }

  static async start(file: string): Promise<PartnerProcess> {
    const token = 'campaign';
    const child = spawn(process.execPath, [program], {
      env: { PATH: process.env['PATH'], PARTNER_FILE: file, PARTNER_TOKEN: token, PARTNER_LABEL: 'number', PARTNER_FOLLOWS_INPUT: '1' },
      stdio: ['pipe', 'pipe', 'inherit'],
    });
    const [line] = (await Promise.race([once(createInterface({ input: child.stdout }), 'line'), once(child, 'exit').then(() => [null])])) as [string | null];
    if (line === null) throw new Error('the partner did not start');
    const { port } = JSON.parse(line) as { port: number }; // the partner's first line, by its contract
    return new PartnerProcess(child, port, token, file);
  }

  /** Misbehaves from now on; without knobs it behaves. */
  async turn(knobs = ''): Promise<void> {
    const answer = await fetch(`http://127.0.0.1:${this.port}/knobs?${knobs}`, { method: 'POST' });
    if (!answer.ok) throw new Error(`the partner has no such knobs: ${await answer.text()}`);
  }

  async lines(): Promise<readonly PartnerLine[]> {
    const text = await readFile(this.#file, 'utf8');
    return text.split('\n').flatMap((line): PartnerLine[] => {
      const [kind, effectId, about = ''] = line.split(' ');
      return (kind === 'accepted' || kind === 'repeated') && effectId !== undefined ? [{ kind, effectId, about }] : [];
    });
  }

  async stop(): Promise<void> {
    if (this.#child.exitCode !== null || this.#child.signalCode !== null) return;
    const gone = once(this.#child, 'exit');
    this.#child.kill('SIGTERM');
    await gone;
  }
}
