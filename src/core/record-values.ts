/** Checks the values that a caller gave for a record and turns them into what is stored. Pure. */
import type { FailureCode } from './errors.ts';
import type { FailureParameters, Problem } from './failure.ts';
import { scalarOf, shown } from './scalar.ts';
import { attributeNamed, nearestAttribute } from './template-catalogue.ts';
import { systemAttributes, type Attribute, type LinkAttribute, type Scalar, type Template } from './template.ts';
import { isObject, type Value, type ValueObject } from './value.ts';

export interface CheckedValues {
  /** By attribute name: scalars, and single links stored in the record's own row. Ready for a `RecordWrite`. */
  scalars: Readonly<Record<string, Scalar>>;
  /** By attribute name: the ids wanted in links stored elsewhere (multiple links, and the far side of a one-to-one). */
  links: Readonly<Record<string, readonly string[]>>;
  /** Everything that is wrong, by path; scalars and links hold only what was right. */
  problems: readonly Problem[];
}

/**
 * In mode `create` absent attributes take their default and required ones must be there; in mode `update`
 * an absent attribute stays as it is. Null clears in both. Keys are read as own keys only.
 */
export function checkValues(template: Template, values: ValueObject, mode: 'create' | 'update'): CheckedValues {
  const reading: Reading = { scalars: emptyRecord(), links: emptyRecord(), problems: [] };
  for (const name of Object.keys(values)) {
    const attribute = attributeNamed(template, name);
    const value = values[name];
    if (value === undefined) continue;
    if (attribute === undefined) reading.problems.push(unknownAttribute(template, name));
    else readAttribute(reading, template, attribute, value);
  }
  if (mode === 'create') addDefaults(reading, template, values);
  return reading;
}

/** True when the ids of the link live in the record's own row. */
export const isOwnColumn = (attribute: LinkAttribute): boolean => attribute.relation.storage === 'column' && attribute.side === 'owner';

/** The id in lower case, or undefined when the text is none. */
export const recordIdOf = (text: string): string | undefined => (uuid.test(text) ? text.toLowerCase() : undefined);

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

interface Reading {
  scalars: Record<string, Scalar>;
  links: Record<string, readonly string[]>;
  problems: Problem[];
}

/** Without a prototype, so that an attribute may be called `constructor` or `toString`. */
export const emptyRecord = <T>(): Record<string, T> => Object.create(null) as Record<string, T>;

function unknownAttribute(template: Template, name: string): Problem {
  const attribute = name.slice(0, 80);
  if (systemAttributes.some((known) => known === name)) return problem(attribute, 'record.systemAttribute', { attribute });
  if (template.calculated?.some((calculated) => calculated.name === name) === true) return problem(attribute, 'record.calculated', { template: template.name, attribute });
  return problem(attribute, 'record.unknownAttribute', { template: template.name, attribute, nearest: nearestAttribute(template, name) });
}

function readAttribute(reading: Reading, template: Template, attribute: Attribute, value: Value): void {
  if (attribute.kind === 'link') readLink(reading, template, attribute, value);
  else {
    const result = scalarOf(attribute, value);
    if (result.kind === 'wrong') reading.problems.push(problem(attribute.name, result.code, result.parameters));
    else storeScalar(reading, template, attribute, result.value);
  }
}

function storeScalar(reading: Reading, template: Template, attribute: Attribute, value: Scalar): void {
  if (value === null && attribute.required) reading.problems.push(required(template, attribute));
  else reading.scalars[attribute.name] = value;
}

function readLink(reading: Reading, template: Template, attribute: LinkAttribute, value: Value): void {
  const before = reading.problems.length;
  const ids = linkIds(reading, attribute, value);
  if (reading.problems.length > before) return;
  if (!attribute.multiple && ids.length > 1) reading.problems.push(problem(attribute.name, 'record.severalLinks', { attribute: attribute.name, count: ids.length }));
  else if (isOwnColumn(attribute)) storeScalar(reading, template, attribute, ids[0] ?? null);
  else reading.links[attribute.name] = ids;
}

/** One id or a list of them; a list with one member is accepted for a single link, one id for a multiple one. */
function linkIds(reading: Reading, attribute: LinkAttribute, value: Value): readonly string[] {
  if (value === null) return [];
  if (!Array.isArray(value)) return [linkId(reading, attribute, attribute.name, value)];
  return [...new Set(value.map((item: Value, index) => linkId(reading, attribute, `${attribute.name}[${index}]`, item)))];
}

/** A record is named by its id, or given as an object that holds one. */
function linkId(reading: Reading, attribute: LinkAttribute, path: string, value: Value): string {
  const given = isObject(value) && Object.hasOwn(value, 'id') ? value['id'] : value;
  const id = typeof given === 'string' ? recordIdOf(given) : undefined;
  if (id === undefined) reading.problems.push(problem(path, 'record.wrongType', { attribute: attribute.name, expected: 'record id', got: shown(given) }));
  return id ?? '';
}

function addDefaults(reading: Reading, template: Template, values: ValueObject): void {
  for (const attribute of template.attributes) {
    if (Object.hasOwn(values, attribute.name) && values[attribute.name] !== undefined) continue;
    const preset = attribute.kind === 'scalar' ? (attribute.default ?? null) : null;
    if (preset !== null) reading.scalars[attribute.name] = preset;
    else if (attribute.required) reading.problems.push(required(template, attribute));
  }
}

const required = (template: Template, attribute: Attribute): Problem => problem(attribute.name, 'record.required', { template: template.name, attribute: attribute.name });

const problem = (path: string, code: FailureCode, parameters: FailureParameters): Problem => ({ path, code, parameters });
