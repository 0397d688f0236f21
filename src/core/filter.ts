/** Conditions on records: checked against a template, then either compiled to SQL or asked of a record in memory. */
import { Decimal } from './decimal.ts';
import { microsecondsOf } from './duration.ts';
import { failure, type Failure } from './failure.ts';
import { limits } from './limits.ts';
import { nearestKnown } from './nearest-known.ts';
import type { Comparison, Filter } from './query.ts';
import { emptyRecord, recordIdOf } from './record-values.ts';
import { isRoleList, rolesOf } from './role-list.ts';
import { expectedOf, scalarOf, shown } from './scalar.ts';
import { attributeNamed } from './template-catalogue.ts';
import { systemAttributes, type LinkAttribute, type RecordData, type Scalar, type ScalarAttribute, type ScalarType, type Template } from './template.ts';

/** What a query may name: an attribute that holds one value, a link to any number of records, or any number of roles. */
export type Queried =
  | { kind: 'value'; name: string; type: ScalarType | 'id'; scalar?: ScalarAttribute }
  | { kind: 'links'; name: string; link: LinkAttribute }
  | { kind: 'roles'; name: string; scalar: ScalarAttribute };

const systemTypes: Readonly<Record<(typeof systemAttributes)[number], ScalarType | 'id'>> = {
  id: 'id',
  _version: 'number',
  _createdAt: 'dateTime',
  _createdBy: 'text',
  _changedAt: 'dateTime',
  _changedBy: 'text',
  _archived: 'boolean',
  _origin: 'text',
};

/** Throws `query.unknownAttribute` with the nearest name. A link stored elsewhere counts as `links` also when it is single. */
export function queriedAttribute(template: Template, name: string): Queried {
  const attribute = attributeNamed(template, name);
  if (attribute?.kind === 'scalar') return isRoleList(attribute) ? { kind: 'roles', name, scalar: attribute } : { kind: 'value', name, type: attribute.type, scalar: attribute };
  if (attribute?.kind === 'link') return attribute.multiple ? { kind: 'links', name, link: attribute } : { kind: 'value', name, type: 'id' };
  const system = systemAttributes.find((known) => known === name);
  if (system !== undefined) return { kind: 'value', name, type: systemTypes[system] };
  if (template.calculated?.some((calculated) => calculated.name === name) === true) throw failure('query.calculated', { template: template.name, attribute: name });
  const known = [...template.attributes.map((candidate) => candidate.name), ...systemAttributes];
  throw failure('query.unknownAttribute', { template: template.name, attribute: name.slice(0, 80), nearest: nearestKnown(name, known) });
}

const comparisonsOf: Readonly<Record<ScalarType | 'id', readonly Comparison[]>> = {
  text: ['eq', 'ne', 'lt', 'le', 'gt', 'ge', 'contains', 'startsWith', 'in'],
  number: ['eq', 'ne', 'lt', 'le', 'gt', 'ge', 'in'],
  date: ['eq', 'ne', 'lt', 'le', 'gt', 'ge', 'in'],
  dateTime: ['eq', 'ne', 'lt', 'le', 'gt', 'ge', 'in'],
  duration: ['eq', 'ne', 'lt', 'le', 'gt', 'ge', 'in'],
  hyperlink: ['eq', 'ne', 'contains', 'startsWith', 'in'],
  account: ['eq', 'ne', 'in'],
  role: ['eq', 'ne', 'in'],
  timeZone: ['eq', 'ne', 'in'],
  document: [],
  image: [],
  boolean: ['eq', 'ne', 'in'],
  enum: ['eq', 'ne', 'in'],
  id: ['eq', 'ne', 'lt', 'gt', 'in'],
};

/**
 * The filter with every value in its stored form: numbers are Decimals, instants UTC text, ids lower case.
 * Throws a Failure for an unknown attribute, a comparison that does not apply, a value of a wrong type, or too much of it.
 */
export function checkFilter(template: Template, filter: Filter): Filter {
  return checkNode(template, filter, { conditions: 0, listValues: 0 }, 1);
}

interface Counters {
  conditions: number;
  listValues: number;
}

function checkNode(template: Template, filter: Filter, counters: Counters, depth: number): Filter {
  bound('depth', depth, limits.queryDepth.value);
  bound('conditions', ++counters.conditions, limits.queryConditions.value);
  switch (filter.op) {
    case 'and':
    case 'or':
      return { op: filter.op, of: filter.of.map((part) => checkNode(template, part, counters, depth + 1)) };
    case 'not':
      return { op: 'not', of: checkNode(template, filter.of, counters, depth + 1) };
    case 'isNull':
    case 'isNotNull':
    case 'linksTo':
      queriedAttribute(template, filter.attribute);
      return filter;
    case 'linked':
      return checkLinked(template, filter);
    default:
      return checkComparison(template, filter, counters);
  }
}

function bound(detail: string, count: number, limit: number): void {
  if (count > limit) throw failure('query.tooComplex', { detail: `${detail} ${count}`, limit });
}

function checkLinked(template: Template, filter: Extract<Filter, { op: 'linked' }>): Filter {
  const queried = queriedAttribute(template, filter.attribute);
  // A role that is not there is simply named by no record.
  if (queried.kind === 'roles') return filter;
  if (queried.kind !== 'links') throw failure('query.comparison', { op: 'linked', attribute: queried.name, type: queried.type });
  const record = recordIdOf(filter.record);
  if (record === undefined) throw failure('query.wrongValue', { attribute: queried.name, expected: 'record id', got: shown(filter.record) });
  return { ...filter, record };
}

const isList = (value: Scalar | readonly Scalar[]): value is readonly Scalar[] => Array.isArray(value);

type ComparisonFilter = Extract<Filter, { op: Comparison }>;

function checkComparison(template: Template, filter: ComparisonFilter, counters: Counters): Filter {
  const queried = queriedAttribute(template, filter.attribute);
  const type = queried.kind === 'value' ? queried.type : queried.kind;
  if (queried.kind !== 'value' || !comparisonsOf[queried.type].includes(filter.op)) throw failure('query.comparison', { op: filter.op, attribute: queried.name, type });
  if (filter.op === 'in') {
    if (!isList(filter.value)) throw wrongValue(queried, 'list', filter.value);
    bound('listValues', (counters.listValues += filter.value.length), limits.queryListValues.value);
    return { ...filter, value: filter.value.map((item) => checkedValue(queried, item)) };
  }
  if (isList(filter.value)) throw wrongValue(queried, type, filter.value);
  const value = checkedValue(queried, filter.value);
  if (value === null && filter.op !== 'eq' && filter.op !== 'ne') throw wrongValue(queried, type, value);
  return { ...filter, value };
}

/** Also used for the values of a cursor: a position is trusted no more than a condition. */
export function checkedValue(queried: Extract<Queried, { kind: 'value' }>, value: Scalar): Scalar {
  if (value === null) return null;
  if (queried.type === 'id') {
    const id = typeof value === 'string' ? recordIdOf(value) : undefined;
    if (id === undefined) throw wrongValue(queried, 'record id', value);
    return id;
  }
  const { name, type } = queried;
  const result = scalarOf({ name, type: comparedAs[type] ?? type }, value);
  if (result.kind === 'ok') return result.value;
  throw wrongValue(queried, expectedOf[type], value);
}

/** Only what is stored matters for a comparison: a value outside the list, or a part of a link, is simply never equal. */
const comparedAs: Partial<Readonly<Record<ScalarType, ScalarType>>> = { enum: 'text', hyperlink: 'text', role: 'text', timeZone: 'text' };

const wrongValue = (queried: { name: string }, expected: string, got: Scalar | readonly Scalar[]): Failure =>
  failure('query.wrongValue', { attribute: queried.name, expected, got: shown(got) });

/**
 * Would the query return this record? The filter has been checked. Two-valued: a comparison with an empty attribute is
 * false, except that `eq null` is true of it and `ne` is always the opposite of `eq`. Multiple links count as given in `links`.
 */
export function matches(template: Template, filter: Filter, record: RecordData): boolean {
  switch (filter.op) {
    case 'and':
      return filter.of.every((part) => matches(template, part, record));
    case 'or':
      return filter.of.some((part) => matches(template, part, record));
    case 'not':
      return !matches(template, filter.of, record);
    case 'isNull':
      return isEmpty(filter.attribute, record);
    case 'isNotNull':
      return !isEmpty(filter.attribute, record);
    case 'linked':
      return (linksOf(record, filter.attribute) ?? rolesNamed(template, filter.attribute, record)).includes(filter.record);
    case 'linksTo':
      throw new Error('the records behind a link are not at hand');
    case 'in': {
      const value = valueOf(record, filter.attribute);
      return isList(filter.value) && filter.value.some((item) => same(value, item));
    }
    default:
      return !isList(filter.value) && compares(filter.op, rankOf(template, filter.attribute, valueOf(record, filter.attribute)), rankOf(template, filter.attribute, filter.value));
  }
}

function rolesNamed(template: Template, name: string, record: RecordData): readonly string[] {
  const attribute = attributeNamed(template, name);
  return attribute?.kind === 'scalar' && isRoleList(attribute) ? rolesOf(valueOf(record, name)) : [];
}

/** A value whose order is that of the attribute: the texts of durations do not sort as durations do. */
export function rankOf(template: Template, attribute: string, value: Scalar): Scalar {
  const declared = attributeNamed(template, attribute);
  if (typeof value !== 'string' || declared?.kind !== 'scalar' || declared.type !== 'duration') return value;
  return new Decimal(String(microsecondsOf(value) ?? 0));
}

function isEmpty(attribute: string, record: RecordData): boolean {
  const links = linksOf(record, attribute);
  return links === undefined ? valueOf(record, attribute) === null : links.length === 0;
}

const linksOf = (record: RecordData, attribute: string): readonly string[] | undefined => (Object.hasOwn(record.links, attribute) ? record.links[attribute] : undefined);

/** The value of an attribute or system attribute; null when it has none. */
export function valueOf(record: RecordData, attribute: string): Scalar {
  if (Object.hasOwn(record.values, attribute)) return record.values[attribute] ?? null;
  return systemValues(record)[attribute] ?? null;
}

function systemValues(record: RecordData): Record<string, Scalar> {
  return Object.assign(emptyRecord<Scalar>(), {
    id: record.id,
    _version: new Decimal(record.version),
    _createdAt: record.createdAt,
    _createdBy: record.createdBy,
    _changedAt: record.changedAt,
    _changedBy: record.changedBy,
    _archived: record.archived,
    _origin: record.origin,
  });
}

function compares(op: Exclude<Comparison, 'in'>, left: Scalar, right: Scalar): boolean {
  if (op === 'eq') return same(left, right);
  if (op === 'ne') return !same(left, right);
  if (left === null || right === null) return false;
  if (op === 'contains') return typeof left === 'string' && typeof right === 'string' && left.includes(right);
  if (op === 'startsWith') return typeof left === 'string' && typeof right === 'string' && left.startsWith(right);
  const order = compareScalars(left, right);
  if (op === 'lt') return order < 0;
  if (op === 'le') return order <= 0;
  return op === 'gt' ? order > 0 : order >= 0;
}

const same = (left: Scalar, right: Scalar): boolean => (left === null || right === null ? left === right : compareScalars(left, right) === 0);

/** Order of two values of one type; texts by code point, as the database's "C" collation has it; nothing sorts last. */
export function compareScalars(left: Scalar, right: Scalar): number {
  if (left === null || right === null) return Number(left === null) - Number(right === null);
  if (left instanceof Decimal && right instanceof Decimal) return left.comparedTo(right);
  if (typeof left === 'string' && typeof right === 'string') return compareTexts(left, right);
  return Number(left) - Number(right);
}

function compareTexts(left: string, right: string): number {
  const shorter = Math.min(left.length, right.length);
  for (let at = 0; at < shorter; at++) {
    const a = left.charCodeAt(at);
    const b = right.charCodeAt(at);
    if (a !== b) return codePointRank(a) - codePointRank(b);
  }
  return left.length - right.length;
}

/** Halves of surrogate pairs stand for code points above all others. */
const codePointRank = (unit: number): number => (unit >= 0xd800 && unit <= 0xdfff ? unit + 0x10000 : unit);
