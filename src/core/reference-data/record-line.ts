/**
 * One record that travels, as one line of JSON: the key first, then the attributes in the order of the template, links by the
 * keys of the records they lead to. What a line does not name stays as it is; null clears. A record that is archived says so.
 */
import { Decimal } from '../decimal.ts';
import { Failure, failure, type Problem } from '../failure.ts';
import { parseJson, printJson } from '../json.ts';
import { nearestKnown } from '../nearest-known.ts';
import { isOwnColumn } from '../record-values.ts';
import { scalarOf, shown } from '../scalar.ts';
import { shownValue } from '../shown-value.ts';
import { attributeNamed } from '../template-catalogue.ts';
import type { RecordData, Scalar, ScalarAttribute } from '../template.ts';
import { isObject, setMember, type Value, type ValueObject } from '../value.ts';
import { whyNot, type Carried, type CarriedAttribute } from './carried.ts';

const archivedMember = '_archived';

/** Keys as texts: the same for a number and a text that says it. */
export const keyText = (key: Scalar): string => (key instanceof Decimal ? key.toFixed() : String(key));

/** `keyOfLinked` gives the key of a linked record; null when it has none, and is then left out. */
export function printRecordLine({ key, attributes }: Carried, record: RecordData, keyOfLinked: (template: string, id: string) => Scalar): string {
  const line: Record<string, Value> = {};
  setMember<Value>(line, key.name, record.values[key.name] ?? null);
  for (const one of attributes) setMember(line, one.attribute.name, shownOf(one, record, keyOfLinked));
  if (record.archived) setMember<Value>(line, archivedMember, true);
  return printJson(line);
}

function shownOf(one: CarriedAttribute, record: RecordData, keyOfLinked: (template: string, id: string) => Scalar): Value {
  const { name } = one.attribute;
  if (one.kind === 'scalar') return shownValue(one.attribute, record.values[name]);
  const keys = linkedIds(one, record).map((id) => keyOfLinked(one.target.id, id)).filter((key) => key !== null);
  return one.attribute.multiple ? keys.toSorted((left, right) => (keyText(left) < keyText(right) ? -1 : 1)) : (keys[0] ?? null);
}

/** Ids that a link of the record holds. */
export function linkedIds({ attribute }: Extract<CarriedAttribute, { kind: 'link' }>, record: RecordData): readonly string[] {
  const id = record.values[attribute.name];
  return isOwnColumn(attribute) ? (typeof id === 'string' ? [id] : []) : (record.links[attribute.name] ?? []);
}

export interface RecordLine {
  /** Null: the record has none, and is not taken. */
  key: Scalar;
  archived: boolean;
  /** Values of attributes that are no links, the key included, before they are checked. */
  values: ValueObject;
  /** By attribute, the keys of the records it leads to. */
  links: ReadonlyMap<string, readonly Scalar[]>;
  /** Paths are attributes. */
  problems: readonly Problem[];
}

/** Throws `reference.badJson` and `reference.line`. */
export function readRecordLine(carried: Carried, text: string): RecordLine {
  const given = objectOf(carried, text);
  const problems: Problem[] = [];
  const values: Record<string, Value> = Object.create(null);
  const links = new Map<string, readonly Scalar[]>();
  const known = new Map(carried.attributes.map((one) => [one.attribute.name, one]));
  for (const [name, value] of Object.entries(given)) {
    if (name === archivedMember) continue;
    const one = known.get(name);
    if (one?.kind === 'link') links.set(name, keysOf(one, value, problems));
    else if (one !== undefined || name === carried.key.name) values[name] = value;
    else problems.push(strange(carried, name));
  }
  const archived = Object.hasOwn(given, archivedMember) ? given[archivedMember] : false;
  if (typeof archived !== 'boolean') problems.push({ path: archivedMember, code: 'record.wrongType', parameters: { attribute: archivedMember, expected: 'true | false', got: shown(archived) } });
  return { key: ownKey(carried.key, values[carried.key.name] ?? null, problems), archived: archived === true, values, links, problems };
}

function objectOf(carried: Carried, text: string): ValueObject {
  let value: Value;
  try {
    value = parseJson(text);
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    throw failure('reference.badJson', { reason: error.text('en') }, { cause: error });
  }
  if (isObject(value)) return value;
  throw failure('reference.line', { example: `{"${carried.key.name}": "…"}` });
}

/** An empty text is no key either. */
function ownKey(attribute: ScalarAttribute, value: Value, problems: Problem[]): Scalar {
  if (value === null || value === '') return null;
  const read = scalarOf(attribute, value);
  if (read.kind === 'ok') return read.value;
  problems.push({ path: attribute.name, code: read.code, parameters: read.parameters });
  return null;
}

function keysOf({ attribute, targetKey }: Extract<CarriedAttribute, { kind: 'link' }>, value: Value, problems: Problem[]): readonly Scalar[] {
  if (value === null) return [];
  const given: readonly Value[] = Array.isArray(value) ? (value as readonly Value[]) : [value];
  if (!attribute.multiple && given.length > 1) {
    problems.push({ path: attribute.name, code: 'record.severalLinks', parameters: { attribute: attribute.name, count: given.length } });
    return [];
  }
  const keys = new Map<string, Scalar>();
  for (const one of given) {
    const read = scalarOf({ ...targetKey, name: attribute.name }, one);
    if (read.kind === 'ok' && read.value !== null) keys.set(keyText(read.value), read.value);
    else if (read.kind === 'wrong') problems.push({ path: attribute.name, code: read.code, parameters: read.parameters });
  }
  return [...keys.values()];
}

function strange({ template, key, attributes }: Carried, name: string): Problem {
  const attribute = name.slice(0, 80);
  const declared = attributeNamed(template, name);
  const why = template.calculated?.some((one) => one.name === name) === true ? 'calculated' : declared === undefined ? null : whyNot(declared);
  if (why !== null) return { path: attribute, code: 'reference.notCarriedAttribute', parameters: { attribute, why } };
  return { path: attribute, code: 'record.unknownAttribute', parameters: { template: template.name, attribute, nearest: nearestKnown(name, [key.name, ...attributes.map((one) => one.attribute.name)]) } };
}
