/** How many rows of a set to ask for at a time: as many as routes want, fewer where rows are heavy or their service is slow. */

export interface PageSizes {
  /** At most `most`; never fewer than one. */
  rowsFor(what: string, most: number): number;
  /** A page has come. */
  learn(what: string, page: { rows: number; bytes: number; ms: number }): void;
  /** A page was too much; gives what will be asked for next. */
  shrink(what: string, asked: number): number;
}

/** What fits well into a message, and into the patience of those who wait for it. */
const targetBytes = 8 * 1024 * 1024;
const targetMs = 20_000;

/** Sets whose rows are remembered; the one that was read longest ago goes first. */
const remembered = 200;

export function createPageSizes(): PageSizes {
  const known = new Map<string, number>();
  const remember = (what: string, rows: number): void => {
    known.delete(what);
    known.set(what, rows);
    for (const oldest of known.keys()) {
      if (known.size <= remembered) break;
      known.delete(oldest);
    }
  };
  return {
    rowsFor: (what, most) => Math.max(1, Math.min(most, known.get(what) ?? most)),
    learn(what, { rows, bytes, ms }) {
      if (rows === 0) return;
      const fitting = Math.floor(rows * Math.min(targetBytes / Math.max(bytes, 1), targetMs / Math.max(ms, 1)));
      // Twice at most: the next rows may be heavier than these.
      if (fitting >= rows * 2) {
        const before = known.get(what);
        if (before !== undefined) remember(what, Math.max(before, rows * 2));
      } else remember(what, Math.max(1, fitting));
    },
    shrink(what, asked) {
      const next = Math.max(1, Math.floor(asked / 2));
      remember(what, next);
      return next;
    },
  };
}
