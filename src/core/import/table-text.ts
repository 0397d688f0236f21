/** Where the rows of a table file end, and what separates their cells. Quotes are doubled inside quotes, so a row ends at a line break with an even number of them before. Pure. */

export const separators = [',', ';', '\t', '|'] as const;
export type Separator = (typeof separators)[number];

const quote = 0x22;
const lineFeed = 0x0a;

/** Offsets behind each of the first `most` rows that are whole; at the end of the file the last row needs no line break. */
export function rowEnds(bytes: Uint8Array, most: number, isEnd: boolean): readonly number[] {
  const ends: number[] = [];
  let quoted = false;
  for (let at = 0; at < bytes.length && ends.length < most; at += 1) {
    if (bytes[at] === quote) quoted = !quoted;
    else if (bytes[at] === lineFeed && !quoted) ends.push(at + 1);
  }
  if (isEnd && ends.length < most && (ends.at(-1) ?? 0) < bytes.length) ends.push(bytes.length);
  return ends;
}

/** The one that the first line has most of. */
export function separatorOf(line: string): Separator {
  const outside = line.replace(/"[^"]*"/g, '');
  const counted = separators.map((separator) => ({ separator, count: outside.split(separator).length }));
  return counted.reduce((best, one) => (one.count > best.count ? one : best)).separator;
}
