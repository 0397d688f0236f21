/** Rows cut out of an answer, whatever the chunks it arrives in. */
import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { RowProblem } from './row-problem.ts';
import { createRowSplitter } from './row-splitter.ts';

const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const text = (piece: Uint8Array): string => new TextDecoder().decode(piece);

function split(source: Uint8Array, size: number): { rows: string[]; around: string } {
  const splitter = createRowSplitter();
  const rows: string[] = [];
  for (let at = 0; at < source.length; at += size) rows.push(...splitter.write(source.subarray(at, at + size)).map(text));
  return { rows, around: text(splitter.close()) };
}

describe('an answer', () => {
  it.each<[string, string, readonly string[], string]>([
    ['of V4', '{"@odata.context":"x[\\"{","value":[{"a":"]},[\\\\"},{"b":[1,{"value":[2]}]}],"@odata.nextLink":"y"}', ['{"a":"]},[\\\\"}', '{"b":[1,{"value":[2]}]}'], '{"@odata.context":"x[\\"{","value":[],"@odata.nextLink":"y"}'],
    ['of V2', '{"d":{"__count":"2","results":[{"a":1} , {"a":2}\n],"__next":"z"}}', ['{"a":1} ', '{"a":2}\n'], '{"d":{"__count":"2","results":[],"__next":"z"}}'],
    ['of V1', '{"d":[{"a":1},2]}', ['{"a":1}', '2'], '{"d":[]}'],
    ['without rows', '{"value": [ ] }', [], '{"value": [] }'],
    ['with a row that has a list called value', '{"row":{"value":[1]}}', [], '{"row":{"value":[1]}}'],
    ['with rows twice', '{"value":[1],"d":[2]}', ['1'], '{"value":[],"d":[2]}'],
    ['with a mark at its beginning', '\uFEFF{"value":[1,"я"]}', ['1', '"я"'], '\uFEFF{"value":[]}'],
    ['that is a page for people', '<html>["value"]</html>', [], '<html>["value"]</html>'],
    ['that is an error', '{"error":{"code":"1","message":"["}}', [], '{"error":{"code":"1","message":"["}}'],
  ])('%s is cut into rows and what is around them, whatever the chunks', (_name, source, rows, around) => {
    const whole = Buffer.from(source, 'utf8');
    for (const size of [1, 2, 3, 7, whole.length]) {
      const cut = split(whole, size);
      expect([cut.rows.map((row) => row.trim()), cut.around.replace('\uFEFF', '').replace(/\[\s*\]/, '[]')]).toEqual([rows.map((row) => row.trim()), around.replace('\uFEFF', '').replace(/\[\s*\]/, '[]')]);
    }
  });

  it.each(['{"value":[1', '{"value":[1]', '{"value":["', '{"value":[{"a":', '{"d":{"results":[]}', '{"value":[1,]}', '{"value":[,1]}'])('that is %s is told to be broken', (source) => {
    expect(() => split(bytes(source), 3)).toThrow(RowProblem);
  });

  it('gives back every list of rows that JSON can hold', () => {
    fc.assert(fc.property(fc.array(fc.jsonValue(), { maxLength: 6 }), fc.integer({ min: 1, max: 40 }), fc.boolean(), (rows, size, indented) => {
      const cut = split(Buffer.from(JSON.stringify({ d: { results: rows }, after: ['x'] }, null, indented ? 2 : 0)), size);
      expect(cut.rows.map((row) => JSON.parse(row) as unknown)).toEqual(JSON.parse(JSON.stringify(rows)));
      expect(JSON.parse(cut.around)).toEqual({ d: { results: [] }, after: ['x'] });
    }), { numRuns: 300 });
  });
});
