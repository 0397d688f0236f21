/** Writes that stand side by side and differ only in their values, to be written by one statement. */
import type { Statement } from '../statement.ts';

/** Below it a prepared statement a row is quicker. */
const togetherFrom = 8;
/** Bounds the memory of one statement, and for how long it runs. */
const togetherMost = 1_000;

export type Many<Write> = readonly [Write, ...Write[]];

export interface Alike<Write> {
  /** The same for writes that one statement can take. */
  shapeOf: (write: Write) => string;
  /** What the write changes: no statement changes it twice. Equal ones stand side by side. */
  rowOf: (write: Write) => string;
  one: (write: Write) => Statement;
  together: (writes: Many<Write>) => Statement;
}

/** The order of the writes stays. What is refused together is done again one by one. */
export function alikeStatements<Write>(writes: readonly Write[], alike: Alike<Write>): readonly Statement[] {
  return stretches(writes, alike).flatMap((stretch) => (stretch.length < togetherFrom ? stretch.map(alike.one) : [{ ...alike.together(stretch), apart: () => stretch.map(alike.one) }]));
}

function stretches<Write>(writes: readonly Write[], { shapeOf, rowOf }: Alike<Write>): readonly Many<Write>[] {
  const found: [Write, ...Write[]][] = [];
  let before: { shape: string; row: string } | undefined;
  for (const write of writes) {
    const now = { shape: shapeOf(write), row: rowOf(write) };
    const last = found.at(-1);
    if (last === undefined || now.shape !== before?.shape || now.row === before.row || last.length === togetherMost) found.push([write]);
    else last.push(write);
    before = now;
  }
  return found;
}
