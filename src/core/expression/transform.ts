/** `|pattern|update,delete|`: a function that changes a copy of its argument. */
import { Decimal } from '../decimal.ts';
import { failure } from '../failure.ts';
import type { Compiler } from './compiler.ts';
import { FunctionItem, isMembers, setItem, shown, type Item, type List, type Members, type Runtime } from './item.ts';
import type { NodeOf } from './node.ts';
import type { Frame, Run } from './runtime.ts';
import type { Scope } from './scope.ts';
import { Signature } from './signature.ts';

export function transformRun(node: NodeOf<'transform'>, scope: Scope, compiler: Compiler): Run {
  const pattern = compiler.compile(node.pattern, scope);
  const update = compiler.compile(node.update, scope);
  const remove = node.remove === null ? null : compiler.compile(node.remove, scope);
  const signature = new Signature('<(oa):o>');
  const change = (match: Members, frame: Frame): void => {
    const additions = update(match, frame);
    if (additions !== undefined) {
      if (!isMembers(additions)) throw failure('expression.operand', { operator: '|…|', expected: 'an object', found: shown(additions), position: node.update.position });
      // A copy, since the update may hold the very object that is being changed.
      for (const [key, value] of Object.entries(additions)) setItem(match, key, copied(value, frame.runtime));
    }
    for (const key of removed(remove?.(match, frame), node)) delete match[key];
  };
  return (_input, frame) => {
    frame.runtime.marked = true;
    return new FunctionItem(1, (args, context, runtime, site) => {
      const [original] = signature.check(args, context, site);
      if (original === undefined) return undefined;
      const own = new Set<Item>();
      const copy = copied(original, runtime, own);
      const found = pattern(copy, frame);
      const matches: List = Array.isArray(found) ? found : [found];
      // A pattern may also find what is not of the copy, by a variable or `$$`: that is never changed.
      for (const match of matches) if (isMembers(match) && own.has(match)) change(match, frame);
      return copy;
    });
  };
}

function removed(item: Item, node: NodeOf<'transform'>): readonly string[] {
  if (item === undefined) return [];
  const keys: List = Array.isArray(item) ? item : [item];
  return keys.map((key) => {
    if (typeof key !== 'string') throw failure('expression.operand', { operator: '|…|', expected: 'texts to delete', found: shown(key), position: node.position });
    return key;
  });
}

/** A deep copy; functions have no place in it and become empty texts. `made` collects the objects of the copy. */
export function copied(item: Item, runtime: Runtime, made?: Set<Item>): Item {
  if (typeof item !== 'object' || item === null || item instanceof Decimal) return item;
  if (item instanceof FunctionItem) return '';
  runtime.budget.spendSteps(1);
  runtime.budget.spendBytes(16);
  if (Array.isArray(item)) {
    const source: List = item;
    return (source.wrapper === true ? (source[0] as List) : source).map((one) => copied(one, runtime, made));
  }
  const copy: Members = {};
  made?.add(copy);
  for (const [key, value] of Object.entries(item)) setItem(copy, key, copied(value, runtime, made));
  return copy;
}
