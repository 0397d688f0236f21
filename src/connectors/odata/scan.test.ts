/** Whole sets, however large and slow, from the simulated 1C. */
import { describe, expect, it } from 'vitest';
import { instantPace, startOnecBase, type OnecBase } from '../../../tests/onec/onec-base.ts';
import { emptyRowOf } from '../../../tests/onec/empty-row.ts';
import { Decimal, type Value, type ValueObject } from '../../sdk/index.ts';
import { firstScan, parseScanCursor, printScanCursor } from './scan-cursor.ts';
import { firstWindow, narrower, nextWidth, windowBefore, windowDownTo, windowText } from './scan-window.ts';

const documents = 'Document_СчетНаОплату';
const prices = 'InformationRegister_ЦеныНоменклатуры';
const stock = 'AccumulationRegister_ОстаткиТоваров';
const catalog = 'Catalog_Номенклатура';

const keyOf = (base: OnecBase, set: string, row: ValueObject): string => JSON.stringify((base.onec.base.role(set)?.shape.keys ?? []).map((name) => row[name]));
const allKeys = (base: OnecBase, set: string): string[] => [...base.onec.base.rows(set)].map((row) => keyOf(base, set, row as ValueObject)).sort();

interface Whole {
  keys: string[];
  calls: number;
  drifts: number;
}

/** Reads to the end; `between` is called after each page. */
async function readWhole(base: OnecBase, properties: Readonly<Record<string, unknown>> & { set: string }, between: (page: number) => void = () => undefined): Promise<Whole> {
  const whole: Whole = { keys: [], calls: 0, drifts: 0 };
  for (let cursor: Value = null; ; ) {
    const { rows, next, drift } = await base.ask('scan', properties, { cursor });
    whole.calls += 1;
    if (drift === true) whole.drifts += 1;
    whole.keys.push(...(rows as ValueObject[]).map((row) => keyOf(base, properties.set, row)));
    if (next === null || next === undefined) return whole;
    between(whole.calls);
    cursor = next;
  }
}

const logged = (base: OnecBase, event: string): Record<string, Value>[] => base.log.lines.filter((line) => line.includes(` ${event} `)).map((line) => JSON.parse(line.slice(line.indexOf('{'))) as Record<string, Value>);

describe('a whole set', () => {
  it.each([
    ['a catalog by pages', catalog, { windows: 'off', pageRows: 37 }],
    ['documents by pages', documents, { windows: 'off', pageRows: 50 }],
    ['documents by windows, those of the years 1 and 209 too', documents, { windows: 'always', pageRows: 100 }],
    ['a register of prices by windows', prices, { windows: 'always', pageRows: 30 }],
    ['a register by recorder, by the periods of its records', stock, { windows: 'always', pageRows: 40 }],
  ])('%s has each row once', async (_name, set, properties) => {
    await using base = await startOnecBase({ size: { rows: 400 } });
    const { keys, drifts } = await readWhole(base, { set, ...properties });
    // The records of one recorder may lie in several windows.
    const read = set === stock ? [...new Set(keys)].sort() : keys.sort();
    expect(read).toEqual(allKeys(base, set));
    expect(drifts).toBe(0);
  });

  it('begins with a probe and goes on with as many rows as the wanted bytes hold', async () => {
    await using base = await startOnecBase({ size: { rows: 120, partRows: 10 } });
    await readWhole(base, { set: documents, windows: 'off', targetBytes: 20_000 });
    const pages = logged(base, 'odata.pageRead');
    expect(pages[0]).toMatchObject({ asked: 20, rows: 20 });
    for (const { bytes } of pages.slice(2)) expect(bytes).toBeLessThan(40_000);
    expect(pages.length).toBeGreaterThan(5);
  });

  it('is read by windows only past twenty pages', async () => {
    await using base = await startOnecBase({ size: { rows: 200 } });
    await readWhole(base, { set: documents, pageRows: 50 });
    expect(logged(base, 'odata.pageRead').every(({ from }) => from === null)).toBe(true);
    await readWhole(base, { set: documents, pageRows: 5 });
    expect(logged(base, 'odata.pageRead').some(({ from }) => from !== null)).toBe(true);
  });

  it('is read by windows where the service cannot count', async () => {
    await using base = await startOnecBase({ size: { rows: 60 }, quirks: { noCount: true } });
    expect((await readWhole(base, { set: documents, pageRows: 50 })).keys.sort()).toEqual(allKeys(base, documents));
    expect(logged(base, 'odata.pageRead').some(({ from }) => from !== null)).toBe(true);
  });

  it('holds only what the filter wants, with the condition of the window beside it', async () => {
    await using base = await startOnecBase({ size: { rows: 300 } });
    const filter = { op: 'eq', field: 'Posted', value: true };
    const { keys } = await readWhole(base, { set: documents, filter, windows: 'always', select: ['Number', 'Date'] });
    const wanted = [...base.onec.base.rows(documents)].filter((row) => row['Posted'] === true).map((row) => keyOf(base, documents, row as ValueObject)).sort();
    expect(keys.sort()).toEqual(wanted);
  });

  it('is only what may be read where rows are hidden', async () => {
    await using base = await startOnecBase({ size: { rows: 200 }, users: [{ login: 'o', password: '', restricted: [documents] }] }, { auth: 'basic', username: 'o' });
    expect(await base.send('scan', { set: documents })).toMatchObject({ kind: 'error', failure: { code: 'odata.noRights' } });
    const { keys } = await readWhole(base, { set: documents, allowedOnly: true, windows: 'always' });
    expect(keys.length).toBeGreaterThan(100);
    expect(keys.length).toBeLessThan(200);
  });
});

describe('a service that does not manage', () => {
  it('for lack of disk is asked for smaller pages', async () => {
    await using base = await startOnecBase({ size: { rows: 24, partRows: 500 }, quirks: { diskFull: true } });
    expect((await readWhole(base, { set: documents, windows: 'off', targetBytes: 10_000_000 })).keys.sort()).toEqual(allKeys(base, documents));
    expect(logged(base, 'odata.pageShrunk').length).toBeGreaterThan(0);
  });

  it('for lack of memory over a register is asked by windows', async () => {
    await using base = await startOnecBase({ size: { rows: 150 }, quirks: { memoryFull: true, noCount: true } });
    const { keys } = await readWhole(base, { set: stock });
    expect([...new Set(keys)].sort()).toEqual(allKeys(base, stock));
  });

  it('within five minutes is cut off, and asked for less until it does', async () => {
    await using base = await startOnecBase({ size: { rows: 40, partRows: 20 }, pace: { ...instantPace(), kilobyteMs: 20_000 } });
    expect((await readWhole(base, { set: documents, windows: 'off', targetBytes: 100_000 })).keys.sort()).toEqual(allKeys(base, documents));
    const [first] = logged(base, 'odata.pageShrunk');
    expect(first).toMatchObject({ rows: 10 });
  });

  it('even for one row is told with set and fields to leave out', async () => {
    await using base = await startOnecBase({ size: { rows: 5 }, pace: { ...instantPace(), kilobyteMs: 1_000_000 } });
    await expect(base.send('scan', { set: catalog })).rejects.toMatchObject({ code: 'odata.readTooSlow', parameters: { set: catalog, rows: 1 }, next: { kind: 'retry' } });
  });
});

describe('rows that come while a set is read', () => {
  const insert = (base: OnecBase, Description: string): void => {
    const row = { ...emptyRowOf(base.onec.base, catalog), Ref_Key: base.onec.base.newGuid(), Description, Code: base.onec.base.newCode(catalog), DataVersion: base.onec.base.nextVersion() };
    base.onec.base.write(catalog, row);
  };

  it('before the place that was reached make the reading begin anew, so that none is lost', async () => {
    await using base = await startOnecBase({ size: { rows: 200 } });
    const { keys, drifts } = await readWhole(base, { set: catalog, pageRows: 30 }, (page) => { if (page === 2) insert(base, 'А'); });
    expect([...new Set(keys)].sort()).toEqual(allKeys(base, catalog));
    expect(drifts).toBe(1);
    expect(logged(base, 'odata.pageDrift')).toMatchObject([{ set: catalog, detail: 'border', again: true }]);
  });

  it('after it are read with the others', async () => {
    await using base = await startOnecBase({ size: { rows: 200 } });
    const { keys, drifts } = await readWhole(base, { set: catalog, pageRows: 30 }, (page) => { if (page === 2) insert(base, 'Я'); });
    expect([keys.sort(), drifts]).toEqual([allKeys(base, catalog), 0]);
  });

  it('and go, so that others would be passed over, make it begin anew', async () => {
    await using base = await startOnecBase({ size: { rows: 200 } });
    const [first] = await base.client.rows(catalog, { $orderby: 'Ref_Key', $top: 1 });
    const { keys, drifts } = await readWhole(base, { set: catalog, pageRows: 30 }, (page) => {
      if (page === 2) base.onec.base.remove(catalog, { Ref_Key: String(first?.['Ref_Key']) });
    });
    expect(drifts).toBe(1);
    expect([...new Set(keys)].filter((key) => !key.includes(String(first?.['Ref_Key']))).sort()).toEqual(allKeys(base, catalog));
  });

  it('on pages of a few heavy rows are found by the key of the row before', async () => {
    await using base = await startOnecBase({ size: { rows: 30 } });
    const { keys, drifts } = await readWhole(base, { set: catalog, pageRows: 7 }, (page) => { if (page === 2) insert(base, 'А'); });
    expect([[...new Set(keys)].sort(), drifts]).toEqual([allKeys(base, catalog), 1]);
  });

  it('again and again do not keep the reading from its end', async () => {
    await using base = await startOnecBase({ size: { rows: 60 } });
    const { drifts } = await readWhole(base, { set: catalog, pageRows: 20 }, (page) => insert(base, `А${page}`));
    expect(drifts).toBeGreaterThan(2);
    expect(logged(base, 'odata.pageDrift').at(-1)).toMatchObject({ again: false });
  });
});

it('a table part is not read page by page', async () => {
  await using base = await startOnecBase();
  await expect(base.send('scan', { set: `${documents}_Товары` })).rejects.toMatchObject({ code: 'odata.tablePartAlone', parameters: { owner: documents } });
});

it.each(['zzz', 5, 'e30', Buffer.from('{"size":0,"skip":0,"pages":0,"empty":0,"attempt":0,"read":0,"startMs":1}').toString('base64url'), Buffer.from(`{"size":5,"skip":0,"pages":0,"empty":0,"attempt":0,"read":0,"startMs":1,"window":{"from":"2026-01-01' or 1 eq 1","to":null,"days":30}}`).toString('base64url')])('the cursor %j is refused', async (cursor) => {
  await using base = await startOnecBase();
  await expect(base.send('scan', { set: documents }, { cursor })).rejects.toMatchObject({ code: 'odata.cursor' });
});

it('a cursor is read as it was printed', () => {
  const cursor = { ...firstScan(1_000, 7), window: firstWindow(Date.UTC(2026, 0, 31)), last: 'abc' };
  expect(parseScanCursor('base', printScanCursor(cursor))).toEqual(cursor);
});

describe('a window', () => {
  const window = firstWindow(Date.UTC(2026, 0, 31));
  it('begins thirty days ago and is open to the future', () => expect(window).toEqual({ from: '2026-01-01T00:00:00', to: null, days: 30 }));
  it('is followed by the one before it, without a gap', () => expect(windowBefore(window)).toEqual({ from: '2025-12-02T00:00:00', to: '2026-01-01T00:00:00', days: 30 }));
  it('reaches below the first year only by being open', () => expect(windowDownTo(window, '0001-01-05T00:00:00')).toMatchObject({ from: null, to: '2026-01-01T00:00:00' }));
  it('is followed by none when it is open to the past', () => expect(windowBefore({ from: null, to: '0209-01-01T00:00:00', days: 30 })).toBeUndefined());
  it('is halved down to one day', () => {
    expect(narrower({ from: '2026-01-01T00:00:00', to: '2026-01-03T00:00:00', days: 30 }, 0)).toEqual({ from: '2026-01-02T00:00:00', to: '2026-01-03T00:00:00', days: 1 });
    expect(narrower({ from: '2026-01-02T00:00:00', to: '2026-01-03T00:00:00', days: 1 }, 0)).toBeUndefined();
  });
  it.each([[30, 1, 3, 100, 60], [30, 1, 90, 100, 30], [30, 25, 2_000, 100, 15], [1, 25, 2_000, 100, 1], [3_650, 1, 0, 100, 3_650]])('of %i days with %i pages and %i rows at %i is followed by one of %i', (days, pages, rows, size, next) => expect(nextWidth(days, pages, rows, size, 20)).toBe(next));
  it('is a condition on a field or on the records inside', () => {
    expect(windowText({ field: 'Date' }, { from: null, to: '2026-01-01T00:00:00', days: 1 })).toBe("Date lt datetime'2026-01-01T00:00:00'");
    expect(windowText({ field: 'Period', inside: 'RecordSet' }, { from: '2026-01-01T00:00:00', to: '2026-01-02T00:00:00', days: 1 })).toBe("RecordSet/any(r: r/Period ge datetime'2026-01-01T00:00:00' and r/Period lt datetime'2026-01-02T00:00:00')");
    expect(windowText({ field: 'Date' }, { from: null, to: null, days: 1 })).toBeUndefined();
  });
});

it('the number of rows read so far is told', async () => {
  await using base = await startOnecBase({ size: { rows: 50 } });
  const first = await base.ask('scan', { set: catalog, pageRows: 30 });
  expect(first).toMatchObject({ read: new Decimal(20), drift: false });
  expect(await base.ask('scan', { set: catalog, pageRows: 30 }, { cursor: first['next'] ?? null })).toMatchObject({ read: new Decimal(50) });
});
