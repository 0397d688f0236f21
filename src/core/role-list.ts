/** Roles that a record names. A role is known by its system name, as accounts hold it, so a role that comes back is meant again. */
import type { ScalarAttribute } from './template.ts';
import type { Value } from './value.ts';

/** Attributes that may name several roles keep them as one text, each once, in the order of their names. */
export const isRoleList = ({ type, multiple }: Pick<ScalarAttribute, 'type' | 'multiple'>): boolean => type === 'role' && multiple === true;

/** Null for none. System names hold no comma. */
export const rolesText = (names: readonly string[]): string | null => (names.length === 0 ? null : [...new Set(names)].sort().join(','));

export const rolesOf = (text: unknown): readonly string[] => (typeof text === 'string' && text !== '' ? text.split(',') : []);

/** As a person writes several in one cell. */
export const rolesWritten = (text: string): readonly string[] => text.split(/[\s,;]+/).filter((name) => name !== '');

/** The roles that a value names, before it is known whether they are there. */
export function rolesGiven(attribute: Pick<ScalarAttribute, 'multiple'>, value: Value): readonly Value[] {
  if (Array.isArray(value)) return value as readonly Value[];
  return attribute.multiple === true && typeof value === 'string' ? rolesWritten(value) : [value];
}
