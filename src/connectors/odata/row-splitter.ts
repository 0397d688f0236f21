/**
 * Cuts the rows out of an answer while it arrives: `{"value":[…]}`, `{"d":[…]}` and `{"d":{"results":[…]}}`.
 * It only finds where each row ends; what a row holds is parsed by the one JSON reader that keeps numbers exact.
 * Pure, but for what it remembers between chunks.
 */
import { createRowCutter } from './row-cutter.ts';
import { RowProblem } from './row-problem.ts';
import { createRowSurroundings } from './row-surroundings.ts';

export interface RowSplitter {
  /** The rows that this chunk completes, each a JSON text of its own. Throws a `RowProblem`. */
  write(chunk: Uint8Array): readonly Uint8Array[];
  /** What stood around the rows, with an empty list in their place. Throws a `RowProblem` when the answer broke off. */
  close(): Uint8Array;
  /** Bytes of the longest row that has not ended yet, and of what stood around the rows. */
  readonly heldBytes: number;
}

/** `seen` is given the inside of the list as it passes, commas and spaces included. */
export function createRowSplitter(seen: (piece: Uint8Array) => void = () => undefined): RowSplitter {
  const around = createRowSurroundings();
  const cutter = createRowCutter();
  let inRows = false;

  /** Up to the end of the list, or of the chunk. */
  function passRows(chunk: Uint8Array, from: number, done: Uint8Array[]): number {
    const { at, over } = cutter.pass(chunk, from, done);
    if (over) around.endList();
    inRows = !over;
    seen(chunk.subarray(from, over ? at - 1 : at));
    return at;
  }

  return {
    write(chunk) {
      const done: Uint8Array[] = [];
      let at = 0;
      while (at < chunk.length) {
        if (inRows) at = passRows(chunk, at, done);
        else ({ at, inRows } = around.pass(chunk, at));
      }
      return done;
    },
    close() {
      if (inRows || around.open) throw new RowProblem('the answer breaks off');
      return around.take();
    },
    get heldBytes() {
      return Math.max(cutter.heldBytes, around.heldBytes);
    },
  };
}
