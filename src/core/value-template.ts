/**
 * Values as configuration writes them: a text that begins with `=` is an expression, `==x` is the text `=x`,
 * anything else is itself; lists and objects may hold either.
 */
import type { Budget } from './expression/budget.ts';
import { compileExpression, type CompileExpressionOptions } from './expression/expression.ts';
import { Decimal } from './decimal.ts';
import { Failure, failure, type Problem } from './failure.ts';
import { setMember, type Value, type ValueObject } from './value.ts';

/** Members and items whose expression gives nothing are left out; undefined when the whole gives nothing. */
export type TemplateValue = (variables: ValueObject | Readonly<Record<string, Value | undefined>>, budget: Budget) => Value | undefined;

export interface TemplateOptions extends CompileExpressionOptions {
  /** Names the value in a failure, like `response`. */
  place?: string;
}

/** Failure: expression.invalid with every problem by its path inside the document. */
export function compileTemplateValue(document: unknown, options: TemplateOptions = {}): TemplateValue {
  const problems: Problem[] = [];
  const part = compilePart(document, '', { problems, options });
  if (problems.length > 0) throw failure('expression.invalid', { place: options.place ?? '.' }, { problems });
  if (part.kind === 'literal') return () => part.value;
  return (variables, budget) => part.evaluate(variables as ValueObject, budget); // missing variables are no members
}

type Evaluate = (variables: ValueObject, budget: Budget) => Value | undefined;
type Part = { kind: 'literal'; value: Value } | { kind: 'computed'; evaluate: Evaluate };

interface Compiling {
  problems: Problem[];
  options: TemplateOptions;
}

function compilePart(document: unknown, path: string, compiling: Compiling): Part {
  if (typeof document === 'string') return document.startsWith('=') ? compileText(document.slice(1), path, compiling) : literal(document);
  if (Array.isArray(document)) return compileList(document.map((item: unknown, index) => compilePart(item, `${path}[${index}]`, compiling)));
  if (document === null || document === undefined || typeof document === 'boolean' || document instanceof Decimal) return literal(document ?? null);
  if (typeof document === 'number' && Number.isFinite(document)) return literal(document);
  if (isPlain(document)) return compileObject(Object.entries(document).map(([key, item]) => [key, compilePart(item, path === '' ? key : `${path}.${key}`, compiling)] as const));
  compiling.problems.push({ path, code: 'expression.literal', parameters: { kind: typeof document === 'object' ? document.constructor.name : typeof document } });
  return literal(null);
}

const literal = (value: Value): Part => ({ kind: 'literal', value });

function isPlain(document: unknown): document is Readonly<Record<string, unknown>> {
  if (typeof document !== 'object' || document === null) return false;
  const prototype: unknown = Object.getPrototypeOf(document);
  return prototype === null || prototype === Object.prototype;
}

function compileText(text: string, path: string, { problems, options }: Compiling): Part {
  if (text.startsWith('=')) return literal(text);
  try {
    const expression = compileExpression(text, options);
    return { kind: 'computed', evaluate: (variables, budget) => expression.evaluate(variables, {}, budget) };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    problems.push({ path, code: error.code, parameters: error.parameters });
    return literal(null);
  }
}

function compileList(parts: readonly Part[]): Part {
  const fixed = literals(parts);
  if (fixed !== null) return literal(fixed);
  return {
    kind: 'computed',
    evaluate(variables, budget) {
      const result: Value[] = [];
      for (const part of parts) {
        const value = part.kind === 'literal' ? part.value : part.evaluate(variables, budget);
        if (value !== undefined) result.push(value);
      }
      return result;
    },
  };
}

function compileObject(members: readonly (readonly [string, Part])[]): Part {
  const evaluate: Evaluate = (variables, budget) => {
    const result: { [key: string]: Value } = {};
    for (const [key, part] of members) {
      const value = part.kind === 'literal' ? part.value : part.evaluate(variables, budget);
      if (value !== undefined) setMember(result, key, value);
    }
    return result;
  };
  const fixed = literals(members.map(([, part]) => part));
  if (fixed === null) return { kind: 'computed', evaluate };
  const whole: { [key: string]: Value } = {};
  members.forEach(([key], index) => setMember(whole, key, fixed[index] as Value)); // one value a member
  return literal(whole);
}

/** The values of the parts when none of them is computed. */
function literals(parts: readonly Part[]): Value[] | null {
  const values: Value[] = [];
  for (const part of parts) {
    if (part.kind === 'computed') return null;
    values.push(part.value);
  }
  return values;
}
