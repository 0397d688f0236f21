/** Finds what a person most likely meant. */

/** The candidate with the fewest edits (at most a third of the name's letters, but two are always allowed); undefined when none is near. */
export function nearestName(name: string, candidates: Iterable<string>): string | undefined {
  const wanted = name.toLowerCase();
  let best: string | undefined;
  let fewest = Math.max(2, Math.floor(name.length / 3)) + 1;
  for (const candidate of candidates) {
    const edits = editDistance(wanted, candidate.toLowerCase(), fewest);
    if (edits < fewest) {
      fewest = edits;
      best = candidate;
    }
  }
  return best;
}

/** Insertions, deletions, replacements and swaps of neighbours; gives up at `bound`. */
function editDistance(from: string, to: string, bound: number): number {
  if (Math.abs(from.length - to.length) >= bound) return bound;
  let beforeLast: number[] = [];
  let last = Array.from({ length: to.length + 1 }, (_, index) => index);
  for (let row = 1; row <= from.length; row++) {
    const current = [row];
    let smallest = row;
    for (let column = 1; column <= to.length; column++) {
      const edits = cheapest(from, to, row, column, beforeLast, last, current);
      current.push(edits);
      smallest = Math.min(smallest, edits);
    }
    if (smallest >= bound) return bound;
    beforeLast = last;
    last = current;
  }
  return last[to.length] ?? bound;
}

function cheapest(from: string, to: string, row: number, column: number, beforeLast: readonly number[], last: readonly number[], current: readonly number[]): number {
  const same = from[row - 1] === to[column - 1];
  const replaced = (last[column - 1] ?? 0) + (same ? 0 : 1);
  const edits = Math.min((last[column] ?? 0) + 1, (current[column - 1] ?? 0) + 1, replaced);
  const swapped = row > 1 && column > 1 && from[row - 1] === to[column - 2] && from[row - 2] === to[column - 1];
  return swapped ? Math.min(edits, (beforeLast[column - 2] ?? 0) + 1) : edits;
}
