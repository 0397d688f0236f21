/** The description of a service as the dossier keeps it: read again only where it is another than the one at hand. */
import type { KeptSnapshot } from '../../sdk/index.ts';
import type { EdmModel } from './edm.ts';
import { metadataAddress } from './metadata-fetch.ts';
import { readMetadataPatiently } from './metadata.ts';
import type { ServiceContext } from './service-context.ts';

export interface KnownDescription {
  model: EdmModel;
  etag: string | null;
  /** By the monotonic clock, when the service was last asked, by any node. */
  checkedMs: number;
}

export interface KeptDescription {
  /** Undefined where nothing is kept, or it cannot be read: trouble with it is never a reason not to ask the service itself. */
  read(known: KnownDescription | undefined): Promise<KnownDescription | undefined>;
  /** Whether another node has told of a change since the last reading, or that was so long ago. */
  isDue(afterMs: number): boolean;
}

/** `base`: the service's root without a slash at its end. `closing` ends the readings. */
export function createKeptDescription({ name, clock, log, dossier }: ServiceContext, base: string, closing: AbortSignal): KeptDescription {
  const address = metadataAddress(base);
  let lookedMs = 0;
  let told = false;
  const forget = dossier?.onChange(() => { told = true; });
  closing.addEventListener('abort', () => forget?.(), { once: true });

  /** Where it is of this address and whole; another node may have checked it long ago. */
  async function kept(snapshot: KeptSnapshot | null | undefined, known: KnownDescription | undefined): Promise<KnownDescription | undefined> {
    if (dossier === undefined || snapshot === null || snapshot === undefined) return undefined;
    if (snapshot.address !== address) {
      log.warn('odata.snapshotElsewhere', { connection: name, address: snapshot.address, expected: address });
      return undefined;
    }
    const { hash, etag } = snapshot;
    const checkedMs = clock.monotonicMs() - Math.max(0, clock.wallMs() - Date.parse(snapshot.checkedAt));
    if (known?.model.hash === hash) return { model: known.model, etag, checkedMs: Math.max(checkedMs, known.checkedMs) };
    const bytes = await dossier.document(hash);
    if (bytes === null) return undefined;
    return { model: await readMetadataPatiently({ connection: name, address }, bytes, closing), etag, checkedMs };
  }

  return {
    isDue: (afterMs) => dossier !== undefined && (told || clock.monotonicMs() - lookedMs >= afterMs),
    async read(known) {
      lookedMs = clock.monotonicMs();
      told = false;
      try {
        return await kept(await dossier?.snapshot(), known);
      } catch (error) {
        closing.throwIfAborted();
        log.warn('odata.snapshotUnread', { connection: name, error: String(error) });
        return undefined;
      }
    },
  };
}
