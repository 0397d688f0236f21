/** Words with a vowel that comes and goes are found by their other form: measured over a list, with and without the rules. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { fleetingForms } from '../../src/core/fleeting-vowels.ts';
import { recordTables } from '../../src/store/postgres/records/record-tables.ts';
import { openRecordDatabase, type RecordDatabase } from './record-database.ts';
import { heldOut, otherWords, sameWord } from './word-forms.ts';

let db: RecordDatabase;
let stems: ReadonlyMap<string, string>;

beforeAll(async () => {
  db = await openRecordDatabase();
  await db.publish([{ name: 'Word', titleAttribute: 'word', attributes: { word: { type: 'text', searchable: true } } }]);
  const words = [...new Set([...sameWord, ...heldOut, ...otherWords].flat())];
  for (let from = 0; from < words.length; from += 100) await db.commit(...words.slice(from, from + 100).map((word) => db.create('Word', { word })));
  const { rows } = await db.store.readers.query<{ word: string; stem: string }>({ text: `SELECT w AS word, (ts_lexize('pg_catalog.russian_stem', w))[1] AS stem FROM unnest($1::text[]) AS w`, values: [words] });
  stems = new Map(rows.map(({ word, stem }) => [word, stem]));
});
afterAll(() => db.close());

async function finds(word: string, other: string): Promise<boolean> {
  const result = await recordTables.read(db.store.readers, { kind: 'query', query: { template: 'Word', search: `${word} `, sort: [], limit: 100 } }, db.templates());
  return result.kind === 'page' && result.records.some(({ values }) => values['word'] === other);
}

const missed = async (pairs: readonly (readonly [string, string])[]): Promise<string[]> => {
  const found: string[] = [];
  for (const [one, other] of pairs) for (const [from, to] of [[one, other], [other, one]] as const) if (!(await finds(from, to))) found.push(`${from} → ${to}`);
  return found;
};

it('finds the other form both ways, where stems alone do not', async () => {
  const before = sameWord.filter(([one, other]) => stems.get(one) !== stems.get(other)).length;
  const not = await missed(sameWord);
  expect(before).toBeGreaterThan(100);
  expect(not).toEqual([]);
});

it('finds words that no rule was made for', async () => {
  const alone = heldOut.filter(([one, other]) => stems.get(one) !== stems.get(other));
  expect(alone.length).toBeGreaterThan(40);
  expect(await missed(heldOut)).toEqual(['серьга → серег', 'серег → серьга', 'хребта → хребет']);
});

it('joins no words that only look alike, but for those with a form in common', async () => {
  const joined: string[] = [];
  for (const [one, other] of otherWords) for (const [from, to] of [[one, other], [other, one]] as const) if (await finds(from, to)) joined.push(`${from} → ${to}`);
  // Those forms are also forms of the other word, or share its stem: «банка» is a jar and of a bank.
  const stemmed = otherWords.filter(([one, other]) => stems.get(one) === stems.get(other)).flatMap(([one, other]) => [`${one} → ${other}`, `${other} → ${one}`]);
  expect(joined.filter((pair) => !stemmed.includes(pair))).toEqual(['банок → банк', 'парок → парк', 'полок → полк', 'порок → порка', 'порка → порок', 'урок → урка', 'урка → урок']);
});

it('says few forms of a word, and none of what is no Russian word', () => {
  for (const word of ['invoice', 'ab17', '000451', 'мебели', 'а', 'к', 'срок', 'блок', '']) expect([word, fleetingForms(word)]).toEqual([word, { inflected: [], written: [] }]);
  for (const [one, other] of sameWord) for (const word of [one, other]) expect(Object.values(fleetingForms(word)).flat().length).toBeLessThan(11);
});
