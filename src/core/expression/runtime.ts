/** One evaluation: its input, variables and budget; and the frames that hold what is bound by name. */
import { failure } from '../failure.ts';
import type { Value } from '../value.ts';
import type { Budget } from './budget.ts';
import { TailCall, type FunctionItem, type Item, type Members, type Runtime, type Site } from './item.ts';

export type Variables = Readonly<Record<string, Value | undefined>>;

export class Evaluation implements Runtime {
  readonly root: Item;
  readonly variables: Variables;
  readonly budget: Budget;
  marked = false;
  private depth = 0;

  constructor(root: Item, variables: Variables, budget: Budget) {
    this.root = root;
    this.variables = variables;
    this.budget = budget;
  }

  call(target: FunctionItem, args: Item[], context: Item, site: Site): Item {
    this.budget.spendSteps(1);
    if (++this.depth > this.budget.depthLimit) throw failure('expression.depth', { limit: this.budget.depthLimit });
    let result = target.$call(args, context, this, site);
    while (result instanceof TailCall) {
      this.budget.spendSteps(1);
      result = result.target.$call(result.args, context, this, result.site);
    }
    this.depth--;
    return result;
  }
}

/** Marks a name that its scope knows but that has not been bound yet. */
export const unbound: unique symbol = Symbol('unbound');

export class Frame {
  readonly runtime: Runtime;
  readonly parent: Frame | null;
  readonly slots: (Item | typeof unbound)[];
  /** Variables bound by `@`, `#` and for `%` along a path. */
  readonly tuple: Members | null;

  constructor(runtime: Runtime, parent: Frame | null, size: number, tuple: Members | null = null) {
    this.runtime = runtime;
    this.parent = parent;
    this.tuple = tuple;
    const slots: (Item | typeof unbound)[] = [];
    for (let index = 0; index < size; index++) slots.push(unbound);
    this.slots = slots;
  }
}

/** A compiled part of an expression. */
export type Run = (input: Item, frame: Frame) => Item;
