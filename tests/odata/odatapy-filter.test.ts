/** Random filters over awkward rows, asked of a V4 service that others have written and of our predicate: nulls, quotes, emoji, negations. */
import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { resolveFilter, type FilterPlace } from '../../src/connectors/odata/condition.ts';
import { readPage } from '../../src/connectors/odata/envelope.ts';
import { parseFilter } from '../../src/connectors/odata/filter.ts';
import { planFilter } from '../../src/connectors/odata/filter-plan.ts';
import { readMetadata } from '../../src/connectors/odata/metadata.ts';
import { predicateOf } from '../../src/connectors/odata/predicate.ts';
import { readRow } from '../../src/connectors/odata/row.ts';
import { isObject, parseJson, type ValueObject } from '../../src/sdk/index.ts';
import { describeWith } from '../services/describe-with.ts';
import { serviceOrSkip } from '../services/start-service.ts';
import { fieldsIn, hasAll } from './mock-faults.ts';
import { randomFilter, type Document } from './random-filter.ts';

const found = await serviceOrSkip('odatapy', { settings: { pageRows: '0' } });
afterAll(() => found.service?.stop());

interface Good { Code: string; Name: string | null; Stock: number | null; Price: number | null; Tags: string[] }
// The same rows that SAP's mock server is asked about.
const goods = JSON.parse(readFileSync(new URL('shop-data/Goods.json', import.meta.url), 'utf8')) as Good[];

/** Empty for some, with the same value twice for others. */
const sizesOf = (stock: number | null): number[] => (stock === null ? [] : [stock % 5, stock % 3, stock % 3]);

/** "Less than" of nothing is false by the standard, so that its negation is true; to odatapy it is nothing, and so is the negation. */
const isJudged = (row: ValueObject, document: Document): boolean => !JSON.stringify(document).includes('"op":"not"') || hasAll(row, fieldsIn(document));

describeWith('filters by odatapy', found, ({ url }) => {
  let place: FilterPlace;
  let rows: readonly ValueObject[];

  async function rowsOf(filter: string | undefined): Promise<readonly ValueObject[]> {
    const answer = await fetch(`${url}/Products${filter === undefined ? '' : `?$filter=${encodeURIComponent(filter)}`}`);
    const text = new Uint8Array(await answer.arrayBuffer());
    const page = answer.ok ? readPage(parseJson(text)) : undefined;
    if (page === undefined) throw new Error(`odatapy answers ${answer.status} to ${filter}: ${new TextDecoder().decode(text).slice(0, 300)}`);
    return page.rows.filter(isObject).map((row) => readRow(place.model, place.set.type, row));
  }

  beforeAll(async () => {
    const model = readMetadata({ connection: 'shop', address: url }, new Uint8Array(await (await fetch(`${url}/$metadata`)).arrayBuffer()));
    const set = model.sets.get('Products');
    if (set === undefined) throw new Error('no set Products');
    place = { connection: 'shop', dialect: 'v4', model, set, message: {}, times: { runStartMs: 0 } };
    for (const { Code, Name, Stock, Price, Tags } of goods) {
      const made = await fetch(`${url}/Products`, { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ Code, Name, Stock, Price, Tags, Sizes: sizesOf(Stock), Changed: Stock === null ? null : `2026-11-${String(10 + (Stock % 10 + 10) % 10)}T10:00:00.123Z` }) });
      if (made.status !== 201) throw new Error(`${Code}: ${made.status} ${await made.text()}`);
    }
    rows = await rowsOf(undefined);
  });

  it('find the same rows as by us', async () => {
    const { set, model } = place;
    const filters = randomFilter({ model, type: set.type, rows, targets: [], casts: ['Edm.String', 'Edm.Decimal', 'Edm.Int32'] }).filter((document) => !/\\ud[89a-f]/i.test(JSON.stringify(document)));
    const codes = (list: readonly ValueObject[]): string[] => list.map((row) => JSON.stringify(row['Code'])).toSorted((one, other) => (one < other ? -1 : 1));
    expect(rows).toHaveLength(goods.length);
    let matched = 0;
    await fc.assert(fc.asyncProperty(filters, async (document) => {
      const filter = parseFilter(document);
      const { filters: asked, residue } = planFilter(place, filter, 4_000);
      const answered = (await Promise.all(asked.map(rowsOf))).flat().filter((row) => isJudged(row, document) && (residue === undefined || residue.keeps(row)));
      const wanted = rows.filter((row) => isJudged(row, document)).filter(predicateOf('v4', resolveFilter(place, filter)));
      matched += wanted.length;
      expect(codes(answered), `asked ${JSON.stringify(asked)}, residue ${residue?.text ?? 'none'}`).toEqual(codes(wanted));
    }), { numRuns: 150, seed: 20_261_128 });
    expect(matched).toBeGreaterThan(rows.length);
  });
});
