/** Every situation of the page on failures that a 1C can bring about, brought about by the words of that page and told as it promises. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { onecOptions } from '../../demo/onec/command-line.ts';
import type { OnecOptions } from '../../demo/onec/server.ts';
import { textOf, type Row } from '../../demo/onec/row.ts';
import definition from '../../src/connectors/odata/index.ts';
import { catalogue } from '../../src/core/errors.ts';
import { Failure, failure, isObject, Secret, type ConnectionContext, type Value, type ValueObject } from '../../src/sdk/index.ts';
import { callOf, contextOf, realClock, sendOnce } from '../../src/sdk/testing/context.ts';
import { root } from '../docs/guide-examples.ts';
import { ownMetadata, startOnecBase, type OnecBase } from './onec-base.ts';

interface Situation {
  /** The names of the page's first column. */
  names: string;
  codes: readonly string[];
  /** Words of the simulator's command line; none where the page says something else. */
  words: readonly string[];
}

const codesIn = (text: string): string[] => [...text.matchAll(/`((?:odata|connection|run|route)\.\w+)`/g)].map(([, code = '']) => code);
const wordsIn = (text: string): string[] => [...text.matchAll(/`(--[^`]+)`/g)].flatMap(([, words = '']) => words.split(' '));

const page = readFileSync(join(root, 'docs/guide/onec-failures.md'), 'utf8');
const situations: readonly Situation[] = [...page.matchAll(/^\| ((?:E-|no free|two systems)[^|]+?) \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$/gm)]
  .filter(([, , , , seen = '']) => !seen.includes('another service'))
  .map(([, names = '', , told = '', seen = '']) => ({ names, codes: codesIn(told), words: wordsIn(seen) }));

const ownFile = join(root, 'demo/onec/configuration.edmx.xml');
const plan = 'ExchangePlan_ОбменССайтом';
const partners = 'Catalog_Контрагенты';
const stores = 'Catalog_Склады';
const bills = 'Document_СчетНаОплату';
const stock = 'AccumulationRegister_ОстаткиТоваров';
const nobody = 'aaaaaaaa-0000-4000-8000-000000000001';

/** What an engineer is told: a failure, a warning of an answer, or a line of the log. */
type Told = readonly { code: string; text: string }[];

const failed = (reason: Failure): Told => [{ code: reason.code, text: `${reason.text('ru')} ${reason.text('en')}` }];

const textIn = (value: Value): string => (typeof value === 'string' ? value : '');
const logged = ({ log }: OnecBase): Told => log.lines.map((line) => ({ code: line.split(' ')[1] ?? '', text: line }));

async function call(base: OnecBase, operation: string, properties: ValueObject, request: Value = {}, connection: Readonly<Record<string, unknown>> = {}): Promise<Told> {
  const open = base.open(connection);
  try {
    const receipt = await sendOnce(open, callOf({ operation, properties, request }));
    if (receipt.kind === 'error') return failed(receipt.failure);
    const warnings = isObject(receipt.response) && Array.isArray(receipt.response['warnings']) ? receipt.response['warnings'].filter(isObject) : [];
    return [...warnings.map(({ code = '', detail = '' }) => ({ code: textIn(code), text: textIn(detail) })), ...logged(base)];
  } catch (error) {
    if (error instanceof Failure) return failed(error);
    throw error;
  } finally {
    await open.close();
  }
}

async function check(base: OnecBase, properties: Readonly<Record<string, unknown>> = {}, allow: readonly 'loopback'[] = ['loopback']): Promise<Told> {
  // A definition of any connector stands for its own properties only.
  const context: ConnectionContext<never> = { ...(contextOf(definition, { url: base.onec.url, ...properties }, { name: 'base', allow }) as ConnectionContext<never>), uses: [{ operation: 'query', properties: { set: stores } }] };
  const told: { code: string; text: string }[] = [];
  for await (const stage of definition.check(context, new AbortController().signal)) if (stage.state === 'failed') told.push(...failed(stage.failure ?? failure('connection.rejected', {})));
  return told;
}

const rows = ({ onec: { base } }: OnecBase, set: string): Row[] => [...base.rows(set)];
const postedBill = (base: OnecBase): string => textOf(rows(base, bills).find(({ Posted, DeletionMark }) => Posted === true && DeletionMark === false)?.['Ref_Key']);
const siteNode = (base: OnecBase): string => textOf(rows(base, plan)[1]?.['Ref_Key']);

function change({ onec: { base } }: OnecBase, set: string, fields: Row): void {
  const [row] = base.rows(set);
  base.write(set, { ...row, ...fields });
}

/** How long nobody has asked the base, in the trial that lets it go to sleep. */
let restedMs = 0;

interface Trial {
  /** Words beyond those of the page that make it quick or large enough. */
  more?: readonly string[];
  options?: Partial<OnecOptions>;
  run: (base: OnecBase) => Promise<Told>;
}

/** One trial or more for each row of the page. */
const trials: Readonly<Record<string, readonly Trial[]>> = {
  'E-META-LOAD': [{ run: (base) => call(base, 'query', { set: stores }) }],
  'E-URL-SHAPE': [{ run: (base) => check(base, { url: base.onec.url.replace('/odata/standard.odata', '') }) }],
  'E-ADDR-LOOP': [{ run: (base) => check(base, {}, []) }],
  'E-ADDR-IPPORT': [{ run: (base) => call(base, 'query', { set: stores }, {}, { url: 'http://no-such-name.invalid/base/odata/standard.odata' }) }],
  'E-CONN-REFUSED': [{ async run(base) {
    await base.onec.close();
    return call(base, 'query', { set: stores });
  } }],
  'E-CONN-TIMEOUT': [{ more: ['--pace', 'timeScale=1'], run: (base) => call(base, 'query', { set: stores }, {}, { metadataTimeoutMs: 50, timeoutMs: 50 }) }],
  'E-AUTH': [{ more: ['--login', 'Обмен'], run: (base) => check(base, { auth: 'basic', username: 'Обмен', password: new Secret('не тот') }) }],
  'E-AUTH-HTML': [{ more: ['--login', 'Обмен'], run: (base) => check(base, { auth: 'basic', username: 'Обмен', password: new Secret('не тот') }) }],
  'E-ROLE': [{ more: ['--login', 'odata'], run: (base) => call(base, 'query', { set: stores }, {}, { auth: 'basic', username: 'odata', password: new Secret('odata') }) }],
  'E-COMPOSITION': [{ run: (base) => check(base) }, { more: ['--quirk', 'emptyComposition=off'], run: (base) => check(base) }],
  'E-WEB32': [{ run: (base) => call(base, 'query', { set: stores }) }],
  'E-FILE-RIGHTS': [{ run: (base) => call(base, 'create', { set: stores }, { Description: 'Новый' }) }],
  'E-TIME5': [{ run: (base) => call(base, 'scan', { set: stores }) }],
  'E-UNIQUE': [{ run: (base) => call(base, 'create', { set: partners }, { Description: 'Второй', Code: textOf(rows(base, partners)[0]?.['Code']) }) }],
  'E-WRITE': [{ run: (base) => call(base, 'create', { set: partners }, { Description: 'Плохой !отказ' }) }],
  'E-FK, E-1C-BROKENREF': [{ run: (base) => call(base, 'create', { set: partners }, { Description: 'Новый', 'ГоловнойКонтрагент_Key': nobody }) }],
  'E-COMPOSITE-FILTER': [{ run: (base) => call(base, 'query', { set: bills, filter: { op: 'eq', field: 'Основание', value: nobody } }) }],
  'E-VERSION': [{ run: (base) => call(base, 'query', { set: stores, select: ['Code', 'ИмяИзНовойВерсии'], missingFields: 'skip' }) }],
  'E-LANG': [{ run: (base) => call(base, 'query', { set: stores }) }, { more: ['--quirk', 'englishTexts'], run: (base) => call(base, 'query', { set: stores }) }],
  'E-CONTRACT': [{ run: (base) => call(base, 'query', { set: partners }) }, { run: (base) => call(base, 'scan', { set: partners }) }],
  'E-MAP-NAME': [{ run: (base) => call(base, 'query', { set: stores, select: ['Нет'] }) }, { run: (base) => call(base, 'query', { set: 'Catalog_Нет' }) }],
  'E-MAP-TYPE': [{ run: (base) => call(base, 'create', { set: partners }, { 'ИНН': '1'.repeat(500) }) }, { run: (base) => call(base, 'create', { set: partners }, { 'ЧислоСотрудников': '9223372036854775808' }) }],
  'E-EMPTY': [{ run: (base) => call(base, 'query', { set: stores, onEmpty: 'warn', filter: { op: 'eq', field: 'Code', value: 'нет' } }) }],
  'E-1C-SILENT': [{ options: { metadata: ownMetadata.replaceAll(/ MaxLength="\d+"/g, '') }, run: (base) => call(base, 'update', { set: stores, onDifference: 'fail' }, { Ref_Key: textOf(rows(base, stores)[0]?.['Ref_Key']), 'Адрес': 'я'.repeat(500) }) }],
  'E-1C-LINENO': [{ run: (base) => call(base, 'create', { set: `${bills}_Товары` }, { Ref_Key: postedBill(base), LineNumber: 1 }) }],
  'E-1C-CTRLCHAR': [
    { run: (base) => call(base, 'create', { set: stores }, { Description: 'Со\u0002кол' }) },
    { async run(base) {
      change(base, stores, { Description: 'Со\u0002кол' });
      return call(base, 'selectChanges', { plan, node: siteNode(base) });
    } },
  ],
  'E-1C-BUSINESS': [{ run: (base) => call(base, 'create', { set: partners }, { Description: 'Новый' }) }],
  'E-1C-COLD': [{ options: { now: () => restedMs }, async run(base) {
    // The clock of the pace: what a request has cost has passed, though nobody waited for it.
    const clock = { ...realClock, monotonicMs: () => performance.now() + restedMs + base.onec.counts().workedMs };
    const open = definition.open({ ...contextOf(definition, { url: base.onec.url }, { name: 'base', log: base.log }), clock });
    for (const rest of [0, 3_600_000]) {
      restedMs += rest;
      await sendOnce(open, callOf({ operation: 'query', properties: { set: stores }, request: {} }));
    }
    await open.close();
    return logged(base);
  } }],
  'E-1C-DISK': [{ more: ['--size', '3000'], run: (base) => call(base, 'query', { set: partners, pageRows: 20_000 }) }, { more: ['--size', '3000', '--quirk', 'englishTexts'], run: (base) => call(base, 'query', { set: partners, pageRows: 20_000 }) }],
  'E-1C-MEM': [{ run: (base) => call(base, 'query', { set: stock }) }, { more: ['--quirk', 'englishTexts'], run: (base) => call(base, 'query', { set: stock }) }],
  'no free licence': [{ run: (base) => call(base, 'query', { set: stores }) }, { more: ['--quirk', 'englishTexts'], run: (base) => call(base, 'query', { set: stores }) }],
  'E-1C-BATCH501': [{ run: (base) => call(base, 'batch', { set: stores }, { operations: [{ operation: 'get', key: { Ref_Key: textOf(rows(base, stores)[0]?.['Ref_Key']) } }] }) }],
  'E-1C-NODE': [{ run: (base) => call(base, 'selectChanges', { plan, node: 'нет' }) }, { run: (base) => call(base, 'selectChanges', { plan, node: textOf(rows(base, plan)[0]?.['Ref_Key']) }) }],
  'two systems at one node': [{ async run(base) {
    change(base, stores, { Description: 'Новый' });
    const rival = base.open();
    const read = await sendOnce(rival, callOf({ operation: 'selectChanges', properties: { plan, node: siteNode(base) }, request: {} }));
    await sendOnce(rival, callOf({ operation: 'confirmChanges', properties: { plan, node: siteNode(base) }, request: read.response }));
    await rival.close();
    return call(base, 'selectChanges', { plan, node: siteNode(base) });
  } }],
  'E-1C-UNPUBLISHED': [{ async run(base) {
    change(base, stores, { Description: 'Новый' });
    return call(base, 'selectChanges', { plan, node: siteNode(base), sets: [partners] });
  } }],
  'E-1C-POSTED': [
    { run: (base) => call(base, 'update', { set: bills }, { Ref_Key: postedBill(base), 'Комментарий': 'другой' }) },
    { more: ['--quirk', 'postedLocked=off'], run: (base) => call(base, 'update', { set: bills }, { Ref_Key: postedBill(base), DeletionMark: true }) },
    { more: ['--quirk', 'englishTexts'], run: (base) => call(base, 'update', { set: bills }, { Ref_Key: postedBill(base), 'Комментарий': 'другой' }) },
    { more: ['--quirk', 'postedLocked=off', '--quirk', 'englishTexts', '--quirk', 'nestedErrors'], run: (base) => call(base, 'update', { set: bills }, { Ref_Key: postedBill(base), DeletionMark: true }) },
  ],
  'E-1C-DATEBAN': [{ run: (base) => call(base, 'update', { set: bills }, { Ref_Key: postedBill(base), 'Комментарий': 'другой' }) }, { more: ['--quirk', 'englishTexts'], run: (base) => call(base, 'update', { set: bills }, { Ref_Key: postedBill(base), 'Комментарий': 'другой' }) }],
  'E-1C-PAGE-DRIFT': [{ async run(base) {
    const open = base.open();
    let cursor: Value = null;
    do {
      const receipt = await sendOnce(open, callOf({ operation: 'scan', properties: { set: stores, pageRows: 15 }, request: { cursor } }));
      if (receipt.kind === 'error') throw receipt.failure;
      cursor = isObject(receipt.response) ? (receipt.response['next'] ?? null) : null;
    } while (cursor !== null);
    await open.close();
    return logged(base);
  } }],
  'E-412, E-409': [{ run: (base) => call(base, 'update', { set: stores, match: 'etag' }, { Ref_Key: textOf(rows(base, stores)[0]?.['Ref_Key']), Description: 'x', etag: 'W/"AAAAAAAAAAA="' }) }],
  'E-429': [{ run: (base) => call(base, 'query', { set: stores }) }],
  'E-431/414': [{ run: (base) => call(base, 'query', { set: stores, filter: { op: 'and', of: Array.from({ length: 60 }, (_one, index) => ({ op: 'contains', field: 'Description', value: `очень длинный кусок ${index}` })) } }) }],
  'E-RESP-SIZE': [{ async run(base) {
    change(base, stores, { 'Адрес': 'x'.repeat(5_000) });
    return call(base, 'selectChanges', { plan, node: siteNode(base), maxBytes: 1_000 });
  } }],
  'E-UNKNOWN-OUTCOME': [{ run: (base) => call(base, 'create', { set: stores }, { Description: 'Новый' }) }],
};

/** Shown by tests of whole platforms: a call stopped by a person, a connection switched off. */
const ofPlatforms = ['E-HUNG', 'E-DISABLED'];

describe('the page on failures says how to see', () => {
  it('each situation of 1C, and each of them is tried here', () => {
    expect([...Object.keys(trials), ...ofPlatforms].toSorted()).toEqual(situations.map(({ names }) => names).toSorted());
  });

  it.each(situations.filter(({ names }) => !ofPlatforms.includes(names)))('$names', async ({ names, codes, words }) => {
    for (const { more = [], options = {}, run } of trials[names] ?? []) {
      const who = more.includes('--login') ? [] : ['--anybody'];
      const started = onecOptions(['--port', '0', '--size', '40', '--pace', 'timeScale=0', ...who, ...words.map((word) => (word === 'FILE' ? ownFile : word)), ...more]);
      await using base = await startOnecBase({ ...started, ...options });
      const told = await run(base);
      const seen = told.filter(({ code }) => codes.includes(code));
      expect(seen, `${names} ${more.join(' ')}: ${told.map(({ code }) => code).join(', ')}`).not.toEqual([]);
      for (const { code, text } of seen) expect([Object.hasOwn(catalogue, code), /\{\w+\}/.test(text.replace(/"[^"]*"/g, ''))], text).toEqual([true, false]);
    }
  });
});
