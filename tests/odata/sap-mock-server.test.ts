/** The connector against SAP's own mock server, over descriptions of real services where they are at hand and over one of ours everywhere. */
import { existsSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { afterAll, expect, it } from 'vitest';
import definition from '../../src/connectors/odata/index.ts';
import type { CheckStage, Receipt, Value } from '../../src/sdk/index.ts';
import { callOf, contextOf, sendOnce } from '../../src/sdk/testing/context.ts';
import { describeWith } from '../services/describe-with.ts';
import { serviceOrSkip } from '../services/start-service.ts';

const beside = (path: string): string => fileURLToPath(new URL(path, import.meta.url));
const contracts = beside('../../../shared/contracts');

/** Path, its description, a set with a key of one text. */
const services = [
  { path: '/own/v4', file: beside('shop-v4.edmx.xml'), set: 'Goods', dialect: 'OData V4' },
  { path: '/own/v2', file: beside('shop-v2.edmx.xml'), set: 'Goods', dialect: 'OData V2' },
  { path: '/tripPin', file: `${contracts}/1c/other-TripPin.xml`, set: 'Airlines', dialect: 'OData V4' },
  { path: '/northwind2', file: `${contracts}/1c/other-northwind_v2_metadata.xml`, set: 'Customers', dialect: 'OData V2' },
  { path: '/sap/v4', file: `${contracts}/sap/API_TEST_SRV-v4.edmx`, set: 'A_TestEntity', dialect: 'OData V4' },
] as const;

const there = services.filter(({ file }) => existsSync(file));
const found = await serviceOrSkip('sapMockServer', { settings: Object.fromEntries(there.map(({ path, file }) => [path, file])) });
afterAll(() => found.service?.stop());

describeWith("SAP's mock server", found, ({ url }) => {
  const context = (path: string, properties: Readonly<Record<string, unknown>> = {}) => contextOf(definition, { url: `${url}${path}`, ...properties }, { name: 'mock' });

  async function withService<T>(path: string, use: (send: (operation: string, properties: Record<string, Value>, request?: Value) => Promise<Receipt>) => Promise<T>): Promise<T> {
    const open = definition.open(context(path));
    try {
      return await use((operation, properties, request = {}) => sendOnce(open, callOf({ operation, properties, request })));
    } finally {
      await open.close();
    }
  }

  it.for(services)('passes the check of $path, and its rows are read page by page', async ({ path, file, set, dialect }, { skip }) => {
    if (!existsSync(file)) skip(`no ${file} here`);
    const stages: CheckStage[] = [];
    for await (const stage of definition.check(context(path), new AbortController().signal)) stages.push(stage);
    expect(stages.map(({ stage, state }) => `${stage} ${state}`)).toEqual(['address ok', 'tcp ok', 'tls skipped', 'authentication ok', 'permission ok', 'sample ok', 'capabilities ok', 'version ok']);
    expect(stages[3]).toMatchObject({ detail: { en: expect.stringContaining(dialect) } });
    await withService(path, async (send) => {
      const keys: Value[] = [];
      let cursor: Value = null;
      do {
        const page: Receipt = await send('query', { set, pageRows: 4 }, cursor === null ? {} : { cursor });
        const { rows, next } = page.response as { rows: Record<string, Value>[]; next: Value };
        keys.push(...rows.map((row) => JSON.stringify(row)));
        cursor = next;
      } while (cursor !== null);
      expect(keys.length).toBeGreaterThan(0);
      expect(new Set(keys).size).toBe(keys.length);
    });
  });

  it.each([services[0], services[1]])('makes, changes, batches and removes rows of $path', async ({ path, set }) => {
    await withService(path, async (send) => {
      const made = await send('create', { set }, { Code: 'new-1', Name: 'Ёж', Stock: '7' });
      expect(made).toMatchObject({ kind: 'ok', response: { row: { Code: 'new-1', Name: 'Ёж' }, differences: [] } });
      expect(await send('update', { set }, { Code: 'new-1', Name: 'Уж' })).toMatchObject({ kind: 'ok' });
      expect(await send('get', { set }, { Code: 'new-1' })).toMatchObject({ kind: 'ok', response: { row: { Name: 'Уж' } } });
      const batch = await send('batch', { set, format: 'multipart' }, { operations: [{ operation: 'create', row: { Code: 'new-2', Name: 'a' } }, { operation: 'get', key: { Code: 'new-1' } }, { operation: 'delete', key: { Code: 'new-1' } }] });
      expect(batch).toMatchObject({ kind: 'ok', response: { done: 3, results: [{ row: { Code: 'new-2' } }, { row: { Name: 'Уж' } }, { state: 'done' }] } });
      expect(await send('get', { set }, { Code: 'new-1' })).toMatchObject({ kind: 'error', failure: { code: 'odata.rowNotFound' } });
    });
  });
});
