/** Full text search over records: word forms, beginnings, codes, order, pages, and whatever people type. */
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Failure } from '../../src/core/failure.ts';
import type { RecordQuery } from '../../src/core/query.ts';
import { recordTables } from '../../src/store/postgres/records/record-tables.ts';
import { openRecordDatabase, type RecordDatabase } from './record-database.ts';

let db: RecordDatabase;

const document = (searchable: readonly string[]): object => {
  const of = (name: string, rest: object = {}): object => ({ type: 'text', ...rest, ...(searchable.includes(name) ? { searchable: true } : {}) });
  return { name: 'Paper', titleAttribute: 'title', attributes: { title: of('title'), body: of('body'), code: of('code'), secret: 'text', files: { type: 'document', multiple: true, searchable: true }, year: { type: 'number', indexed: true } } };
};

const titles = {
  contract: 'Договор на поставку кабеля',
  act: 'Акт сверки по договору',
  tree: 'Ёлка искусственная',
  cable: 'Cable USB-C to Lightning, чёрный',
  lease: 'Договор аренды склада',
  mail: 'Письмо для ivan.petrov@example.org',
};

beforeAll(async () => {
  db = await openRecordDatabase();
  await db.publish([document(['title', 'body', 'code'])]);
  const body: Partial<Record<keyof typeof titles, string>> = { act: 'Поставки за март, кабель медный', lease: 'Без кабелей' };
  const code: Partial<Record<keyof typeof titles, string>> = { contract: 'АВ-17/2026', cable: 'SKU 000451', lease: '№ 45-ПР' };
  await db.commit(...Object.entries(titles).map(([key, title], index) => db.create('Paper', { title, body: body[key as keyof typeof titles] ?? null, code: code[key as keyof typeof titles] ?? null, secret: 'тайна', year: 2020 + index })));
});
afterAll(() => db.close());

const page = async (query: Partial<RecordQuery>) => {
  const result = await recordTables.read(db.store.readers, { kind: 'query', query: { template: 'Paper', sort: [], limit: 50, ...query } }, db.templates());
  if (result.kind !== 'page') throw new Error('no page');
  return result;
};
const keys = new Map(Object.entries(titles).map(([key, title]) => [title, key]));
const found = async (search: string, more: Partial<RecordQuery> = {}): Promise<readonly string[]> => (await page({ search, ...more })).records.map(({ values }) => keys.get(String(values['title'])) ?? String(values['title']));
const sorted = async (search: string): Promise<readonly string[]> => [...(await found(search))].toSorted();

describe('a search', () => {
  it('finds Russian and English words in any form, and words that are still being typed', async () => {
    expect(await sorted('договоры поставки')).toEqual(['act', 'contract']);
    expect(await sorted('ДОГОВОРАМИ ')).toEqual(['act', 'contract', 'lease']);
    expect(await found('cables')).toContain('cable');
    expect(await found('догов пост')).toEqual([]);
    expect(await sorted('договор пост')).toEqual(['act', 'contract']);
    expect(await found('light')).toEqual(['cable']);
    expect(await found('light ')).toEqual([]);
    expect(await found('на поставку')).toContain('contract');
  });

  it('takes ё for е, Latin for Cyrillic letters that look alike, and codes in pieces', async () => {
    for (const text of ['елка', 'ёлка', 'ЕЛКИ', 'Ёлк']) expect(await found(text), text).toEqual(['tree']);
    expect(await found('черный кабель')).toEqual([]);
    expect(await found('черный usb')).toEqual(['cable']);
    for (const text of ['АВ-17/2026', 'AB-17', 'ab 17', '17/2026', 'AB']) expect(await found(text), text).toContain('contract');
    expect(await found('000451')).toEqual(['cable']);
    expect(await found('45-пр')).toEqual(['lease']);
    expect(await found('ivan.petrov@example')).toEqual(['mail']);
  });

  it('looks for phrases, leaves out what a minus forbids, and asks for nothing by words that say nothing', async () => {
    expect(await found('"договор на поставку"')).toEqual(['contract']);
    expect(await found('"поставку договор"')).toEqual([]);
    expect(await sorted('договор -аренда')).toEqual(['act', 'contract']);
    expect(await sorted('договор -"договор на поставку"')).toEqual(['act', 'lease']);
    expect(await sorted('договор и на по ')).toEqual(['act', 'contract', 'lease']);
    expect(await found('тайна')).toEqual([]);
  });

  it('puts what stands in the title first, and goes with filters, orders and counts', async () => {
    expect((await found('кабель'))[0]).toBe('contract');
    expect(await found('договор', { filter: { op: 'ge', attribute: 'year', value: '2021' } })).toEqual(expect.arrayContaining(['act', 'lease']));
    expect(await found('договор', { sort: [{ attribute: 'year', descending: true }] })).toEqual(['lease', 'act', 'contract']);
    expect(await page({ search: 'договор', count: true, limit: 1 })).toMatchObject({ count: 3, ranked: true });
  });

  it('comes in pages without a gap or a repeat, in the order in which it began', async () => {
    const whole = await found('договор');
    const seen: string[] = [];
    let cursor: string | undefined;
    do {
      const next = await page({ search: 'договор', limit: 1, ...(cursor === undefined ? {} : { cursor }) });
      seen.push(...next.records.map(({ values }) => keys.get(String(values['title'])) ?? ''));
      cursor = next.cursor ?? undefined;
    } while (cursor !== undefined);
    expect(seen).toEqual(whole);
    const first = await page({ search: 'договор', limit: 1 });
    await expect(page({ search: 'договоры', limit: 1, cursor: first.cursor ?? '' })).rejects.toMatchObject({ code: 'query.cursor' });
    await expect(page({ limit: 1, cursor: first.cursor ?? '' })).rejects.toMatchObject({ code: 'query.cursor' });
  });

  it('takes whatever is typed without an error of the database', async () => {
    for (const text of ["'; DROP TABLE x; --", "a' | b:* & !c", '((()))', '\\\\', '<->', ':*', 'a:*:*', '"', '-', "O'Neil", '%_', '\u202e', '1e309', '<b>кабель</b>', 'ﬁ', '𝒜', 'كتاب']) {
      const result = await page({ search: text }).catch((error: unknown) => error);
      if (result instanceof Error) expect(result, text).toMatchObject({ code: 'query.searchEmpty' });
    }
    await expect(page({ search: '-кабель' })).rejects.toBeInstanceOf(Failure);
  });

  it('finds very long texts by their beginning, and the names of files', async () => {
    const long = `начало ${Array.from({ length: 60_000 }, (_, index) => `слово${index}`).join(' ')}`;
    await db.commit(db.create('Paper', { title: 'Длинный', body: long }));
    expect(await found('слово77')).toEqual(['Длинный']);
    const paper = db.template('Paper');
    const files = paper.attributes.find(({ name }) => name === 'files')?.id ?? '';
    await db.session.script(`UPDATE zveno_data.r_${paper.id} SET a_${files} = '[{"name":"Спецификация №5.pdf","type":"application/pdf"}]' WHERE a_${paper.attributes[0]?.id ?? ''} = 'Длинный'`);
    expect(await found('спецификации')).toEqual(['Длинный']);
    expect(await found('application')).toEqual([]);
  });

  it('shows the newest first where more is found than can be ranked, and goes by the index', async () => {
    const paper = db.template('Paper');
    const column = (name: string): string => `a_${paper.attributes.find((attribute) => attribute.name === name)?.id ?? ''}`;
    await db.session.script(`INSERT INTO zveno_data.r_${paper.id} (id, version, created_at, changed_at, origin, ${column('title')}, ${column('year')})
      SELECT gen_random_uuid(), 1, now() + n * interval '1 second', now(), 'import', 'накладная ' || n || CASE WHEN n % 1000 = 0 THEN ' особая' ELSE '' END, n % 50 FROM generate_series(1, 20000) AS n; ANALYZE zveno_data.r_${paper.id}`);
    const first = await page({ search: 'накладные', limit: 2 });
    expect([first.ranked, first.records.map(({ values }) => values['title'])]).toEqual([false, ['накладная 20000 особая', 'накладная 19999']]);
    expect((await page({ search: 'накладные', limit: 2, cursor: first.cursor ?? '' })).records.map(({ values }) => values['title'])).toEqual(['накладная 19998', 'накладная 19997']);
    expect((await page({ search: 'особые накладные', limit: 50 })).records).toHaveLength(20);
    const plans: string[] = [];
    const client = {
      query: async <Row>(statement: { text: string; values: readonly unknown[] }) => {
        const { rows } = await db.session.query<{ 'QUERY PLAN': string }>({ text: `EXPLAIN ${statement.text}`, values: statement.values });
        plans.push(rows.map((row) => row['QUERY PLAN']).join('\n'));
        return db.session.query<Row>(statement);
      },
    };
    await recordTables.read(client, { kind: 'query', query: { template: 'Paper', search: 'особая', sort: [], limit: 50 } }, db.templates());
    expect(plans.join('\n')).toContain(`on s_${paper.id}`);
    expect(plans.join('\n')).not.toContain('Seq Scan');
  });

  it('is refused where nothing is searchable, and follows the template to another set of attributes', async () => {
    const indexes = async (): Promise<number> => (await db.rows(`SELECT indexname FROM pg_indexes WHERE schemaname = 'zveno_data' AND indexname LIKE 's\\_%'`)).length;
    expect(await indexes()).toBe(1);
    await db.publish([document(['code'])]);
    expect(await indexes()).toBe(1);
    expect(await found('аренда')).toEqual([]);
    expect(await found('45-пр')).toEqual(['lease']);
    await db.publish([{ name: 'Paper', attributes: { title: 'text' } }]);
    expect(await indexes()).toBe(0);
    await expect(page({ search: 'договор' })).rejects.toMatchObject({ code: 'query.notSearchable' });
  });
});
