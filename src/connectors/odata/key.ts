/** A set by its name, and the key of a row in an address. Pure. */
import { failure, nearestKnown, type Value, type ValueObject } from '../../sdk/index.ts';
import type { Dialect, EdmModel, EntitySet } from './edm.ts';
import { printLiteral, shownValue } from './literal.ts';

export interface KeyPlace {
  connection: string;
  dialect: Dialect;
}

/** The set of exactly this name. Throws `odata.unknownSet` with the nearest name. */
export function setNamed(connection: string, model: EdmModel, name: string): EntitySet {
  const set = model.sets.get(name);
  if (set === undefined) throw failure('odata.unknownSet', { connection, set: name, nearest: nearestKnown(name, [...model.sets.keys()]) });
  return set;
}

/**
 * `Set(key)`, percent-encoded. The values are taken from the attributes called like the key's properties.
 * Failures: `connection.valueMissing`, `connection.valueWrongType`, `odata.keyless`, `odata.pathRefused`.
 */
export function rowAddress(place: KeyPlace, set: EntitySet, values: ValueObject): string {
  const { keys } = set.type;
  const { connection } = place;
  const literals = keys.map((field) => {
    const value: Value | undefined = Object.hasOwn(values, field) ? values[field] : undefined;
    if (value === undefined || value === null) throw failure('connection.valueMissing', { connection, attribute: field });
    const text = printLiteral({ ...place, field }, set.type.properties.get(field)?.type ?? 'Edm.String', value);
    return { field, text, encoded: encodeSegment(place, field, text) };
  });
  const [first] = literals;
  if (first === undefined) throw failure('odata.keyless', { connection, set: set.name });
  checkLength(place, set.name.length + literals.reduce((sum, each) => sum + each.field.length + each.text.length + 2, 2), keys.join(', '));
  const inside = literals.length === 1 ? first.encoded : literals.map(({ field, encoded }) => `${encodeURIComponent(field)}=${encoded}`).join(',');
  return `${encodeURIComponent(set.name)}(${inside})`;
}

/** For a person: `Ref_Key=…`. */
export const keyText = (set: EntitySet, values: ValueObject): string =>
  set.type.keys.map((field) => `${field}=${Object.hasOwn(values, field) ? shownValue(values[field]) : ''}`).join(', ').slice(0, 200);

/** The web server before 1C cannot let these through, even encoded. */
const refusedBy1c = /[?+\\\x00-\x1f\x7f]/;

function encodeSegment({ connection, dialect }: KeyPlace, field: string, text: string): string {
  const refused = dialect === '1c' ? refusedBy1c.exec(text)?.[0] : undefined;
  if (refused !== undefined) throw failure('odata.pathRefused', { connection, field, detail: refused < ' ' || refused === '\x7f' ? `U+${refused.charCodeAt(0).toString(16).padStart(4, '0')}` : refused });
  return encodeURIComponent(text);
}

/** The kernel driver of IIS cuts at 260 characters of one segment. */
function checkLength({ connection, dialect }: KeyPlace, length: number, field: string): void {
  if (dialect === '1c' && length > 260) throw failure('odata.pathRefused', { connection, field, detail: `${length} > 260` });
}
