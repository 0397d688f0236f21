/** Who may read or confirm a node of an exchange plan just now: over all nodes of the platform where a dossier is kept, else over this connection. */
import { randomUUID } from 'node:crypto';
import type { Dossier, Turn, Value } from '../../sdk/index.ts';
import type { ServiceContext } from './service-context.ts';

type Turns = Pick<Dossier, 'takeTurn' | 'leaveBehind' | 'endTurn'>;

export interface ExchangeTurns extends Turns {
  /** Keys of nodes by the plan and what their routes call them, once they have been found. */
  keys: Map<string, string>;
}

export function exchangeTurns({ dossier }: ServiceContext): ExchangeTurns {
  const keys = new Map<string, string>();
  if (dossier === undefined) return { keys, ...ownTurns() };
  return { keys, takeTurn: (name, ms) => dossier.takeTurn(name, ms), leaveBehind: (name, turn, left) => dossier.leaveBehind(name, turn, left), endTurn: (name, turn) => dossier.endTurn(name, turn) };
}

function ownTurns(): Turns {
  const taken = new Map<string, string>();
  const left = new Map<string, Value>();
  const holds = (name: string, { holder }: Turn): boolean => taken.get(name) === holder;
  return {
    async takeTurn(name) {
      if (taken.has(name)) return null;
      const turn = { holder: randomUUID(), left: left.get(name) ?? null };
      taken.set(name, turn.holder);
      return turn;
    },
    async leaveBehind(name, turn, value) {
      if (!holds(name, turn)) return false;
      left.set(name, value);
      return true;
    },
    async endTurn(name, turn) {
      if (holds(name, turn)) taken.delete(name);
    },
  };
}
