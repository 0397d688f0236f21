/**
 * The description of one service, as its connection works by it: begun with what is kept, looked after in the background,
 * and exchanged while the connection is in use. Only the first reading of a service that nobody has read yet is waited for.
 */
import { Failure, limits, type MetadataDocument } from '../../sdk/index.ts';
import type { EdmModel } from './edm.ts';
import { createKeptDescription, type KnownDescription } from './kept-description.ts';
import { hashOf, readMetadataPatiently } from './metadata.ts';
import type { ServiceContext } from './service-context.ts';

export interface DescriptionOptions {
  context: ServiceContext;
  /** The service's root without a slash at its end. */
  base: string;
  /** Undefined when the document of this mark is still the present one. */
  fetch: (etag: string | null, signal: AbortSignal) => Promise<MetadataDocument | undefined>;
  /** Another description than the one before is in use now. */
  exchanged: (model: EdmModel, found: 'kept' | 'read') => void;
  /** Aborts when the connection closes. */
  closing: AbortSignal;
}

export interface DescriptionKeeper {
  /** One that is older than `maxAgeMs` is read anew first; without a bound what is known will do. */
  model(signal: AbortSignal, maxAgeMs?: number): Promise<EdmModel>;
  /** Asks the service whatever is known, and throws what it says. */
  read(signal: AbortSignal): Promise<EdmModel>;
}

export function createDescriptionKeeper({ context, base, fetch, exchanged, closing }: DescriptionOptions): DescriptionKeeper {
  const { name, properties, clock, log, dossier } = context;
  const snapshot = createKeptDescription(context, base, closing);
  let known: KnownDescription | undefined;
  let reading: Promise<KnownDescription> | undefined;
  let looking: Promise<void> | undefined;

  const take = (next: KnownDescription, found: 'kept' | 'read'): KnownDescription => {
    const changed = known?.model.hash !== next.model.hash;
    known = next;
    if (changed) exchanged(next.model, found);
    return next;
  };

  async function ask(): Promise<KnownDescription> {
    const earlier = known;
    const document = await fetch(earlier?.etag ?? null, closing);
    const checkedMs = clock.monotonicMs();
    if (document === undefined && earlier !== undefined) {
      await dossier?.confirm(earlier.model.hash);
      return take({ ...earlier, checkedMs }, 'read');
    }
    if (document === undefined) throw new Error('a mark was sent without a document');
    const same = earlier?.model.hash === hashOf(document.bytes);
    const model = same ? earlier.model : await readMetadataPatiently({ connection: name, address: document.address }, document.bytes, closing);
    await dossier?.keep(document).catch((error: unknown) => log.warn('odata.snapshotNotKept', { connection: name, error: String(error) }));
    return take({ model, etag: document.etag ?? null, checkedMs }, 'read');
  }

  /** What is known stays in use when it cannot be read anew: the call itself will tell whether the service is there. */
  async function askOrKeep(): Promise<KnownDescription> {
    const earlier = known;
    return await ask().catch((error: unknown) => {
      if (earlier === undefined || !(error instanceof Failure)) throw error;
      log.warn('odata.descriptionKept', { connection: name, code: error.code });
      return take({ ...earlier, checkedMs: clock.monotonicMs() }, 'read');
    });
  }

  const once = (run: () => Promise<KnownDescription>): Promise<KnownDescription> => {
    reading ??= run().finally(() => { reading = undefined; });
    return reading;
  };

  const first = async (): Promise<KnownDescription> => {
    const found = await snapshot.read(known);
    return found === undefined ? await ask() : take(found, 'kept');
  };

  /** Another node may have read something newer. */
  function look(): void {
    if (!snapshot.isDue(limits.dossierLookMs.value)) return;
    looking ??= snapshot.read(known).then((found) => void (found !== undefined && take(found, 'kept')), () => undefined).finally(() => { looking = undefined; });
  }

  return {
    async read(signal) {
      signal.throwIfAborted();
      return (await orAbort(once(ask), signal)).model;
    },
    async model(signal, maxAgeMs = Infinity) {
      signal.throwIfAborted();
      if (known === undefined) await orAbort(once(first), signal);
      const aged = (present: KnownDescription): number => clock.monotonicMs() - present.checkedMs;
      if (known !== undefined && aged(known) >= maxAgeMs) await orAbort(once(askOrKeep), signal);
      const present = known;
      if (present === undefined) throw new Error('the first reading gives a description');
      look();
      // Nobody waits for this; whoever closes the connection ends it.
      if (aged(present) >= properties.metadataMaxAgeMs) once(askOrKeep).catch(() => undefined);
      return present.model;
    },
  };
}

/** Waits for work that others wait for too: one who gives up does not stop it. */
function orAbort<T>(work: Promise<T>, signal: AbortSignal): Promise<T> {
  return new Promise((resolve, reject) => {
    const stop = (): void => reject(signal.reason instanceof Error ? signal.reason : new Error('stopped'));
    signal.addEventListener('abort', stop, { once: true });
    void work.then(resolve, reject).finally(() => signal.removeEventListener('abort', stop));
  });
}
