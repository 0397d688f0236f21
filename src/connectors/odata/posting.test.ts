/** Documents that are posted around their writes, against a simulated 1C. */
import { describe, expect, it } from 'vitest';
import { startOnecBase, type OnecBase } from '../../../tests/onec/onec-base.ts';

const bills = { set: 'Document_СчетНаОплату' };

async function bill(base: OnecBase, posted: boolean): Promise<string> {
  const found = (await base.client.rows('Document_СчетНаОплату')).find(({ Posted, DeletionMark }) => Posted === posted && DeletionMark === false);
  return (found as { Ref_Key: string }).Ref_Key;
}
const stored = async (base: OnecBase, key: string): Promise<Record<string, unknown>> => (await base.client.get(`Document_СчетНаОплату(guid'${key}')`)).json;

/** What was asked of the base, by its own record. */
function watched(base: OnecBase): string[] {
  const asked: string[] = [];
  base.onec.base.onChange(({ set, key }) => asked.push(`${set} ${base.onec.base.find(set, key)?.['Posted'] === true}`));
  return asked;
}

describe('an update of a posted document', () => {
  it('unposts, writes and posts again', async () => {
    await using base = await startOnecBase();
    const key = await bill(base, true);
    const asked = watched(base);
    expect(await base.ask('update', { ...bills, posting: 'unpostBeforeUpdate' }, { Ref_Key: key, 'Комментарий': 'новый' })).toMatchObject({ posted: true, differences: [] });
    expect(asked).toEqual(['Document_СчетНаОплату false', 'Document_СчетНаОплату false', 'Document_СчетНаОплату true']);
    expect(await stored(base, key)).toMatchObject({ Posted: true, 'Комментарий': 'новый' });
  });

  it('leaves one that was not posted as it was, unless it is to be posted', async () => {
    await using base = await startOnecBase();
    const key = await bill(base, false);
    for (const posting of ['unpostBeforeUpdate', 'postIfPosted']) await base.ask('update', { ...bills, posting }, { Ref_Key: key, 'Комментарий': posting });
    expect(await stored(base, key)).toMatchObject({ Posted: false, 'Комментарий': 'postIfPosted' });
    await base.ask('update', { ...bills, posting: 'post' }, { Ref_Key: key, 'Комментарий': 'x' });
    expect(await stored(base, key)).toMatchObject({ Posted: true });
  });

  it('that is written and refused to be posted says precisely that, with the row, and waits for a person', async () => {
    await using base = await startOnecBase();
    const key = await bill(base, true);
    // 1C posts nothing that is marked for deletion.
    const receipt = await base.send('update', { ...bills, posting: 'unpostBeforeUpdate' }, { Ref_Key: key, DeletionMark: true });
    expect(receipt).toMatchObject({ kind: 'error', failure: { code: 'odata.notPosted', next: { kind: 'park' }, problems: [{ code: 'odata.business' }] }, response: { posted: false, row: { DeletionMark: true } } });
    expect(receipt.kind === 'error' && receipt.failure.parameters['detail']).toContain('омеченный на удаление');
    expect(await stored(base, key)).toMatchObject({ Posted: false, DeletionMark: true });
  });

  it('that 1C refuses is posted again, so that nothing has changed', async () => {
    await using base = await startOnecBase();
    const key = await bill(base, true);
    expect(await base.send('update', { ...bills, posting: 'unpostBeforeUpdate' }, { Ref_Key: key, 'Комментарий': 'нет !отказ' })).toMatchObject({ kind: 'error', failure: { code: 'odata.notWritten' } });
    expect(await stored(base, key)).toMatchObject({ Posted: true });
  });

  it('is refused for a set without posting', async () => {
    await using base = await startOnecBase();
    await expect(base.send('update', { set: 'Catalog_Контрагенты', posting: 'post' }, { Ref_Key: '2e11e0f0-fea6-45c1-8003-511ae023de33' })).rejects.toMatchObject({ code: 'odata.notPostable' });
  });
});

describe('a document that is created', () => {
  it('is posted where the route says so', async () => {
    await using base = await startOnecBase();
    const made = await base.ask('create', { ...bills, posting: 'post' }, { 'Комментарий': 'сразу' });
    expect(made).toMatchObject({ posted: true });
    expect(await stored(base, (made['row'] as { Ref_Key: string }).Ref_Key)).toMatchObject({ Posted: true });
  });
});

describe('a deletion', () => {
  it('by mark unposts the document, marks it and leaves it there', async () => {
    await using base = await startOnecBase();
    const key = await bill(base, true);
    await base.ask('delete', { ...bills, deletion: 'mark' }, { Ref_Key: key });
    expect(await stored(base, key)).toMatchObject({ Posted: false, DeletionMark: true });
  });

  it('by mark is refused where there is none, and nothing is sent', async () => {
    await using base = await startOnecBase();
    const { Period, 'Номенклатура_Key': goods } = await base.client.first('InformationRegister_ЦеныНоменклатуры');
    await expect(base.send('delete', { set: 'InformationRegister_ЦеныНоменклатуры', deletion: 'mark' }, { Period: String(Period), 'Номенклатура_Key': String(goods) })).rejects.toMatchObject({ code: 'odata.notMarkable' });
  });
});
