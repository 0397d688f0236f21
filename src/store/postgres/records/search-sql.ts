/** Full text search: what is indexed of a record, and a search as the database asks for it. */
import { createHash } from 'node:crypto';
import { isFileType } from '../../../core/file.ts';
import { failure } from '../../../core/failure.ts';
import { fleetingForms } from '../../../core/fleeting-vowels.ts';
import { readSearch, withoutLookalikes, type SearchTerm } from '../../../core/search.ts';
import type { ScalarAttribute, Template } from '../../../core/template.ts';
import type { Parameters } from './parameters.ts';
import { column, searchIndex } from './physical-names.ts';

/** What is looked into. */
export const searchableOf = (template: Template): readonly ScalarAttribute[] => template.attributes.filter((attribute) => attribute.kind === 'scalar').filter(({ searchable }) => searchable === true);

/** As `zveno.search_text` has it. */
const searchedCharacters = 60_000;

/** Undefined when nothing is searchable. `prefix` goes before the names of columns. */
function vectorSql(template: Template, prefix: string): string | undefined {
  const all = searchableOf(template);
  const title = all.find(({ name }) => name === template.titleAttribute);
  const rest = all.filter((attribute) => attribute !== title).toSorted((left, right) => (left.id < right.id ? -1 : 1));
  // Each has its share of what one row of the index can hold, so that no long text hides the others.
  const share = Math.floor(searchedCharacters / Math.max(rest.length, 1));
  const textOf = (attribute: ScalarAttribute): string => (isFileType(attribute.type) ? `left(zveno.file_names(${prefix}${column(attribute)}), ${share})` : `left(COALESCE(${prefix}${column(attribute)}, ''), ${share})`);
  const parts = [
    ...(title === undefined ? [] : [`setweight(zveno.search_vector(${textOf(title)}), 'A')`]),
    ...(rest.length === 0 ? [] : [`zveno.search_vector(${rest.map(textOf).join(" || ' ' || ")})`]),
  ];
  return parts.length === 0 ? undefined : parts.join(' || ');
}

/** Another set of attributes is another index, so that the old one serves until the new one stands. */
export function searchIndexOf(template: Template): { index: string; expression: string } | undefined {
  const expression = vectorSql(template, '');
  if (expression === undefined) return undefined;
  return { index: searchIndex(template.id, createHash('sha256').update(expression).digest('hex').slice(0, 8)), expression: `(${expression})` };
}

export interface SearchSql {
  condition: string;
  /** How well a record fits, the same for the same record and search. */
  rank: string;
}

/** Throws `query.notSearchable` and what is wrong with the text. */
export function searchSql(template: Template, search: string, parameters: Parameters): SearchSql {
  const vector = vectorSql(template, 'r.');
  if (vector === undefined) throw failure('query.notSearchable', { template: template.name });
  const asked = readSearch(search).map((term) => `(${termSql(term, parameters)})`).join(' && ');
  return { condition: `(${vector}) @@ (${asked})`, rank: `round(ts_rank((${vector}), (${asked}))::numeric, 6)` };
}

const anyOf = (configuration: 'russian' | 'simple', words: readonly string[], parameters: Parameters): string => (words.length === 0 ? '' : ` || to_tsquery('pg_catalog.${configuration}', ${parameters.add(words.join(' | '))})`);

/** A word that says nothing by itself, like «на», asks for nothing. Words hold letters and digits only, and so no operators. */
function termSql({ words, negated, prefix }: SearchTerm, parameters: Parameters): string {
  const stems = `phraseto_tsquery('pg_catalog.russian', ${parameters.add(words.join(' '))})`;
  const written = words.map(withoutLookalikes);
  const whole = `phraseto_tsquery('pg_catalog.simple', ${parameters.add(written.join(' '))})`;
  const { inflected, written: others } = words.length === 1 ? fleetingForms(words[0] ?? '') : { inflected: [], written: [] };
  const alike = `${anyOf('russian', inflected, parameters)}${anyOf('simple', others.map(withoutLookalikes), parameters)}`;
  const begun = prefix ? ` || ${parameters.add(`${written.map((word) => `'${word}'`).join(' <-> ')}:*`)}::tsquery` : '';
  return `CASE WHEN numnode(${stems}) = 0 THEN plainto_tsquery('pg_catalog.simple', '') ELSE ${negated ? '!!' : ''}(${stems} || ${whole}${alike}${begun}) END`;
}
