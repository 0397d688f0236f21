/** Where a search was found in the records of a page, by the same stems as the index has. */
import { fileValue, isFileType } from '../../../core/file.ts';
import { fleetingForms } from '../../../core/fleeting-vowels.ts';
import { hitIn, wordsOf, type SearchHit, type WantedWords } from '../../../core/search-hit.ts';
import { readSearch, withoutLookalikes, type SearchTerm } from '../../../core/search.ts';
import type { RecordData, ScalarAttribute, Template } from '../../../core/template.ts';
import { isObject } from '../../../core/value.ts';
import type { Queryable } from '../statement.ts';
import { searchableOf } from './search-sql.ts';

/** A page of long texts has more words than anybody reads: those beyond are found as they are written. */
const mostStemmed = 20_000;

/** By the record's id. */
export async function searchHits(client: Queryable, template: Template, search: string, records: readonly RecordData[]): Promise<ReadonlyMap<string, readonly SearchHit[]>> {
  const terms = readSearch(search).filter(({ negated }) => !negated);
  const attributes = searchableOf(template);
  const looked = terms.flatMap(({ words }) => words.flatMap((word) => [word, ...fleetingForms(word).inflected]));
  // Stems are beginnings of their words, so only words with the first letter of one can have it.
  const letters = new Set(looked.map((word) => word.slice(0, 1)));
  const candidates = new Set<string>();
  for (const record of records) for (const attribute of attributes) for (const { word } of wordsOf(textOf(attribute, record))) if (letters.has(word.slice(0, 1)) && candidates.size < mostStemmed) candidates.add(word);
  const stems = await stemsOf(client, [...new Set([...looked, ...candidates])]);
  const wanted = wantedOf(terms, looked, stems);
  return new Map(records.map((record) => [record.id, attributes.flatMap((attribute) => hitIn(attribute.name, textOf(attribute, record), wanted, (word) => stems.get(word)) ?? [])]));
}

function wantedOf(terms: readonly SearchTerm[], looked: readonly string[], stems: ReadonlyMap<string, string>): WantedWords {
  const written = terms.flatMap(({ words }) => words.flatMap((word) => [word, ...fleetingForms(word).written])).map(withoutLookalikes);
  const begun = terms.flatMap(({ words, prefix }) => (prefix ? [withoutLookalikes(words.at(-1) ?? '')] : []));
  return { written: new Set(written), stems: new Set(looked.flatMap((word) => stems.get(word) ?? [])), begun };
}

/** Words that mean nothing alone have no stem. */
async function stemsOf(client: Queryable, words: readonly string[]): Promise<ReadonlyMap<string, string>> {
  const { rows } = await client.query<{ word: string; stem: string | null }>({
    text: `SELECT w AS word, (CASE WHEN w ~ '^[a-z]+$' THEN ts_lexize('pg_catalog.english_stem', w) ELSE ts_lexize('pg_catalog.russian_stem', w) END)[1] AS stem FROM unnest($1::text[]) AS w`,
    values: [words],
  });
  return new Map(rows.flatMap(({ word, stem }) => (stem === null ? [] : [[word, stem] as const])));
}

function textOf(attribute: ScalarAttribute, { values }: RecordData): string {
  const value = values[attribute.name];
  if (typeof value !== 'string') return '';
  if (!isFileType(attribute.type)) return value;
  const files = fileValue({ multiple: true }, value);
  return Array.isArray(files) ? files.map((file) => (isObject(file) && typeof file['name'] === 'string' ? file['name'] : '')).join(', ') : '';
}
