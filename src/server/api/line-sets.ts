/** Lines gathered into what one transaction writes. */
import { Failure, type FailureData } from '../../core/failure.ts';
import { limits } from '../../core/limits.ts';
import type { Template } from '../../core/template.ts';
import { createdRows, keyOfRow, upsertedRows, type BulkRows } from './bulk-rows.ts';
import type { JsonLine } from './json-lines.ts';

export type LineSet = readonly [JsonLine, ...JsonLine[]];

/** A record named again begins a new set, so that the later line finds what the earlier one made. */
export async function* lineSets(lines: AsyncIterable<JsonLine>, template: Template, by: readonly string[]): AsyncGenerator<LineSet> {
  let set: [JsonLine, ...JsonLine[]] | null = null;
  let bytes = 0;
  const keys = new Set<string>();
  for await (const line of lines) {
    const key = line.content instanceof Failure || by.length === 0 ? null : keyOfRow(template, by, line.content);
    bytes += line.bytes;
    if (set !== null && set.length < limits.bulkRecords.value && bytes <= limits.lineSetBytes.value && (key === null || !keys.has(key))) set.push(line);
    else {
      if (set !== null) yield set;
      set = [line];
      ({ bytes } = line);
      keys.clear();
    }
    if (key !== null) keys.add(key);
  }
  if (set !== null) yield set;
}

/** With a key the record that has it is changed, others are created. Lines that are no rows are refused beforehand. */
export function rowsOfLines(lines: readonly JsonLine[], template: Template, by: readonly string[]): BulkRows {
  const values = lines.map(({ content }) => (content instanceof Failure ? {} : content));
  const { writes, refused } = by.length === 0 ? createdRows(template, values) : upsertedRows(template, by, values, (index) => placeOfLine(lines, index));
  const all = new Map<number, FailureData>(refused);
  for (const [index, { content }] of lines.entries()) if (content instanceof Failure) all.set(index, content.toData());
  return { writes, refused: all };
}

export const placeOfLine = (lines: readonly JsonLine[], index: number): string => `line ${lines[index]?.number ?? '?'}`;
