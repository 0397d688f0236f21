/** Finds where each row of a list ends. Nearly all bytes of an answer pass through here. */
import { createByteCollector } from './byte-collector.ts';
import { CLOSE_LIST, CLOSE_OBJECT, COMMA, createTextPassage, OPEN_LIST, OPEN_OBJECT, QUOTE } from './json-bytes.ts';
import { RowProblem } from './row-problem.ts';

export interface RowCutter {
  /** Puts the rows that end here into `done`. Goes to behind the end of the list, which is `over` then, or to the end of the chunk. Throws a `RowProblem`. */
  pass(chunk: Uint8Array, from: number, done: Uint8Array[]): { at: number; over: boolean };
  /** Of the row that has not ended yet. */
  readonly heldBytes: number;
}

/** What a byte between texts is to the cutter: nothing, space, the beginning of a text, more depth, less, or a comma. */
const [OTHER, SPACE, TEXT, DEEPER, HIGHER, NEXT] = [0, 1, 2, 3, 4, 5] as const;

const kinds = new Uint8Array(256);
for (const byte of [0x20, 0x0a, 0x0d, 0x09]) kinds[byte] = SPACE;
kinds[QUOTE] = TEXT;
kinds[OPEN_LIST] = kinds[OPEN_OBJECT] = DEEPER;
kinds[CLOSE_LIST] = kinds[CLOSE_OBJECT] = HIGHER;
kinds[COMMA] = NEXT;

export function createRowCutter(): RowCutter {
  const row = createByteCollector();
  const text = createTextPassage();
  /** Depth inside of the row. */
  let depth = 0;
  /** Whether a comma has promised a row. */
  let promised = false;

  /** At a comma or the end of the list: the row before it, if there is one. */
  function finish(chunk: Uint8Array, start: number, at: number, more: boolean): Uint8Array | undefined {
    if (start < 0 && (more || promised)) throw new RowProblem('a row is missing');
    promised = more;
    if (start < 0) return undefined;
    row.add(chunk.subarray(start, at));
    return row.take();
  }

  return {
    get heldBytes() {
      return row.length;
    },
    pass(chunk, from, done) {
      const end = chunk.length;
      let at = text.open ? text.pass(chunk, from) : from;
      // What the loop counts is kept at hand. Below zero: no row has begun.
      let start = row.length > 0 ? from : -1;
      let level = depth;
      while (at < end) {
        const kind = kinds[chunk[at] ?? 0];
        at += 1;
        if (kind === OTHER) {
          if (start < 0) start = at - 1;
        } else if (kind === TEXT) {
          if (start < 0) start = at - 1;
          at = text.pass(chunk, at);
        } else if (level === 0 && (kind === NEXT || chunk[at - 1] === CLOSE_LIST)) {
          const cut = finish(chunk, start, at - 1, kind === NEXT);
          if (cut !== undefined) done.push(cut);
          start = -1;
          if (kind === NEXT) continue;
          depth = 0;
          return { at, over: true };
        } else if (kind === DEEPER) {
          if (start < 0) start = at - 1;
          level += 1;
        } else if (kind === HIGHER) level -= 1;
      }
      depth = level;
      if (start >= 0) row.add(chunk.subarray(start));
      return { at, over: false };
    },
  };
}
