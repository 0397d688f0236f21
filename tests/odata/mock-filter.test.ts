/**
 * Random filters, asked of SAP's mock server and of our predicate over the rows that it gives: what is written in the words of V2
 * and V4 means there what it means here. Its own faults are in mock-faults.ts, each shown by a question.
 */
import { existsSync, readFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { afterAll, expect, it } from 'vitest';
import { resolveFilter, type FilterPlace } from '../../src/connectors/odata/condition.ts';
import { readPage } from '../../src/connectors/odata/envelope.ts';
import { parseFilter } from '../../src/connectors/odata/filter.ts';
import { planFilter } from '../../src/connectors/odata/filter-plan.ts';
import { readMetadata } from '../../src/connectors/odata/metadata.ts';
import { predicateOf } from '../../src/connectors/odata/predicate.ts';
import { readRow } from '../../src/connectors/odata/row.ts';
import { isObject, parseJson, type Value, type ValueObject } from '../../src/sdk/index.ts';
import { describeWith } from '../services/describe-with.ts';
import { serviceOrSkip } from '../services/start-service.ts';
import { faultsOf, fieldsIn, hasAll, mockFaults } from './mock-faults.ts';
import { randomFilter } from './random-filter.ts';

const beside = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const contracts = beside('../../../shared/contracts');

const services = [
  { path: '/own/v4', file: beside('shop-v4.edmx.xml'), data: beside('shop-data'), set: 'Goods', dialect: 'v4' },
  { path: '/own/v2', file: beside('shop-v2.edmx.xml'), data: beside('shop-data'), set: 'Goods', dialect: 'v2' },
  { path: '/tripPin', file: `${contracts}/1c/other-TripPin.xml`, data: '', set: 'People', dialect: 'v4' },
  { path: '/northwind2', file: `${contracts}/1c/other-northwind_v2_metadata.xml`, data: '', set: 'Orders', dialect: 'v2' },
  { path: '/northwind2', file: `${contracts}/1c/other-northwind_v2_metadata.xml`, data: '', set: 'Products', dialect: 'v2' },
  { path: '/sap/v4', file: `${contracts}/sap/API_TEST_SRV-v4.edmx`, data: '', set: 'A_TestEntity', dialect: 'v4' },
  { path: '/sap/v2', file: `${contracts}/sap/API_TEST_SRV-v2.edmx`, data: '', set: 'A_TestEntity', dialect: 'v2' },
] as const;

const settings = Object.fromEntries(services.filter(({ file }) => existsSync(file)).map(({ path, file, data }) => [path, data === '' ? file : `${file}|${data}`]));
const found = await serviceOrSkip('sapMockServer', { settings });
afterAll(() => found.service?.stop());

describeWith("filters by SAP's mock server", found, ({ url }) => {
  const ask = async (path: string, set: string, filter: string | undefined): Promise<readonly ValueObject[] | number> => {
    const answer = await fetch(`${url}${path}/${set}?${filter === undefined ? '' : `$filter=${encodeURIComponent(filter)}&`}$format=json`);
    const rows = answer.ok ? readPage(parseJson(new Uint8Array(await answer.arrayBuffer())))?.rows : undefined;
    return rows === undefined ? answer.status : rows.filter(isObject);
  };

  const rowsOf = async (path: string, set: string, filter: string | undefined): Promise<readonly ValueObject[]> => {
    const rows = await ask(path, set, filter);
    if (typeof rows === 'number') throw new Error(`the mock server answers ${rows} to ${filter}`);
    return rows;
  };

  it.for(services)('find the same rows of $path/$set as by us', async ({ path, file, set: name, dialect }, { skip }) => {
    if (!existsSync(file)) skip(`no ${file} here`);
    const model = readMetadata({ connection: 'mock', address: 'x' }, readFileSync(file));
    const set = model.sets.get(name);
    if (set === undefined) throw new Error(`no set ${name}`);
    const properties = new Map([...set.type.properties].filter(([, property]) => !mockFaults['madeUpValues']?.touches({}, property, dialect)));
    const keyOf = (row: ValueObject): string => set.type.keys.map((key) => JSON.stringify(row[key])).join('|');
    const own = (row: ValueObject): ValueObject => readRow(model, set.type, Object.fromEntries(Object.entries(row).filter(([field]) => properties.has(field)))) ;
    const rows = (await rowsOf(path, name, undefined)).map(own);
    expect(rows.length).toBeGreaterThan(50);
    const place: FilterPlace = { connection: 'mock', dialect, model, set, message: {}, times: { runStartMs: 0 } };
    const filters = randomFilter({ model, type: { ...set.type, properties }, rows, targets: [], casts: ['Edm.String', 'Edm.Decimal', 'Edm.Int32'] }).filter((document) => faultsOf(document, properties, dialect).length === 0 && isUnicode(document));
    let matched = 0;
    await fc.assert(fc.asyncProperty(filters, async (document) => {
      const filter = parseFilter(document);
      const whole = predicateOf(dialect, resolveFilter(place, filter));
      const { filters: asked, residue } = planFilter(place, filter, 4_000);
      const fields = fieldsIn(document);
      const judged = rows.filter((row) => hasAll(row, fields));
      const answered = (await Promise.all(asked.map((text) => rowsOf(path, name, text)))).flat().map(own).filter((row) => hasAll(row, fields) && (residue === undefined || residue.keeps(row)));
      const wanted = judged.filter(whole);
      matched += wanted.length;
      expect(answered.map(keyOf).sort(), `asked ${JSON.stringify(asked)}, residue ${residue?.text ?? 'none'}`).toEqual(wanted.map(keyOf).sort());
    }), { numRuns: 40, seed: 20_261_128 });
    expect(matched).toBeGreaterThan(rows.length);
  });

  it.each(Object.entries(mockFaults).flatMap(([name, { shows, reason }]) => shows.map((shown) => ({ name, reason, ...shown }))))('are not judged where it is at fault: $reason ($filter)', async ({ version, filter, says, right }) => {
    const rows = await ask(`/own/${version}`, 'Goods', filter);
    expect(says).not.toBe(right);
    expect(typeof rows === 'number' ? 'refused' : rows.length).toBe(says);
  });
});

/** A piece of a text may be half of a sign; we refuse to send such a one. */
const isUnicode = (document: Value | Record<string, unknown>): boolean => !/\\ud[89a-f]/i.test(JSON.stringify(document));
