/** Counts, sums and other figures over records, by groups: what is asked for, read and checked against a template. */
import { aggregateOps, dateUnits, type AggregateOp } from './aggregate-words.ts';
import { failure, type Failure } from './failure.ts';
import { queriedAttribute, type Queried } from './filter.ts';
import { isZone } from './import/local-time.ts';
import { limits } from './limits.ts';
import { nearestKnown } from './nearest-known.ts';
import type { AggregateQuery, Figure, Group } from './query.ts';
import type { Template } from './template.ts';
import { isObject, type Value, type ValueObject } from './value.ts';

export interface AggregateInput {
  groupBy?: readonly Value[];
  values?: readonly Value[];
  sort?: readonly string[];
  limit?: number;
  zone?: string;
}

/** Throws `query.shape`, `query.unknownAttribute`, `query.aggregate`, `query.zone`, `query.tooComplex`. */
export function readAggregate(template: Template, input: AggregateInput): Pick<AggregateQuery, 'groups' | 'figures' | 'sort' | 'limit'> {
  const groups = (input.groupBy ?? []).map((value, index) => readGroup(template, value, `groupBy[${index}]`, input.zone ?? 'UTC'));
  const figures = (input.values ?? ['count']).map((value, index) => readFigure(template, value, `values[${index}]`));
  bound('groupBy', groups.length, limits.aggregateGroupings.value);
  bound('values', figures.length, limits.aggregateFigures.value);
  const names = [...groups, ...figures].map(({ name }) => name);
  const twice = names.find((name, index) => names.indexOf(name) < index);
  if (twice !== undefined) throw wrong('values', `2× "${twice}"`);
  const sort = (input.sort ?? []).map((text) => sortOf(text, names));
  return { groups, figures, sort, limit: input.limit ?? 100 };
}

function bound(detail: string, count: number, limit: number): void {
  if (count > limit) throw failure('query.tooComplex', { detail: `${detail} ${count}`, limit });
}

/** `attribute`, `attribute:month`, or an object that says it at length. */
function readGroup(template: Template, value: Value, place: string, zone: string): Group {
  const given = typeof value === 'string' ? fromText(value, 'attribute', 'unit') : members(value, ['attribute', 'unit', 'zone', 'name'], place);
  const attribute = textOf(given, 'attribute', place) ?? '';
  const unitName = textOf(given, 'unit', place, true);
  const unit = unitName === undefined ? null : dateUnits.find((known) => known === unitName);
  if (unit === undefined) throw wrong(`${place}.unit`, dateUnits.join(', '));
  const queried = valueNamed(template, attribute, 'groupBy');
  if (queried.type === 'document' || queried.type === 'image') throw failure('query.aggregate', { op: 'groupBy', attribute, type: queried.type });
  if (unit !== null && queried.type !== 'dateTime' && (queried.type !== 'date' || unit === 'hour')) throw failure('query.aggregate', { op: unit, attribute, type: queried.type });
  const placed = textOf(given, 'zone', place, true) ?? zone;
  // An offset means the opposite to the database: its POSIX form counts westward.
  if (!/^[A-Za-z]/.test(placed) || !isZone(placed)) throw failure('query.zone', { zone: placed.slice(0, 80) });
  return { name: nameOf(given, place) ?? (unit === null ? attribute : `${attribute}:${unit}`), attribute, unit, zone: placed };
}

const typesOf: Readonly<Partial<Record<AggregateOp, readonly Queried['kind'][] | readonly string[]>>> = {
  sum: ['number'],
  avg: ['number'],
  min: ['number', 'date', 'dateTime', 'duration', 'text'],
  max: ['number', 'date', 'dateTime', 'duration', 'text'],
};

/** `count`, `sum:total`, or an object that says it at length. */
function readFigure(template: Template, value: Value, place: string): Figure {
  const given = typeof value === 'string' ? fromText(value, 'op', 'attribute') : members(value, ['op', 'attribute', 'name'], place);
  const opName = textOf(given, 'op', place) ?? '';
  const op = aggregateOps.find((known) => known === opName);
  if (op === undefined) throw wrong(`${place}.op`, `"${nearestKnown(opName, aggregateOps)}"?`);
  const attribute = textOf(given, 'attribute', place, op === 'count') ?? null;
  if (attribute !== null) {
    const { type } = valueNamed(template, attribute, op);
    if (typesOf[op]?.some((known) => known === type) === false) throw failure('query.aggregate', { op, attribute, type });
  }
  return { name: nameOf(given, place) ?? (attribute === null ? op : `${op}:${attribute}`), op, attribute };
}

function valueNamed(template: Template, name: string, op: string): Extract<Queried, { kind: 'value' }> {
  const queried = queriedAttribute(template, name);
  if (queried.kind !== 'value') throw failure('query.aggregate', { op, attribute: name, type: queried.kind });
  return queried;
}

function sortOf(text: string, names: readonly string[]): { name: string; descending: boolean } {
  const descending = text.startsWith('-');
  const name = descending ? text.slice(1) : text;
  if (!names.includes(name)) throw wrong('sort', `"${nearestKnown(name, names)}"?`);
  return { name, descending };
}

function fromText(text: string, first: string, second: string): ValueObject {
  const colon = text.indexOf(':');
  return colon < 0 ? { [first]: text } : { [first]: text.slice(0, colon), [second]: text.slice(colon + 1) };
}

function members(value: Value, keys: readonly string[], place: string): ValueObject {
  if (!isObject(value)) throw wrong(place, `{${keys.join(', ')}}`);
  const unknown = Object.keys(value).find((key) => !keys.includes(key));
  if (unknown !== undefined) throw wrong(`${place}.${unknown.slice(0, 80)}`, keys.join(', '));
  return value;
}

function textOf(given: ValueObject, key: string, place: string, optional = false): string | undefined {
  const text = Object.hasOwn(given, key) ? given[key] : undefined;
  if (text === undefined && optional) return undefined;
  if (typeof text !== 'string' || text === '') throw wrong(`${place}.${key}`, 'text');
  return text;
}

/** A name of one's own is data in the answer, nothing else. */
function nameOf(given: ValueObject, place: string): string | undefined {
  const name = textOf(given, 'name', place, true);
  if (name !== undefined && !/^[\p{L}_][\p{L}\p{N}_]{0,63}$/u.test(name)) throw wrong(`${place}.name`, 'A-Za-zА-Яа-я_0-9');
  return name;
}

const wrong = (place: string, expected: string): Failure => failure('query.shape', { place, expected });
