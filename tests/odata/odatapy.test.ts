/** The connector against a service of OData V4 that others have written: versions, batches, tracked changes, pages. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import definition from '../../src/connectors/odata/index.ts';
import { Decimal, type OpenConnection, type Receipt, type Value } from '../../src/sdk/index.ts';
import { callOf, contextOf, sendOnce } from '../../src/sdk/testing/context.ts';
import { describeWith } from '../services/describe-with.ts';
import { serviceOrSkip } from '../services/start-service.ts';

const found = await serviceOrSkip('odatapy', { settings: { pageRows: '3' } });
afterAll(() => found.service?.stop());

const never = new AbortController().signal;

describeWith('a service by odatapy', found, ({ url }) => {
  let open: OpenConnection;
  const context = (properties: Readonly<Record<string, unknown>> = {}) => contextOf(definition, { url, ...properties }, { name: 'shop' });
  const send = (operation: string, properties: Record<string, Value>, request: Value = {}): Promise<Receipt> => sendOnce(open, callOf({ operation, properties: { set: 'Products', ...properties }, request }));
  const answerOf = async <T>(receipt: Promise<Receipt>): Promise<T> => {
    const { kind, response } = await receipt;
    expect(kind).toBe('ok');
    return response as T; // each test names what it reads
  };

  beforeAll(() => { open = definition.open(context()); });
  afterAll(() => open.close());

  // Of other letters the service cannot make its header Location.
  const big = { Code: "O'Neil/_key+1", Name: 'Ёж \u{1F511}', Price: new Decimal('12345678901234567.8912'), Stock: new Decimal('9007199254740993'), Changed: '2026-11-28T10:00:00.123Z' };

  it('odata 48: keeps every digit both ways, of a row whose key has a quote, a slash and a plus', async () => {
    const made = await answerOf<{ row: Value; differences: Value[]; location: string }>(send('create', {}, big));
    expect(made).toMatchObject({ row: big, differences: [] });
    expect(await answerOf(send('get', {}, { Code: big.Code }))).toMatchObject({ row: big });
    const { rows } = await answerOf<{ rows: Value[] }>(send('query', { filter: { op: 'eq', field: 'Stock', value: new Decimal('9007199254740993') } }));
    expect(rows).toMatchObject([big]);
  });

  it('refuses what is there twice and what is not there, each with a code of its own', async () => {
    expect(await send('create', {}, big)).toMatchObject({ kind: 'error', failure: { code: 'odata.conflict' } });
    expect(await send('get', {}, { Code: 'нет' })).toMatchObject({ kind: 'error', failure: { code: 'odata.rowNotFound' } });
    expect(await send('update', {}, { Code: 'нет', Name: 'x' })).toMatchObject({ kind: 'error', failure: { code: expect.stringMatching(/odata\.(?:rowNotFound|conflict)/) } });
  });

  it('odata 37: changes under versions: a demand is met, a stale one refused', async () => {
    const versioned = { set: 'Versioned' };
    const { etag } = await answerOf<{ etag: string }>(send('create', versioned, { Code: 'a', Name: '1' }));
    expect(etag).toMatch(/"/);
    expect(await send('update', { ...versioned, match: 'none' }, { Code: 'a', Name: '2' })).toMatchObject({ kind: 'error', failure: { code: 'odata.etagNeeded' } });
    await answerOf(send('update', versioned, { Code: 'a', Name: '3' }));
    expect(await send('update', { ...versioned, match: 'etag' }, { Code: 'a', Name: '4', etag })).toMatchObject({ kind: 'error', status: 412, failure: { code: 'odata.conflict' } });
    const now = await answerOf<{ etag: string; row: Value }>(send('get', versioned, { Code: 'a' }));
    expect(now.row).toMatchObject({ Name: '3' });
    await answerOf(send('update', { ...versioned, match: 'etag' }, { Code: 'a', Name: '5', etag: now.etag }));
    expect(await send('update', { ...versioned, match: 'absent' }, { Code: 'a', Name: '6' })).toMatchObject({ kind: 'error', failure: { code: 'odata.keyExists' } });
    await answerOf(send('delete', versioned, { Code: 'a' }));
  });

  it.each(['multipart', 'json'] as const)('odata 38: carries out batches of %s, a failed group not at all', async (format) => {
    const operations = (mark: string): Value => ({ operations: [
      { operation: 'create', id: 'whole', group: 'g', row: { Code: `${mark}-1`, Stock: new Decimal('9007199254740993') } },
      { operation: 'create', group: 'g', row: { Code: `${mark}-2`, 'Whole@odata.bind': '$whole' } },
      { operation: 'create', row: { Code: `${mark}-3`, Name: 'Ы' } },
      { operation: 'update', row: { Code: `${mark}-3`, Name: 'Э' } },
      { operation: 'get', key: { Code: `${mark}-3` } },
    ] });
    const good = await answerOf<{ results: { state: string; row: Value }[] }>(send('batch', { format }, operations(format)));
    expect(good.results.map(({ state }) => state)).toEqual(['done', 'done', 'done', 'done', 'done']);
    expect(good.results[0]?.row).toMatchObject({ Stock: new Decimal('9007199254740993') });
    expect(good.results[4]?.row).toMatchObject({ Name: 'Э' });
    const failed = await send('batch', { format, atomic: true }, { operations: [{ operation: 'create', row: { Code: `${format}-new` } }, { operation: 'create', row: { Code: `${format}-3` } }, { operation: 'create', row: { Code: `${format}-later` } }] });
    expect(failed).toMatchObject({ kind: 'error', failure: { code: 'odata.batchPartly' }, response: { done: 0, failed: 3, results: [{ state: 'failed' }, { state: 'failed' }, { state: 'failed' }] } });
    for (const code of ['new', 'later']) expect(await send('get', {}, { Code: `${format}-${code}` })).toMatchObject({ failure: { code: 'odata.rowNotFound' } });
  });

  it('tells what has changed and was removed since last time, over pages of its own', async () => {
    const follow = async (from: Value): Promise<{ codes: Value[]; removed: Value[]; cursor: Value }> => {
      const [codes, removed]: [Value[], Value[]] = [[], []];
      let cursor = from;
      for (let more = true; more;) {
        const page = await answerOf<{ rows: { Code: Value }[]; removed: { key: Value }[]; next: Value; more: boolean }>(send('changes', { pageRows: 2 }, cursor === null ? {} : { cursor }));
        codes.push(...page.rows.map(({ Code }) => Code));
        removed.push(...page.removed.map(({ key }) => key));
        [cursor, more] = [page.next, page.more];
      }
      return { codes, removed, cursor };
    };
    const first = await follow(null);
    expect(first.codes.length).toBeGreaterThan(3);
    await answerOf(send('create', {}, { Code: 'fresh' }));
    await answerOf(send('update', {}, { Code: 'json-1', Name: 'changed' }));
    await answerOf(send('delete', {}, { Code: 'json-2' }));
    const second = await follow(first.cursor);
    expect([new Set(second.codes), second.removed]).toEqual([new Set(['fresh', 'json-1']), [{ Code: 'json-2' }]]);
    expect(await follow(second.cursor)).toMatchObject({ codes: [], removed: [] });
  });

  it('reads all rows once, page by page, and counts them', async () => {
    const codes: Value[] = [];
    let cursor: Value = null;
    let total: Value = null;
    do {
      const page: { rows: { Code: Value }[]; next: Value; count: Value } = await answerOf(send('query', { pageRows: 4, select: ['Code'], count: true }, cursor === null ? {} : { cursor }));
      codes.push(...page.rows.map(({ Code }) => Code));
      [cursor, total] = [page.next, total ?? page.count];
    } while (cursor !== null);
    expect(new Set(codes).size).toBe(codes.length);
    expect(total).toEqual(new Decimal(codes.length));
  });

  it('is known for what it can do, by reads and by a trial row that it does not keep', async () => {
    const [record] = (await definition.discover?.(context(), { path: '$capabilities', limit: 1 }, never)) ?? [];
    expect(record?.facts).toMatchObject({ batch: ['multipart', 'json'], delta: true, count: true, inOperator: true, serverPaging: true, csrf: false });
    const told = await definition.actions?.['probeWrites']?.run(context({ scratchSet: 'Versioned' }), never);
    expect(told?.en).toContain('a change without a version: HTTP 428');
    expect(told?.en).toContain('the version is checked: yes');
    expect(told?.en).toContain('were removed');
    expect(await answerOf(send('query', { set: 'Versioned' }))).toMatchObject({ rows: [] });
  });
});
