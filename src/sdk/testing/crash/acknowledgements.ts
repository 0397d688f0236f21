/** What the clients were told, on disk before they go on: one line an acknowledged order. */
import { open, readFile, type FileHandle } from 'node:fs/promises';

export class Acknowledgements {
  readonly #file: FileHandle;

  private constructor(file: FileHandle) {
    this.#file = file;
  }

  static async open(path: string): Promise<Acknowledgements> {
    return new Acknowledgements(await open(path, 'a', 0o600));
  }

  /** Resolves when the line is on disk. */
  async add(order: string, status: number): Promise<void> {
    await this.#file.appendFile(`${order} ${status}\n`);
    await this.#file.datasync();
  }

  close(): Promise<void> {
    return this.#file.close();
  }

  static async read(path: string): Promise<ReadonlySet<string>> {
    const text = await readFile(path, 'utf8');
    return new Set(text.split('\n').flatMap((line) => line.split(' ')[0] || []));
  }
}
