/**
 * Values of a step: a text that begins with `=` is an expression over the run's variables, `==x` is the text `=x`,
 * anything else is itself. Objects and lists may hold either.
 */
import { Decimal } from '../decimal.ts';
import { Budget } from '../expression/budget.ts';
import { compileExpression } from '../expression/expression.ts';
import { setMember, type Value, type ValueObject } from '../value.ts';

export interface ValueProgram {
  /** Missing members of objects and lists are left out; undefined when the whole is missing. */
  evaluate(variables: ValueObject): Value | undefined;
  /** Names of variables that the expressions read. */
  readonly reads: readonly string[];
  /** Every word of the expressions. */
  readonly words: readonly string[];
}

type Evaluate = (variables: ValueObject) => Value | undefined;

interface Found {
  reads: Set<string>;
  words: Set<string>;
}

/** Throws the failures of `compileExpression`. */
export function compileValueSource(source: unknown): ValueProgram {
  const found: Found = { reads: new Set(), words: new Set() };
  const evaluate = compileNode(source, found);
  return { evaluate: typeof evaluate === 'function' ? evaluate : () => evaluate.literal, reads: [...found.reads], words: [...found.words] };
}

type Compiled = Evaluate | { literal: Value };

function compileNode(source: unknown, found: Found): Compiled {
  if (typeof source === 'string') return source.startsWith('=') && !source.startsWith('==') ? compileText(source.slice(1), found) : { literal: source.startsWith('==') ? source.slice(1) : source };
  if (Array.isArray(source)) return compileList(source.map((item) => compileNode(item, found)));
  if (source instanceof Decimal) return { literal: source };
  if (typeof source === 'object' && source !== null) return compileObject(Object.entries(source).map(([key, member]) => [key, compileNode(member, found)] as const));
  return { literal: typeof source === 'number' || typeof source === 'boolean' ? source : null };
}

const word = /[\p{L}_][\p{L}\p{N}_]*/gu;

function compileText(text: string, found: Found): Evaluate {
  const expression = compileExpression(text);
  for (const [name] of expression.paths) if (name !== undefined) found.reads.add(name);
  for (const match of text.matchAll(word)) found.words.add(match[0]);
  return (variables) => expression.evaluate(variables, noVariables, new Budget());
}

/** Expressions read the run's variables as plain paths; there are no others. */
const noVariables = {};

function compileList(items: readonly Compiled[]): Compiled {
  if (items.every(isLiteral)) return { literal: items.map((item) => item.literal) };
  return (variables) => items.flatMap((item) => single(isLiteral(item) ? item.literal : item(variables)));
}

/** A list inside a list stays one member. */
const single = (value: Value | undefined): readonly Value[] => (value === undefined ? [] : [value]);

function compileObject(members: readonly (readonly [string, Compiled])[]): Compiled {
  const evaluate = (variables: ValueObject): ValueObject => {
    const object: Record<string, Value> = {};
    for (const [key, member] of members) {
      const value = isLiteral(member) ? member.literal : member(variables);
      if (value !== undefined) setMember(object, key, value);
    }
    return object;
  };
  return members.every(([, member]) => isLiteral(member)) ? { literal: evaluate({}) } : evaluate;
}

const isLiteral = (compiled: Compiled): compiled is { literal: Value } => typeof compiled !== 'function';
