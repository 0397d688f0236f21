/** A dossier in memory, which tests fill, damage and watch. */
import { createHash, randomUUID } from 'node:crypto';
import type { KnownCapability } from '../../core/capability.ts';
import type { Turn } from '../../core/turn-store.ts';
import type { Dossier, KeptSnapshot } from '../dossier.ts';
import type { MetadataDocument } from '../remote-metadata.ts';

export interface MemoryDossier extends Dossier {
  /** The snapshot in force, to be changed at will. */
  held: (KeptSnapshot & { bytes: Uint8Array | null }) | null;
  facts: KnownCapability[];
  /** Puts a document in force as another node would. */
  elsewhere(document: MetadataDocument, checkedAtMs?: number): void;
}

export function memoryDossier(nowMs: () => number = Date.now): MemoryDossier {
  const listeners = new Set<() => void>();
  const turns = new Map<string, Turn>();
  const tell = (): void => listeners.forEach((listener) => listener());
  const put = (dossier: MemoryDossier, { bytes, address, etag }: MetadataDocument, checkedAtMs: number): void => {
    dossier.held = { hash: createHash('sha256').update(bytes).digest('hex'), address, etag: etag ?? null, checkedAt: new Date(checkedAtMs).toISOString(), bytes };
    tell();
  };
  const dossier: MemoryDossier = {
    held: null,
    facts: [],
    elsewhere: (document, checkedAtMs = nowMs()) => put(dossier, document, checkedAtMs),
    snapshot: async () => dossier.held,
    document: async (hash) => (dossier.held?.hash === hash ? dossier.held.bytes : null),
    keep: async (document) => put(dossier, document, nowMs()),
    async confirm(hash) {
      if (dossier.held?.hash === hash) dossier.held = { ...dossier.held, checkedAt: new Date(nowMs()).toISOString() };
    },
    capabilities: async () => dossier.facts,
    async learn(place, learnt) {
      const names = learnt.map(({ name }) => name);
      dossier.facts = [...dossier.facts.filter(({ name }) => !names.includes(name)), ...learnt.map((fact) => ({ ...fact, ...place, learnedAt: new Date(nowMs()).toISOString() }))];
      tell();
    },
    async takeTurn(name) {
      const turn = turns.get(name) ?? { holder: '', left: null };
      if (turn.holder !== '') return null;
      const taken = { holder: randomUUID(), left: turn.left };
      turns.set(name, taken);
      return taken;
    },
    async leaveBehind(name, { holder }, left) {
      if (turns.get(name)?.holder !== holder) return false;
      turns.set(name, { holder, left });
      return true;
    },
    async endTurn(name, { holder }) {
      const turn = turns.get(name);
      if (turn?.holder === holder) turns.set(name, { holder: '', left: turn.left });
    },
    onChange(listener) {
      listeners.add(listener);
      return () => void listeners.delete(listener);
    },
  };
  return dossier;
}
