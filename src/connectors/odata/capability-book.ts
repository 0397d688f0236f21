/** What is known of a service's abilities while its connection is open: begun with what is kept, mended by what it does. */
import type { Capability, KnownCapability, Value } from '../../sdk/index.ts';
import type { CapabilityName } from './capabilities.ts';
import type { ServiceContext } from './service-context.ts';

export interface CapabilityBook {
  /** Undefined when nothing is known. */
  get(name: CapabilityName): Value | undefined;
  /** Learnt within a day beside the present description; undefined otherwise: what limits a service may have been lifted meanwhile. */
  lately(name: CapabilityName): Value | undefined;
  /** "It cannot" is believed for a day: then the service is asked again, because it may have learnt it meanwhile. */
  deniedLately(name: CapabilityName, denied: (value: Value) => boolean): boolean;
  /** Was seen in ordinary work; kept where it is news. */
  learn(name: CapabilityName, value: Value): void;
  /** Reads what is kept. */
  open(): Promise<void>;
  /** Facts learnt from now on belong to the description of this hash. */
  describedBy(metadataHash: string): void;
}

const dayMs = 86_400_000;

type Fact = Pick<Capability, 'value'> & { atMs: number; metadataHash: string };

export function createCapabilityBook({ name: connection, clock, log, dossier }: ServiceContext, address: string, closing: AbortSignal): CapabilityBook {
  const facts = new Map<string, Fact>();
  let metadataHash = '';

  async function read(): Promise<void> {
    if (dossier === undefined) return;
    const kept = await dossier.capabilities().catch((error: unknown): readonly KnownCapability[] => {
      log.warn('odata.capabilitiesUnread', { connection, error: String(error) });
      return [];
    });
    for (const { name, value, address: learntAt, learnedAt, metadataHash: beside } of kept) {
      const atMs = Date.parse(learnedAt);
      const own = facts.get(name);
      // What this connection has seen itself since is newer than what it finds here.
      if (learntAt === address && value !== null && (own === undefined || atMs > own.atMs)) facts.set(name, { value, atMs, metadataHash: beside });
    }
  }

  const forget = dossier?.onChange(() => void read());
  closing.addEventListener('abort', () => forget?.(), { once: true });

  return {
    get: (name) => facts.get(name)?.value,
    lately(name) {
      const fact = facts.get(name);
      return fact !== undefined && fact.metadataHash === metadataHash && clock.wallMs() - fact.atMs < dayMs ? fact.value : undefined;
    },
    deniedLately(name, denied) {
      const fact = facts.get(name);
      return fact !== undefined && denied(fact.value) && clock.wallMs() - fact.atMs < dayMs;
    },
    learn(name, value) {
      const known = facts.get(name);
      const news = known === undefined || JSON.stringify(known.value) !== JSON.stringify(value);
      // A fact that was in doubt and holds still is fresh again.
      if (!news && clock.wallMs() - known.atMs < dayMs && known.metadataHash === metadataHash) return;
      facts.set(name, { value, atMs: clock.wallMs(), metadataHash });
      dossier?.learn({ address, metadataHash }, [{ name, value, learned: 'used' }]).catch((error: unknown) => log.warn('odata.capabilityNotKept', { connection, name, error: String(error) }));
    },
    open: read,
    describedBy(hash) {
      metadataHash = hash;
    },
  };
}
