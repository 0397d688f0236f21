/** A create whose answer was lost: what the connector says of it, against a simulated 1C. */
import { describe, expect, it } from 'vitest';
import { startOnecBase, type OnecBase } from '../../../tests/onec/onec-base.ts';
import { Secret, type Value, type Verdict } from '../../sdk/index.ts';
import { callOf } from '../../sdk/testing/context.ts';
import definition from './index.ts';

const route = { set: 'Catalog_Контрагенты', verifyBy: ['ИНН'], verifyWaitMs: 0 };

async function verdictOn(base: OnecBase, properties: Readonly<Record<string, unknown>>, request: Value): Promise<Verdict> {
  const open = base.open();
  try {
    if (open.verify === undefined) throw new Error('this connector can be asked');
    return await open.verify(callOf({ operation: 'create', properties, request }), new AbortController().signal);
  } finally {
    await open.close();
  }
}

describe('a create without an answer', () => {
  it('was not carried out when no row has the fields of its rule', async () => {
    await using base = await startOnecBase();
    expect(await verdictOn(base, route, { 'ИНН': '7799000001' })).toEqual({ kind: 'notDone' });
  });

  it('was carried out when one row has them: that row is the outcome, compared with what was sent', async () => {
    await using base = await startOnecBase();
    await base.ask('create', { set: 'Catalog_Контрагенты' }, { 'ИНН': '7799000002', Description: 'Сокол' });
    expect(await verdictOn(base, route, { 'ИНН': '7799\x020000\x0202', Description: 'Сокол и партнеры' })).toMatchObject({
      kind: 'done',
      receipt: { kind: 'ok', response: { row: { Description: 'Сокол' }, differences: [{ field: 'Description', sent: 'Сокол и партнеры', stored: 'Сокол', kind: 'cut' }], warnings: [{ code: 'odata.controlCharacter' }, { code: 'odata.adopted', field: 'ИНН' }] } },
    });
  });

  it('is for a person when several rows have them, and they are named', async () => {
    await using base = await startOnecBase();
    const keys: string[] = [];
    for (const Description of ['Первый', 'Второй']) {
      const { row } = await base.ask('create', { set: 'Catalog_Контрагенты' }, { 'ИНН': '7799000003', Description });
      keys.push((row as { Ref_Key: string }).Ref_Key);
    }
    const verdict = await verdictOn(base, route, { 'ИНН': '7799000003' });
    expect(verdict).toMatchObject({ kind: 'undecided', failure: { code: 'odata.severalCandidates', next: { kind: 'park' } } });
    for (const key of keys) expect(JSON.stringify(verdict)).toContain(key);
  });

  it('is for a person when the message has no value of its rule, and nobody is asked', async () => {
    await using base = await startOnecBase();
    const before = base.onec.counts().requests;
    expect(await verdictOn(base, route, { 'ИНН': ' \x02 ' })).toMatchObject({ kind: 'undecided', failure: { code: 'odata.verifyBlank', parameters: { field: 'ИНН' } } });
    expect(base.onec.counts().requests - before).toBe(1);
  });

  it('is looked for by references, composite values, dates and numbers too', async () => {
    await using base = await startOnecBase();
    const [partner, bill] = [await base.client.first('Catalog_Контрагенты'), await base.client.first('Document_СчетНаОплату')];
    const row = { 'Контрагент_Key': String(partner['Ref_Key']), Date: '2031-01-02T03:04:05', 'СуммаДокумента': 12.5, 'Основание': String(bill['Ref_Key']), 'Основание_Type': 'StandardODATA.Document_СчетНаОплату' };
    const rule = { set: 'Document_СчетНаОплату', verifyBy: Object.keys(row).filter((name) => !name.endsWith('_Type')), verifyWaitMs: 0 };
    expect(await verdictOn(base, rule, row)).toEqual({ kind: 'notDone' });
    await base.ask('create', { set: 'Document_СчетНаОплату' }, row);
    expect(await verdictOn(base, rule, row)).toMatchObject({ kind: 'done' });
  });

  it('is waited for: a service may still be at the request when it is asked first', async () => {
    await using base = await startOnecBase();
    const asked = verdictOn(base, { ...route, verifyWaitMs: 60_000 }, { 'ИНН': '7799000004' });
    const before = base.onec.counts().requests;
    while (base.onec.counts().requests < before + 2) await new Promise((resolve) => setTimeout(resolve, 5));
    await base.ask('create', { set: 'Catalog_Контрагенты' }, { 'ИНН': '7799000004' });
    expect(await asked).toMatchObject({ kind: 'done' });
  });

  it('stays unknown while the service cannot be asked', async () => {
    const base = await startOnecBase();
    await base[Symbol.asyncDispose]();
    await expect(verdictOn(base, route, { 'ИНН': '1' })).rejects.toMatchObject({ code: 'connection.refused', next: { kind: 'retry' } });
  });

  it('is for a person when he who asks may not read the set', async () => {
    const users = [{ login: 'a', password: 'b', unreadable: ['Catalog_Контрагенты'] }];
    await using base = await startOnecBase({ users }, { auth: 'basic', username: 'a', password: new Secret('b') });
    expect(await verdictOn(base, route, { 'ИНН': '1' })).toMatchObject({ kind: 'undecided', failure: { code: 'odata.noRights' } });
  });
});

describe('a rule', () => {
  it('that names an unknown field is refused before the create is sent', async () => {
    await using base = await startOnecBase();
    await expect(base.send('create', { ...route, verifyBy: ['ИННН'] }, { Description: 'x' })).rejects.toMatchObject({ code: 'odata.unknownField', parameters: { field: 'verifyBy: ИННН', nearest: 'ИНН' } });
  });

  it('makes the operation one that can be asked about', () => {
    const { create } = definition.operations;
    expect([create?.verifiable?.({ set: 'x', verifyBy: ['a'] }), create?.verifiable?.({ set: 'x' })]).toEqual([true, false]);
  });
});
