/** Expressions: compiled once, evaluated for every message. */
import { failure } from '../failure.ts';
import { limits } from '../limits.ts';
import { nearestName } from '../nearest-name.ts';
import type { Value } from '../value.ts';
import type { Budget } from './budget.ts';
import { functionsWith } from './builtins.ts';
import { compileTree, type CompiledTree } from './compile.ts';
import { newSequence, settled, type Item, type List } from './item.ts';
import type { Native } from './native.ts';
import { parseExpression } from './parse.ts';
import { rootReads, type RootRead } from './reads.ts';
import { Evaluation, Frame, type Variables } from './runtime.ts';

export interface CompileExpressionOptions {
  /** Functions besides the built-in ones; a name without `$`. */
  functions?: readonly Native[];
  /** Names that `$name` may stand for. Any when absent; another name is a failure when this is given. */
  variables?: readonly string[];
  /** Top-level keys that the input will have. Any when absent; a path that begins with another is a failure. */
  roots?: readonly string[];
}

export interface Expression {
  readonly text: string;
  /** Names of `$variables` that have to be given, without `$`. */
  readonly freeVariables: readonly string[];
  /** Paths that are read from the root of the input; an empty one means all of it. */
  readonly paths: readonly (readonly string[])[];
  /**
   * Undefined means missing, which is not null. The result shares parts of the input and holds no marks of ours.
   * Failures: `expression.*`; the budget's are expression.steps, expression.depth, expression.resultSize.
   */
  evaluate(input: Value | undefined, variables: Variables, budget: Budget): Value | undefined;
}

/** Failures: expression.syntax, .tooLong, .nesting, .unsupported, .unknownVariable, .unknownFunction, .notFunction. */
export function compileExpression(text: string, options: CompileExpressionOptions = {}): Expression {
  const tree = parseExpression(text);
  const reads = rootReads(tree);
  if (options.roots !== undefined) checkRoots(reads, options.roots);
  const variables = options.variables === undefined ? null : new Set(options.variables);
  const compiled = compileTree(tree, { natives: functionsWith(options.functions ?? []), variables });
  return {
    text,
    freeVariables: compiled.freeVariables,
    paths: distinctPaths(reads),
    evaluate: (input, given, budget) => evaluate(compiled, input, given, budget),
  };
}

function checkRoots(reads: readonly RootRead[], roots: readonly string[]): void {
  for (const { path, position } of reads) {
    const [name] = path;
    if (name === undefined || roots.includes(name)) continue;
    throw failure('expression.unknownVariable', { name, position, nearest: nearestName(name, roots) ?? roots.slice(0, 8).join(', ') });
  }
}

function distinctPaths(reads: readonly RootRead[]): readonly (readonly string[])[] {
  return [...new Map(reads.map(({ path }) => [JSON.stringify(path), path])).values()];
}

function evaluate(compiled: CompiledTree, input: Value | undefined, variables: Variables, budget: Budget): Value | undefined {
  const root = input as Item; // values are items; what we build ourselves is never written into them
  const runtime = new Evaluation(root, variables, budget);
  const frame = new Frame(runtime, null, compiled.size);
  try {
    const result = compiled.run(Array.isArray(root) ? wrapped(root) : root, frame);
    return runtime.marked || isMarked(result) ? settled(result) : (result as Value | undefined); // nothing marked: it is a value
  } catch (cause) {
    if (cause instanceof RangeError && /call stack/i.test(cause.message)) throw failure('expression.depth', { limit: limits.expressionDepth.value }, { cause });
    throw cause;
  }
}

function wrapped(root: List): List {
  const list = newSequence();
  list.push(root);
  list.wrapper = true;
  return list;
}

const isMarked = (item: Item): boolean => Array.isArray(item) && (item.sequence === true || item.constructed === true || item.keep === true);
