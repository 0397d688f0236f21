/** The records of a reference template as lines, in the order of their keys. */
import { limits } from '../../core/limits.ts';
import { isOwnColumn } from '../../core/record-values.ts';
import type { Carried } from '../../core/reference-data/carried.ts';
import { linkedIds, printRecordLine } from '../../core/reference-data/record-line.ts';
import type { RecordReader } from '../../core/reference-data/record-transfer.ts';
import type { RecordData, Scalar } from '../../core/template.ts';

export interface ExportedLines {
  /** A page of records, each line with its end; empty for the last page when there is nothing. */
  text: string;
  records: number;
  /** Links of these to records without a key: the lines leave them out. */
  lostLinks: number;
}

/** Records without a key are left out: nothing could say which ones they are. */
export async function* exportRecords(reader: RecordReader, carried: Carried): AsyncGenerator<ExportedLines> {
  const { template, key, attributes } = carried;
  const links = attributes.flatMap((one) => (one.kind === 'link' && !isOwnColumn(one.attribute) ? [one.attribute.name] : []));
  for (let cursor: string | null | undefined; cursor !== null; ) {
    const page = await reader.read({
      kind: 'query',
      query: { template: template.id, filter: { op: 'isNotNull', attribute: key.name }, sort: [{ attribute: key.name, descending: false }], limit: limits.pageRows.value, links, ...(cursor === undefined ? {} : { cursor }) },
    });
    if (page.kind !== 'page') throw new Error(`a query was answered with ${page.kind}`);
    const keys = await linkedKeys(reader, carried, page.records);
    let lostLinks = 0;
    const keyOfLinked = (target: string, id: string): Scalar => {
      const found = keys.get(`${target}/${id}`) ?? null;
      if (found === null) lostLinks += 1;
      return found;
    };
    const lines = page.records.map((record) => printRecordLine(carried, record, keyOfLinked));
    yield { text: lines.map((line) => `${line}\n`).join(''), records: lines.length, lostLinks };
    cursor = page.cursor;
  }
}

/** By template and id. */
async function linkedKeys(reader: RecordReader, { attributes }: Carried, records: readonly RecordData[]): Promise<ReadonlyMap<string, Scalar>> {
  const keys = new Map<string, Scalar>();
  for (const one of attributes) {
    if (one.kind !== 'link') continue;
    const ids = [...new Set(records.flatMap((record) => linkedIds(one, record)))].filter((id) => !keys.has(`${one.target.id}/${id}`));
    for (let from = 0; from < ids.length; from += limits.pageRows.value) {
      const found = await reader.read({ kind: 'records', template: one.target.id, ids: ids.slice(from, from + limits.pageRows.value) });
      if (found.kind === 'records') for (const record of found.records) keys.set(`${one.target.id}/${record.id}`, record.values[one.targetKey.name] ?? null);
    }
  }
  return keys;
}
