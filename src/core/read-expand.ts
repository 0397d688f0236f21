/** Reads from JSON which links are to be expanded. Whether the template has them is found out with it at hand. */
import { failure, type Failure } from './failure.ts';
import { limits } from './limits.ts';
import type { ExpandInput } from './record-view.ts';
import { isObject, type Value } from './value.ts';

const keys = ['link', 'limit', 'select', 'expand'];

/** Throws `query.shape`, naming the place. */
export function readExpand(value: Value, place = 'expand', depth = 1): readonly ExpandInput[] {
  const limit = limits.expandDepth.value;
  if (depth > limit) throw failure('query.expandTooDeep', { limit, depth, path: place });
  return listOf(value, place).map((item, index) => readOne(item, `${place}[${index}]`, depth));
}

function readOne(value: Value, place: string, depth: number): ExpandInput {
  if (typeof value === 'string') return value;
  if (!isObject(value)) throw wrong(place, '"link" | {link, limit, select, expand}');
  const unknown = Object.keys(value).find((key) => !keys.includes(key));
  if (unknown !== undefined) throw wrong(`${place}.${unknown.slice(0, 80)}`, keys.join(', '));
  const { link, limit, select, expand } = value;
  if (typeof link !== 'string' || link === '') throw wrong(`${place}.link`, 'text');
  const most = limits.pageRows.value;
  if (limit !== undefined && (typeof limit !== 'number' || !Number.isInteger(limit) || limit < 1 || limit > most)) throw wrong(`${place}.limit`, `1–${most}`);
  return {
    link,
    ...(limit === undefined ? {} : { limit }),
    ...(select === undefined ? {} : { select: listOf(select, `${place}.select`).map((name, index) => textOf(name, `${place}.select[${index}]`)) }),
    ...(expand === undefined ? {} : { expand: readExpand(expand, `${place}.expand`, depth + 1) }),
  };
}

function listOf(value: Value, place: string): readonly Value[] {
  if (!Array.isArray(value) || value.length > 100) throw wrong(place, '[…]');
  return value as readonly Value[]; // what an array of a Value holds are Values
}

function textOf(value: Value, place: string): string {
  if (typeof value !== 'string') throw wrong(place, 'text');
  return value;
}

const wrong = (place: string, expected: string): Failure => failure('query.shape', { place, expected });
