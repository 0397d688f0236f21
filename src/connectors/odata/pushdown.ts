/** Divides a condition into what the server is asked and what is asked of the rows that it gives. Pure. */
import { dialectRules } from './dialect.ts';
import type { Dialect, EntitySet } from './edm.ts';
import { always, never, type Condition, type Field } from './condition.ts';
import type { TextMatch } from './filter.ts';

export interface Pushdown {
  /** True of all rows that the whole is true of, and of others maybe. */
  pushed: Condition;
  /** What is still to be asked of a row; undefined when the server said it all. */
  residue: Condition | undefined;
}

export interface PushdownPlace {
  dialect: Dialect;
  set: EntitySet;
}

/** A list at the top is left as long as it is: it can be read piece by piece. */
export function pushDown(place: PushdownPlace, condition: Condition, top = true): Pushdown {
  switch (condition.op) {
    case 'and': return pushAll(place, condition.of, top);
    case 'or': return pushOr(place, condition);
    case 'not': return pushNot(place, condition);
    case 'any':
    case 'all': return pushLambda(place, condition);
    case 'like': return pushLike(place, condition);
    default: return canSay(place, condition, top) ? { pushed: condition, residue: undefined } : { pushed: always, residue: condition };
  }
}

function pushAll(place: PushdownPlace, of: readonly Condition[], top: boolean): Pushdown {
  const parts = of.map((part) => pushDown(place, part, top));
  return { pushed: all(parts.map(({ pushed }) => pushed)), residue: rest(parts.flatMap(({ residue }) => residue ?? [])) };
}

/** With a branch of which the server can be told nothing, it can be told nothing at all. */
function pushOr(place: PushdownPlace, condition: Extract<Condition, { op: 'and' | 'or' }>): Pushdown {
  const parts = condition.of.map((part) => pushDown(place, part, false));
  if (parts.some(({ pushed }) => isAlways(pushed))) return { pushed: always, residue: condition };
  return { pushed: { op: 'or', of: parts.map(({ pushed }) => pushed) }, residue: parts.some(({ residue }) => residue !== undefined) ? condition : undefined };
}

/** Taken inward first, so that of "neither this nor that" one half can go. */
function pushNot(place: PushdownPlace, condition: Extract<Condition, { op: 'not' }>): Pushdown {
  const { of: inner } = condition;
  switch (inner.op) {
    case 'not': return pushDown(place, inner.of, false);
    case 'or': return pushAll(place, inner.of.map((part): Condition => ({ op: 'not', of: part })), false);
    case 'and': {
      const split = pushDown(place, inner, false);
      return split.residue === undefined ? { pushed: { op: 'not', of: split.pushed }, residue: undefined } : pushOr(place, { op: 'or', of: inner.of.map((part): Condition => ({ op: 'not', of: part })) });
    }
    default: {
      const split = pushDown(place, inner, false);
      return split.residue === undefined ? { pushed: { op: 'not', of: split.pushed }, residue: undefined } : { pushed: always, residue: condition };
    }
  }
}

/** The rows inside have their own fields: a weaker question about them is a weaker one about their owner. */
function pushLambda(place: PushdownPlace, condition: Extract<Condition, { op: 'any' | 'all' }>): Pushdown {
  if (!dialectRules[place.dialect].lambda) return { pushed: always, residue: condition };
  const inner = pushDown(place, condition.of, false);
  if (inner.residue === undefined) return { pushed: { ...condition, of: inner.pushed }, residue: undefined };
  return { pushed: isAlways(inner.pushed) ? always : { ...condition, of: inner.pushed }, residue: condition };
}

/** Where there is no pattern, its fixed beginning and end are asked for. */
function pushLike(place: PushdownPlace, condition: Extract<Condition, { op: TextMatch }>): Pushdown {
  if (!canSay(place, condition, false)) return { pushed: always, residue: condition };
  if (dialectRules[place.dialect].like) return { pushed: condition, residue: undefined };
  const { field, value } = condition;
  const pieces = value.split(/[%_]/);
  const [first = '', last = ''] = [pieces[0], pieces.at(-1)];
  if (pieces.length === 1) return { pushed: { op: 'eq', field, value }, residue: undefined };
  const pushed = all([
    ...(first === '' ? [] : [{ op: 'startsWith' as const, field, value: first }]),
    ...(last === '' ? [] : [{ op: 'endsWith' as const, field, value: last }]),
    ...pieces.slice(1, -1).filter((piece) => piece !== '').map((piece) => ({ op: 'contains' as const, field, value: piece })),
  ]);
  // One piece with `%` on one or both sides is said exactly by one function.
  return { pushed, residue: /^%*[^%_]+%*$/.test(value) ? undefined : condition };
}

/** Terms of one list that a server is asked at a time: more of them overflow the address, or the depth of its expressions. */
export const listTerms = (dialect: Dialect): number => (dialect === '1c' ? 30 : 200);

type Leaf = Exclude<Condition, { op: 'and' | 'or' | 'not' | 'any' | 'all' }>;

function canSay(place: PushdownPlace, leaf: Leaf, top: boolean): boolean {
  if (leaf.op === 'in' && !top && leaf.values.length > listTerms(place.dialect)) return false;
  return place.dialect !== '1c' || onecCanSay(place.set, leaf);
}

const ranges: readonly string[] = ['gt', 'ge', 'lt', 'le'];

function onecCanSay(set: EntitySet, leaf: Leaf): boolean {
  const { op, field } = leaf;
  // 1C takes a bracket for a set of characters, a filter of ours for itself.
  if (leaf.op === 'like' && leaf.value.includes('[')) return false;
  // These are answered 500.
  if (field.inKey && (set.parentSet !== undefined || set.name.endsWith('_RecordType'))) return false;
  if (ranges.includes(op) && field.property.type === 'Edm.Guid') return false;
  // There is no word for "of no type".
  return !(op === 'isNull' && field.property.role.kind === 'composite');
}

export const isAlways = (condition: Condition): boolean => condition.op === 'and' && condition.of.length === 0;

function all(parts: readonly Condition[]): Condition {
  const said = parts.filter((part) => !isAlways(part));
  return said.length === 1 ? (said[0] ?? never) : { op: 'and', of: said };
}

const rest = (parts: readonly Condition[]): Condition | undefined => (parts.length === 0 ? undefined : all(parts));

/** Fields of the row that the condition looks at, with what tells their type. */
export function fieldsOf(condition: Condition): readonly Field[] {
  switch (condition.op) {
    case 'and':
    case 'or': return condition.of.flatMap(fieldsOf);
    case 'not': return fieldsOf(condition.of);
    case 'any':
    case 'all': return [];
    default: return [condition.field];
  }
}
