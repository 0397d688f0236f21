/** The master keys at hand: the first seals, each opens what it sealed. Read anew when something was sealed by one that is not known yet. */
import { failure } from '../../core/failure.ts';
import { keyIdOf, seal, unseal } from './envelope.ts';
import type { MasterKey } from './master-key.ts';

export class KeyRing {
  #keys: readonly MasterKey[];
  readonly #read: () => Promise<readonly MasterKey[]>;

  private constructor(keys: readonly MasterKey[], read: () => Promise<readonly MasterKey[]>) {
    this.#keys = keys;
    this.#read = read;
  }

  static async open(read: () => Promise<readonly MasterKey[]>): Promise<KeyRing> {
    return new KeyRing(await read(), read);
  }

  seal(name: string, text: string): Buffer {
    return seal(name, text, this.#first());
  }

  /** Throws `secret.otherKey` when no key at hand sealed it, `secret.unreadable` when it is damaged or of another name. */
  async unseal(name: string, sealed: Uint8Array): Promise<string> {
    const key = this.#keyOf(sealed);
    if (key !== undefined) return unseal(name, sealed, key);
    // Another process may have begun to change the key.
    this.#keys = await this.#read();
    return unseal(name, sealed, this.#keyOf(sealed) ?? this.#first());
  }

  sealedByFirst(sealed: Uint8Array): boolean {
    return this.#keyOf(sealed) === this.#first();
  }

  #keyOf(sealed: Uint8Array): MasterKey | undefined {
    const id = Buffer.from(keyIdOf(sealed));
    return this.#keys.find((key) => id.equals(key.id));
  }

  #first(): MasterKey {
    const [first] = this.#keys;
    if (first === undefined) throw failure('secret.keyMissing', { where: '' });
    return first;
  }
}
