/** The dossiers of all connections on this node. */
import { createHash } from 'node:crypto';
import type { CapabilityStore } from '../core/capability.ts';
import type { PublishedConnection } from '../core/configuration/published.ts';
import { limits } from '../core/limits.ts';
import type { MetadataStore } from '../core/metadata-store.ts';
import type { Log } from '../core/ports.ts';
import type { TurnStore } from '../core/turn-store.ts';
import type { Dossier } from '../sdk/dossier.ts';

export interface DossiersOptions {
  metadata: MetadataStore;
  capabilities: CapabilityStore;
  turns: TurnStore;
  /** Tells all nodes that a dossier is not what it was. */
  tell: () => void;
  log: Log;
}

export class Dossiers {
  readonly #options: DossiersOptions;
  readonly #listeners = new Set<() => void>();

  constructor(options: DossiersOptions) {
    this.#options = options;
  }

  /** Some node has kept or learnt something. */
  changed(): void {
    for (const listener of this.#listeners) listener();
  }

  of({ id, name }: Pick<PublishedConnection, 'id' | 'name'>): Dossier {
    const { metadata, capabilities, turns, tell } = this.#options;
    return {
      snapshot: async () => (await metadata.list(id))[0] ?? null,
      document: (hash) => this.#document(id, name, hash),
      keep: async ({ bytes, address, etag = null }) => {
        const hash = hashOf(bytes);
        const [earlier] = await metadata.list(id);
        await metadata.keep(id, { hash, address, etag, document: bytes }, limits.metadataSnapshots.value);
        if (earlier?.hash !== hash || earlier.address !== address) tell();
      },
      confirm: (hash) => metadata.confirm(id, hash),
      capabilities: () => capabilities.list(id),
      learn: async (place, learnt) => {
        await capabilities.learn(id, place, learnt);
        tell();
      },
      takeTurn: (turn, ms) => turns.take(id, turn, ms),
      leaveBehind: (turn, { holder }, left) => turns.leave(id, turn, holder, left),
      endTurn: (turn, { holder }) => turns.end(id, turn, holder),
      onChange: (listener) => {
        this.#listeners.add(listener);
        return () => void this.#listeners.delete(listener);
      },
    };
  }

  /** What is damaged is not believed, and not kept: the service has the document still. */
  async #document(id: string, name: string, hash: string): Promise<Uint8Array | null> {
    const bytes = await this.#options.metadata.document(id, hash).catch((error: unknown) => {
      // The database itself failing is no damage of a document.
      if (!isUnpackProblem(error)) throw error;
      return undefined;
    });
    if (bytes === null || (bytes !== undefined && hashOf(bytes) === hash)) return bytes;
    this.#options.log.warn('metadata.snapshotDamaged', { connection: name, hash });
    await this.#options.metadata.forget(id, hash);
    return null;
  }
}

const hashOf = (bytes: Uint8Array): string => createHash('sha256').update(bytes).digest('hex');

/** Errors of the unpacking begin so: `Z_DATA_ERROR`, `Z_BUF_ERROR`. */
const isUnpackProblem = (error: unknown): boolean => error instanceof Error && 'code' in error && typeof error.code === 'string' && error.code.startsWith('Z_');
