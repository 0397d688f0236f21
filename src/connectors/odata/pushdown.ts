/** Divides a condition into what the server is asked and what is asked of the rows that it gives. Pure. */
import { dialectRules } from './dialect.ts';
import type { Dialect, EntitySet } from './edm.ts';
import { castsAlike } from './cast.ts';
import { always, comparedAs, never, type Condition, type Field } from './condition.ts';
import type { TextMatch } from './filter.ts';
import type { KeptPart, KeptReason } from './kept-reason.ts';

export interface Pushdown {
  /** True of all rows that the whole is true of, and of others maybe. */
  pushed: Condition;
  /** What is still to be asked of a row; undefined when the server said it all. */
  residue: Condition | undefined;
  /** Which parts of it stay here, and why. */
  kept: readonly KeptPart[];
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
    default: {
      const reason = whyNot(place, condition, top);
      return reason === undefined ? said(condition) : stays(condition, reason);
    }
  }
}

const said = (condition: Condition): Pushdown => ({ pushed: condition, residue: undefined, kept: [] });

const stays = (condition: Condition, reason: KeptReason, pushed: Condition = always): Pushdown => ({ pushed, residue: condition, kept: [{ condition, reason }] });

function pushAll(place: PushdownPlace, of: readonly Condition[], top: boolean): Pushdown {
  const parts = of.map((part) => pushDown(place, part, top));
  return { pushed: all(parts.map(({ pushed }) => pushed)), residue: rest(parts.flatMap(({ residue }) => residue ?? [])), kept: keptOf(parts) };
}

const keptOf = (parts: readonly Pushdown[]): readonly KeptPart[] => parts.flatMap(({ kept }) => kept);

/** With a branch of which the server can be told nothing, it can be told nothing at all. */
function pushOr(place: PushdownPlace, condition: Extract<Condition, { op: 'and' | 'or' }>): Pushdown {
  const parts = condition.of.map((part) => pushDown(place, part, false));
  const kept = keptOf(parts);
  if (parts.some(({ pushed }) => isAlways(pushed))) return { pushed: always, residue: condition, kept: [...kept, { condition, reason: 'branch' }] };
  return { pushed: { op: 'or', of: parts.map(({ pushed }) => pushed) }, residue: parts.some(({ residue }) => residue !== undefined) ? condition : undefined, kept };
}

/** Taken inward first, so that of "neither this nor that" one half can go. */
function pushNot(place: PushdownPlace, condition: Extract<Condition, { op: 'not' }>): Pushdown {
  const { of: inner } = condition;
  if (inner.op === 'not') return pushDown(place, inner.of, false);
  if (inner.op === 'or') return pushAll(place, inner.of.map((part): Condition => ({ op: 'not', of: part })), false);
  if (isDoubtful(place, inner) && inner.op !== 'and') return stays(condition, 'noCast');
  const split = pushDown(place, inner, false);
  if (split.residue === undefined && !isDoubtful(place, inner)) return said({ op: 'not', of: split.pushed });
  if (inner.op === 'and') return pushOr(place, { op: 'or', of: inner.of.map((part): Condition => ({ op: 'not', of: part })) });
  return { ...stays(condition, 'negated'), kept: split.kept.length > 0 ? split.kept : [{ condition, reason: 'negated' }] };
}

/** The rows inside have their own fields: a weaker question about them is a weaker one about their owner. */
function pushLambda(place: PushdownPlace, condition: Extract<Condition, { op: 'any' | 'all' }>): Pushdown {
  if (!dialectRules[place.dialect].lambda) return stays(condition, 'noLambda');
  if (condition.op === 'all' && isDoubtful(place, condition.of)) return stays(condition, 'noCast');
  const inner = pushDown(place, condition.of, false);
  if (inner.residue === undefined) return said({ ...condition, of: inner.pushed });
  const weaker = isAlways(inner.pushed) ? always : { ...condition, of: inner.pushed };
  return { pushed: weaker, residue: condition, kept: [...inner.kept, ...(isAlways(weaker) ? [] : [{ condition, reason: 'weakerInside' as const }])] };
}

/** Where there is no pattern, its fixed beginning and end are asked for. */
function pushLike(place: PushdownPlace, condition: Extract<Condition, { op: TextMatch }>): Pushdown {
  const reason = whyNot(place, condition, false);
  if (reason !== undefined) return stays(condition, reason);
  if (dialectRules[place.dialect].like) return said(condition);
  const { field, value } = condition;
  const pieces = value.split(/[%_]/);
  const [first = '', last = ''] = [pieces[0], pieces.at(-1)];
  if (pieces.length === 1) return said({ op: 'eq', field, value });
  const pushed = all([
    ...(first === '' ? [] : [{ op: 'startsWith' as const, field, value: first }]),
    ...(last === '' ? [] : [{ op: 'endsWith' as const, field, value: last }]),
    ...pieces.slice(1, -1).filter((piece) => piece !== '').map((piece) => ({ op: 'contains' as const, field, value: piece })),
  ]);
  // One piece with `%` on one or both sides is said exactly by one function.
  return /^%*[^%_]+%*$/.test(value) ? said(pushed) : stays(condition, 'noPattern', pushed);
}

/** Terms of one list that a server is asked at a time: more of them overflow the address, or the depth of its expressions. */
export const listTerms = (dialect: Dialect): number => (dialect === '1c' ? 30 : 200);

type Leaf = Exclude<Condition, { op: 'and' | 'or' | 'not' | 'any' | 'all' }>;

function whyNot(place: PushdownPlace, leaf: Leaf, top: boolean): KeptReason | undefined {
  if (leaf.field.cast !== undefined && (!castsThere(place.dialect, leaf.field, leaf.field.cast) || (place.dialect === '1c' && (leaf.op === 'ne' || leaf.op === 'isNull')))) return 'noCast';
  if (leaf.op === 'in' && !top && leaf.values.length > listTerms(place.dialect)) return 'longList';
  return place.dialect === '1c' ? whyNotIn1c(place.set, leaf) : undefined;
}

/** 1C takes a composite value as what it is, and as nothing else; other fields it does not convert. */
const castsThere = (dialect: Dialect, { property }: Field, cast: string): boolean => (dialect === '1c' ? property.role.kind === 'composite' : castsAlike(dialect, property.type, cast));

/** Nobody tells what 1C takes for the opposite of "it cannot be taken so". */
function isDoubtful(place: PushdownPlace, condition: Condition): boolean {
  if (place.dialect !== '1c') return false;
  switch (condition.op) {
    case 'and':
    case 'or': return condition.of.some((part) => isDoubtful(place, part));
    case 'not':
    case 'any':
    case 'all': return isDoubtful(place, condition.of);
    default: return condition.field.cast !== undefined;
  }
}

const ranges: readonly string[] = ['gt', 'ge', 'lt', 'le'];

function whyNotIn1c(set: EntitySet, leaf: Leaf): KeptReason | undefined {
  const { op, field } = leaf;
  if (leaf.op === 'like' && leaf.value.includes('[')) return 'bracketPattern';
  if (field.inKey && (set.parentSet !== undefined || set.name.endsWith('_RecordType'))) return 'partKey';
  if (ranges.includes(op) && comparedAs(field) === 'Edm.Guid') return 'guidOrder';
  return op === 'isNull' && field.property.role.kind === 'composite' ? 'emptyComposite' : undefined;
}

export const isAlways = (condition: Condition): boolean => condition.op === 'and' && condition.of.length === 0;

function all(parts: readonly Condition[]): Condition {
  const left = parts.filter((part) => !isAlways(part));
  return left.length === 1 ? (left[0] ?? never) : { op: 'and', of: left };
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
