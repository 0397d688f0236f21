/** Runs one expression by the `jsonata` interpreter and by ours, in a form that can be compared. */
import jsonata from 'jsonata';
import { Failure } from '../../failure.ts';
import { printJson } from '../../json.ts';
import type { Value } from '../../value.ts';
import { Budget } from '../budget.ts';
import { compileExpression } from '../expression.ts';

/**
 * JSON text, `missing`, `failed`, or `defect` when the interpreter itself broke instead of refusing.
 * Numbers are rounded to twelve digits, since it computes with doubles.
 */
export async function interpreted(text: string, input: Value): Promise<string> {
  try {
    const result: unknown = await jsonata(text).evaluate(structuredClone(input));
    return result === undefined ? 'missing' : roundedText(JSON.stringify(result));
  } catch (error) {
    return error instanceof Error && !('code' in error) ? 'defect' : 'failed';
  }
}

/** Errors that are no Failures pass through: they are defects. */
export function compiled(text: string, input: Value): string {
  try {
    const result = compileExpression(text).evaluate(input, {}, new Budget());
    return result === undefined ? 'missing' : roundedText(printJson(result));
  } catch (error) {
    if (error instanceof Failure) return 'failed';
    throw error;
  }
}

function roundedText(json: string): string {
  return JSON.stringify(JSON.parse(json, (_key, value: unknown) => (typeof value === 'number' ? Number(value.toPrecision(12)) : value)));
}
