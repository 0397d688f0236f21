/**
 * Conditions that an index can answer. An indexed text is kept in its index cut or folded, so a condition on it gets another
 * one in front, on what the index holds: it follows from the first, and says where in the index to look.
 */
import { limits } from '../../../core/limits.ts';
import type { Comparison } from '../../../core/query.ts';
import { attributeNamed } from '../../../core/template-catalogue.ts';
import type { Scalar, ScalarAttribute, Template } from '../../../core/template.ts';
import { escapedLike } from './like.ts';
import { orderSql } from './order-sql.ts';
import type { Parameters } from './parameters.ts';
import { column } from './physical-names.ts';

/** Ends with ` AND `, or is empty when the index, if there is one, holds the values themselves. */
export function indexGuard(template: Template, name: string, op: Comparison, value: Scalar | readonly Scalar[], parameters: Parameters): string {
  const attribute = attributeNamed(template, name);
  if (attribute?.kind !== 'scalar' || attribute.indexed !== true || value === null) return '';
  const sql = `r.${column(attribute)}`;
  const ordered = orderSql(attribute, sql);
  if (ordered === sql) return '';
  const guard = guardOf(attribute, op, value, parameters);
  return guard === '' ? '' : `${ordered} ${guard} AND `;
}

function guardOf(attribute: ScalarAttribute, op: Comparison, value: Exclude<Scalar | readonly Scalar[], null>, parameters: Parameters): string {
  const cut = (sql: string): string => orderSql(attribute, sql);
  if (isList(value)) return op === 'in' && value.length > 0 ? `= ANY(ARRAY(SELECT ${cut('v')} FROM unnest(${parameters.addList(value)}::text[]) AS v))` : '';
  switch (op) {
    case 'eq':
      return `= ${cut(parameters.add(value))}`;
    case 'startsWith':
      return `LIKE ${cut(parameters.add(escapedLike(beginning(String(value)))))} || '%'`;
    case 'lt':
    case 'le':
      return attribute.order === 'natural' ? '' : `<= ${cut(parameters.add(value))}`;
    case 'gt':
    case 'ge':
      return attribute.order === 'natural' ? '' : `>= ${cut(parameters.add(value))}`;
    default:
      return '';
  }
}

const isList = (value: Exclude<Scalar | readonly Scalar[], null>): value is readonly Scalar[] => Array.isArray(value);

/** Half of what the index holds, so that nothing is cut off when every character has to be escaped. */
const beginning = (text: string): string => text.slice(0, limits.orderedCharacters.value / 2).replace(/[\uD800-\uDBFF]$/, '');
