/**
 * What an attribute is sorted by. Texts are cut, so that an index can hold any of them: those that begin alike for longer are
 * ordered by id. Queries and indexes have to say this in the same words, or the index is not found.
 */
import { limits } from '../../../core/limits.ts';
import type { ScalarType } from '../../../core/template.ts';

/** The names in a list of roles, as its index holds them. */
export const rolesSql = (sql: string): string => `string_to_array(${sql}, ',')`;

export interface Ordered {
  type: ScalarType | 'id';
  unique?: boolean;
  order?: 'natural' | 'code';
}

export const orderSql = ({ type, unique, order }: Ordered, sql: string): string => {
  if (order === 'natural') return `zveno.text_order(${sql})`;
  // A unique text is short enough as it is.
  return (type === 'text' || type === 'hyperlink') && unique !== true ? `left(${sql}, ${limits.orderedCharacters.value})` : sql;
};
