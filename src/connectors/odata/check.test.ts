/** The check of a connection to a simulated 1C: each stage says what is wrong and what to do, and nothing is written. */
import { describe, expect, it } from 'vitest';
import { startOnecBase, type OnecBase } from '../../../tests/onec/onec-base.ts';
import { Secret, type CheckStage, type ConnectionContext, type ValueObject } from '../../sdk/index.ts';
import { contextOf } from '../../sdk/testing/context.ts';
import definition from './index.ts';

interface Trial {
  properties?: Readonly<Record<string, unknown>>;
  allow?: readonly 'loopback'[];
  sets?: readonly string[];
}

async function check(base: OnecBase, { properties = {}, allow, sets = [] }: Trial = {}): Promise<CheckStage[]> {
  const context: ConnectionContext<never> = { ...contextOf(definition, { url: base.onec.url, ...properties }, { name: 'base', ...(allow === undefined ? {} : { allow }) }) as ConnectionContext<never>, uses: sets.map((set): { operation: string; properties: ValueObject } => ({ operation: 'query', properties: { set } })) };
  const stages: CheckStage[] = [];
  for await (const stage of definition.check(context, new AbortController().signal)) stages.push(stage);
  return stages;
}

const user = { login: 'Обмен', password: 'пароль' };
const signIn = (password: string) => ({ auth: 'basic', username: 'Обмен', password: new Secret(password) });

describe('the check of a 1C base', () => {
  it('odata 1: offers the address with its suffix, and with it tells how many sets of each kind there are', async () => {
    await using base = await startOnecBase();
    const offered = (await check(base, { properties: { url: base.onec.url.replace('/odata/standard.odata', '') } })).at(-1);
    expect(offered).toMatchObject({ state: 'failed', failure: { code: 'odata.addressSuffix', parameters: { suggestion: base.onec.url } } });
    const stages = await check(base);
    expect(stages.every(({ state }) => state !== 'failed')).toBe(true);
    expect(stages.find(({ stage }) => stage === 'permission')).toMatchObject({ detail: { ru: expect.stringMatching(/Catalog 4, Document 1, InformationRegister 1/) } });
  });

  it('odata 2, 3: a Cyrillic sign-in goes in UTF-8; a wrong password is told with what the server offers, and appears nowhere', async () => {
    await using base = await startOnecBase({ users: [user] });
    expect((await check(base, { properties: signIn('пароль') })).at(-1)).toMatchObject({ stage: 'capabilities', state: 'ok' });
    const failed = (await check(base, { properties: signIn('неверный-пароль') })).at(-1);
    expect(failed).toMatchObject({ stage: 'authentication', failure: { code: 'odata.signInRefused', parameters: { user: 'Обмен', schemes: 'Basic' } } });
    expect(JSON.stringify(failed)).not.toContain('неверный-пароль');
  });

  it('odata 4: a page for signing in that comes with 200 is told as such', async () => {
    await using base = await startOnecBase({ users: [user], quirks: { htmlSignIn: true } });
    expect((await check(base, { properties: signIn('нет') })).at(-1)).toMatchObject({ stage: 'authentication', failure: { code: 'odata.htmlPage' } });
  });

  it('odata 5: an empty composition is told with the text that publishes what the routes use', async () => {
    await using base = await startOnecBase({ quirks: { emptyComposition: true } });
    const failed = (await check(base, { sets: ['Catalog__ДоговорПоставки', 'Document_СчетНаОплату'] })).at(-1);
    expect(failed).toMatchObject({ stage: 'permission', failure: { code: 'odata.emptyComposition', parameters: { snippet: 'Состав = Новый Массив; Состав.Добавить(Метаданные.Справочники._ДоговорПоставки); Состав.Добавить(Метаданные.Документы.СчетНаОплату); УстановитьСоставСтандартногоИнтерфейсаOData(Состав);' } } });
  });

  it('a set of a route that is not in the composition is named, with the whole composition to set', async () => {
    await using base = await startOnecBase();
    const failed = (await check(base, { sets: ['Catalog_Валюты', 'Catalog_Склады'] })).at(-1);
    expect(failed).toMatchObject({ stage: 'permission', failure: { code: 'odata.notInComposition', parameters: { sets: 'Catalog_Валюты', snippet: expect.stringMatching(/Справочники\.Склады.*Справочники\.Валюты/) } } });
  });

  it('odata 6: an address that leads to ourselves is refused before anything is asked', async () => {
    await using base = await startOnecBase();
    const before = base.onec.counts().requests;
    for (const host of ['localhost', '127.0.0.1', '127.1', '[::1]']) {
      expect((await check(base, { properties: { url: base.onec.url.replace('127.0.0.1', host) }, allow: [] })).at(-1)).toMatchObject({ stage: 'address', failure: { code: 'connection.addressForbidden' } });
    }
    expect(base.onec.counts().requests).toBe(before);
  });

  it('refuses a name and a password inside the address', () => {
    expect(() => contextOf(definition, { url: 'http://admin:secret@1c.example/odata/standard.odata' })).toThrow(expect.objectContaining({ code: 'spec.refused' }));
  });

  it('odata 49: a set that a route uses and the user may not read is named, though others can be read', async () => {
    await using base = await startOnecBase({ users: [{ ...user, unreadable: ['Document_СчетНаОплату'] }] });
    const failed = (await check(base, { properties: signIn('пароль'), sets: ['Catalog_Склады', 'Document_СчетНаОплату'] })).at(-1);
    expect(failed).toMatchObject({ stage: 'sample', failure: { code: 'odata.noRights', parameters: { set: 'Document_СчетНаОплату' } } });
  });

  it('says where there is no OData at all, and from which release on there is', async () => {
    await using base = await startOnecBase();
    expect((await check(base, { properties: { url: base.onec.url.replace('/base/', '/basis/') } })).at(-1)).toMatchObject({ failure: { code: 'odata.notPublished' } });
  });
});
