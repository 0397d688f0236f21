/** Which configuration a message or a run is worked on with: the one it was accepted under, until it has come to its end. */
import { pinnedConfiguration } from '../core/configuration/pinned.ts';
import type { Configuration, ConfigurationSource } from '../core/configuration/published.ts';
import type { MessageRow } from '../core/effect-set.ts';
import { Failure } from '../core/failure.ts';
import { limits } from '../core/limits.ts';
import type { Clock } from '../core/ports.ts';

export interface BeganWith {
  of(row: Pick<MessageRow, 'revision' | 'receivedAt'>): Promise<Configuration>;
}

export function createBeganWith(source: ConfigurationSource, clock: Clock): BeganWith {
  // The same object for the same two revisions: what is compiled is kept by its identity.
  const made = new WeakMap<Configuration, { now: Configuration; pinned: Configuration }>();
  return {
    async of({ revision, receivedAt }) {
      const now = source.current();
      if (revision === undefined || revision === null || revision === now.revision || isTooOld(clock, receivedAt)) return now;
      const began = await source.at(revision).catch((error: unknown) => {
        if (error instanceof Failure && error.code === 'config.unknownRevision') return now;
        throw error;
      });
      if (began === now) return now;
      const known = made.get(began);
      if (known?.now === now) return known.pinned;
      const pinned = pinnedConfiguration(began, now);
      made.set(began, { now, pinned });
      return pinned;
    },
  };
}

/** Columns that are no longer shown are dropped after that time. */
const isTooOld = (clock: Clock, receivedAt: string): boolean => clock.wallMs() - Date.parse(receivedAt) > (limits.hiddenDays.value - 1) * 86_400_000;
