/**
 * The partner's own record of what it was asked to do: one line an effect, on disk before the answer leaves.
 * `accepted ID` is an effect seen for the first time, `repeated ID` one that was dropped. A third word, when there is one,
 * is what the partner was asked about.
 */
import { open, type FileHandle } from 'node:fs/promises';

export class EffectLog {
  readonly #file: FileHandle;
  readonly #accepted: Set<string>;
  #repeated: number;
  /** Writes one after another, so that two requests with one id cannot both be the first. */
  #last: Promise<unknown> = Promise.resolve();

  private constructor(file: FileHandle, accepted: Set<string>, repeated: number) {
    this.#file = file;
    this.#accepted = accepted;
    this.#repeated = repeated;
  }

  /** Goes on where an earlier process ended; a line that it could not finish is cut off. */
  static async open(path: string): Promise<EffectLog> {
    const file = await open(path, 'a+', 0o600);
    const text = await file.readFile('utf8');
    const whole = text.slice(0, text.lastIndexOf('\n') + 1);
    if (whole.length < text.length) await file.truncate(Buffer.byteLength(whole));
    const lines = whole.split('\n').map((line) => line.split(' '));
    const accepted = new Set(lines.flatMap(([kind, id]) => (kind === 'accepted' && id !== undefined ? [id] : [])));
    return new EffectLog(file, accepted, lines.filter(([kind]) => kind === 'repeated').length);
  }

  get counts(): { accepted: number; repeated: number } {
    return { accepted: this.#accepted.size, repeated: this.#repeated };
  }

  /** True for an effect seen for the first time. Resolves when it is on disk. `about` has no space. */
  see(id: string, about?: string): Promise<boolean> {
    const seen = this.#last.then(() => this.#write(id, about));
    this.#last = seen.catch(() => undefined);
    return seen;
  }

  async close(): Promise<void> {
    await this.#last;
    await this.#file.close();
  }

  async #write(id: string, about: string | undefined): Promise<boolean> {
    const first = !this.#accepted.has(id);
    await this.#file.appendFile(`${first ? 'accepted' : 'repeated'} ${id}${about === undefined ? '' : ` ${about}`}\n`);
    await this.#file.datasync();
    if (first) this.#accepted.add(id);
    else this.#repeated += 1;
    return first;
  }
}
