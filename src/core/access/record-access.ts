/** Which records of a template an account may use, as a condition: compiled to SQL for queries, asked of records in memory. */
import type { Filter } from '../query.ts';
import { opensAllRecords, type Rights } from './rights.ts';
import type { RecordRule, RecordVerb } from './role.ts';

/** Null: none. A filter of null: all. */
export type RecordAccess = { filter: Filter | null } | null;

export const allRecords: RecordAccess = { filter: null };

/** `account` is the id by which attributes name their owner. */
export function recordAccess({ permissions, records }: Pick<Rights, 'permissions' | 'records'>, account: string, template: string, verb: RecordVerb): RecordAccess {
  if (opensAllRecords(permissions, verb)) return allRecords;
  const rules = records.filter((rule) => rule.template === template && opens(rule, verb));
  if (rules.length === 0) return null;
  const conditions = rules.map((rule) => conditionOf(rule, account));
  const bound = conditions.filter((condition) => condition !== null);
  if (bound.length < conditions.length) return allRecords;
  return { filter: bound.length === 1 && bound[0] !== undefined ? bound[0] : { op: 'or', of: bound } };
}

/** Whoever may change a record may see it. */
const opens = ({ verbs }: RecordRule, verb: RecordVerb): boolean => verbs.includes(verb) || (verb === 'read' && (verbs.includes('edit') || verbs.includes('delete')));

function conditionOf({ owner, where }: RecordRule, account: string): Filter | null {
  const own: Filter | null = owner === null ? null : { op: 'eq', attribute: owner, value: account };
  if (own === null || where === null) return own ?? where;
  return { op: 'and', of: [own, where] };
}
