/** What a service stored otherwise than it was sent: 1C cuts texts, ignores fields and turns bad numbers into 0 without a word. Pure. */
import { Decimal, isObject, type Value, type ValueObject } from '../../sdk/index.ts';
import type { Dialect, EdmModel, EdmProperty, StructuredType } from './edm.ts';

export type DifferenceKind =
  /** The stored text is the beginning of what was sent. */
  | 'cut'
  /** The field is not in the stored row, or is one that a write never changes. */
  | 'ignored'
  /** A number became 0. */
  | 'zeroed'
  | 'rounded'
  /** A date moved by a zone. */
  | 'shifted'
  /** The field was cleared. */
  | 'emptied'
  /** The reference leads to no row. */
  | 'brokenReference'
  /** A table part has another number of rows. */
  | 'rows'
  | 'changed';

export interface Difference extends ValueObject {
  /** Path inside the row, like `Товары[1].Цена`. */
  field: string;
  sent: Value;
  stored: Value;
  kind: DifferenceKind;
}

export interface ComparePlace {
  dialect: Dialect;
  model: EdmModel;
}

/** Both rows as `readRow` gives them, so that two spellings of one value are one value. `stored` is a whole row. */
export function differences(place: ComparePlace, type: StructuredType | undefined, sent: ValueObject, stored: ValueObject, path = ''): readonly Difference[] {
  return Object.entries(sent).flatMap(([name, value]) => {
    const property = type?.properties.get(name);
    const field = path === '' ? name : `${path}.${name}`;
    // Rows made along with this one come back only when they are asked for; a version changes with every write.
    if (type?.navigations.has(name) === true || property?.role.kind === 'version') return [];
    if (path !== '' && ownedByParent.includes(name)) return [];
    const back = Object.hasOwn(stored, name) ? stored[name] : undefined;
    if (back === undefined) return isBlank(place, value) || property?.role.kind === 'binary' ? [] : [{ field, sent: value, stored: null, kind: 'ignored' as const }];
    return compare(place, property, value, back, field);
  });
}

/** Numbered by us and keyed by the owner. */
const ownedByParent: readonly string[] = ['LineNumber', 'Ref_Key'];

function compare(place: ComparePlace, property: EdmProperty | undefined, sent: Value, stored: Value, field: string): readonly Difference[] {
  const inner = place.model.types.get(property?.type ?? '');
  if (Array.isArray(sent) && Array.isArray(stored)) {
    if (sent.length !== stored.length) return [{ field, sent: sent.length, stored: stored.length, kind: 'rows' }];
    return sent.flatMap((item: Value, index) => compare(place, property, item, stored[index] ?? null, `${field}[${index}]`));
  }
  if (isObject(sent) && isObject(stored)) return differences(place, inner, sent, stored, field);
  return sameScalar(place, property, sent, stored) ? [] : [{ field, sent, stored, kind: kindOf(place, property, sent, stored) }];
}

function sameScalar(place: ComparePlace, property: EdmProperty | undefined, sent: Value, stored: Value): boolean {
  if (sent === stored) return true;
  if (isBlank(place, sent) && (isBlank(place, stored) || (sent === null && place.dialect === '1c' && isNothing(stored)))) return true;
  if (isNumber(sent) && isNumber(stored)) return new Decimal(sent).equals(stored);
  if (typeof sent !== 'string' || typeof stored !== 'string') return false;
  const type = property?.type ?? 'Edm.String';
  if (type === 'Edm.DateTime' || type === 'Edm.DateTimeOffset') return utcMs(sent) === utcMs(stored);
  return plain(place, property, sent) === plain(place, property, stored);
}

/** Texts of one meaning in one spelling. */
function plain({ dialect, model }: ComparePlace, property: EdmProperty | undefined, text: string): string {
  if (property?.type === 'Edm.Guid' || uuid.test(text)) return text.toLowerCase();
  if (property?.type === 'Edm.Binary') return text.replaceAll('-', '+').replaceAll('_', '/').replace(/=+$/, '');
  if (property?.type === 'Edm.TimeOfDay') return text.includes('.') ? text.replace(/\.?0+$/, '') : text.replace(/^(\d\d:\d\d)$/, '$1:00');
  if (property?.role.kind === 'compositeType') return text.replace(`${model.namespace}.`, '');
  return dialect === '1c' ? text.trimEnd() : text;
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const zeroGuid = '00000000-0000-0000-0000-000000000000';

/** What says "no value"; 1C has no null and says it in each type's own way. */
function isBlank({ dialect }: ComparePlace, value: Value): boolean {
  if (value === null) return true;
  return dialect === '1c' && typeof value === 'string' && (value.trim() === '' || value === zeroGuid || value.startsWith('0001-01-01') || value === 'StandardODATA.Undefined');
}

const isNothing = (value: Value): boolean => value === false || (isNumber(value) && new Decimal(value).isZero()) || (Array.isArray(value) && value.length === 0);

/** Fields of 1C that no body changes. */
const closedInOnec: readonly string[] = ['Posted', 'DataVersion', 'Predefined', 'PredefinedDataName', 'Ref_Key'];

function kindOf(place: ComparePlace, property: EdmProperty | undefined, sent: Value, stored: Value): DifferenceKind {
  if (place.dialect === '1c' && property !== undefined && closedInOnec.includes(property.name)) return 'ignored';
  if (isNumber(stored)) return numberKind(sent, stored);
  if (isBlank(place, stored) || stored === '') return 'emptied';
  if (typeof sent !== 'string' || typeof stored !== 'string') return 'changed';
  const shift = property?.type.startsWith('Edm.Date') === true ? Math.abs(utcMs(sent) - utcMs(stored)) : 0;
  if (shift > 0 && shift <= dayMs && shift % quarterMs === 0) return 'shifted';
  return sent.startsWith(stored.trimEnd()) ? 'cut' : 'changed';
}

function numberKind(sent: Value, stored: number | Decimal): DifferenceKind {
  const found = new Decimal(stored);
  if (!isNumber(sent)) return found.isZero() ? 'zeroed' : 'changed';
  if (found.minus(sent).abs().lessThan(new Decimal(10).pow(-found.decimalPlaces()))) return 'rounded';
  return found.isZero() ? 'zeroed' : 'changed';
}

const dayMs = 86_400_000;
const quarterMs = 900_000;

/** A text without a zone counts as UTC on both sides. */
const utcMs = (text: string): number => Date.parse(/(?:Z|[+-]\d\d:\d\d)$/.test(text) || !text.includes('T') ? text : `${text}Z`);

const isNumber = (value: Value): value is number | Decimal => typeof value === 'number' || value instanceof Decimal;
