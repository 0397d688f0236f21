/** What the change log keeps of a change: values before and after, by attribute id, as one JSON text. */
import { Decimal } from '../../../core/decimal.ts';
import { filesOf, isFileType } from '../../../core/file.ts';
import { limits } from '../../../core/limits.ts';
import { isRoleList, rolesOf } from '../../../core/role-list.ts';
import type { Attribute, Scalar } from '../../../core/template.ts';

/** Null when none of the attributes is logged. `before` undefined: nobody knows what was there. */
export function loggedValues(attributes: readonly Attribute[], before: Readonly<Record<string, Scalar>> | undefined, after: Readonly<Record<string, Scalar>>): string | null {
  const logged = attributes.filter(({ logChanges }) => logChanges === true);
  if (logged.length === 0) return null;
  return JSON.stringify(Object.fromEntries(logged.map((attribute) => [attribute.id, [...(before === undefined ? [] : [kept(attribute, before[attribute.name] ?? null)]), kept(attribute, after[attribute.name] ?? null)]])));
}

/** Numbers as their text, files and roles by their names, and of a long text its beginning with its length. */
function kept(attribute: Attribute, value: Scalar): unknown {
  if (value instanceof Decimal) return value.toFixed();
  if (attribute.kind === 'scalar' && isFileType(attribute.type)) return filesOf(value).map(({ id, name, version }) => ({ id, name: storable(name), version }));
  if (attribute.kind === 'scalar' && isRoleList(attribute)) return rolesOf(value);
  if (typeof value !== 'string') return value;
  const most = limits.changeTextCharacters.value;
  return value.length <= most ? value : { start: storable(value.slice(0, most)), length: value.length };
}

/** A cut may leave half a character behind, which JSON in the database cannot hold. */
const storable = (text: string): string => text.toWellFormed().replaceAll('\0', '\uFFFD');
