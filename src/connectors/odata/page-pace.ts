/**
 * How many rows of a set fit into one page: fewer once a page was too heavy or took too long, more again when pages are light.
 * Remembered as long as the connection is open, because a repeat of the same request would only fail in the same way.
 */
import { limits } from '../../sdk/index.ts';

export interface PageSeen {
  /** Rows asked for. */
  asked: number;
  rows: number;
  bytes: number;
  ms: number;
}

export interface PagePace {
  /** At most `wanted`. */
  rowsFor(set: string, wanted: number): number;
  /** A page that came, or as much of it as was taken. */
  came(set: string, page: PageSeen): void;
  /** A page that did not come, for being too much; gives the rows that are asked for next time. */
  failed(set: string, asked: number): number;
}

/** A page is aimed at four fifths of what a message holds, because rows differ. */
const aimedPart = 0.8;

export function createPagePace(): PagePace {
  const known = new Map<string, number>();
  return {
    rowsFor: (set, wanted) => Math.min(wanted, known.get(set) ?? wanted),
    came(set, { asked, rows, bytes, ms }) {
      if (rows === 0) return;
      const byBytes = (rows * limits.remoteResponseBytes.value * aimedPart) / Math.max(1, bytes);
      const byTime = (rows * limits.odataPageMs.value) / Math.max(1, ms);
      const fits = Math.max(1, Math.floor(Math.min(byBytes, byTime)));
      // A light page says little of the next one: the way up is by doubling.
      if (fits < asked || known.has(set)) known.set(set, Math.min(fits, asked * 2));
    },
    failed(set, asked) {
      const rows = Math.max(1, Math.floor(asked / 2));
      known.set(set, rows);
      return rows;
    },
  };
}
