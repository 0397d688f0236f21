/** Calls, lambdas, partial application and chaining. */
import { failure } from '../failure.ts';
import type { Body, Compiler } from './compiler.ts';
import { FunctionItem, TailCall, kindOf, unwrapped, type Item, type Site, type Runtime } from './item.ts';
import type { PreparedNative } from './native.ts';
import type { NodeOf } from './node.ts';
import { Frame, type Run } from './runtime.ts';
import { boundNames, Scope } from './scope.ts';
import { Signature } from './signature.ts';

/** The raw result of a call; the caller applies the sequence rule. `first` is put before the written arguments. */
export function callRun(node: NodeOf<'call'>, scope: Scope, compiler: Compiler, first: Run | null): Run {
  const args = node.args.map((arg) => compiler.compile(arg, scope));
  if (first !== null) args.unshift(first);
  const site = siteOf(node);
  const callee = compiler.callee(node.callee, scope);
  if (typeof callee !== 'function') return nativeCall(callee, args, site);
  return (input, frame) => {
    const target = calledFunction(callee(input, frame), site);
    return frame.runtime.call(target, evaluated(args, input, frame), input, site);
  };
}

/** A call in tail position: what to call is worked out here, the call itself is left to the caller. */
export function tailCall(node: NodeOf<'call'>, scope: Scope, compiler: Compiler): Body {
  const callee = compiler.callee(node.callee, scope);
  if (typeof callee !== 'function') return compiler.compileCall(node, scope, null);
  const args = node.args.map((arg) => compiler.compile(arg, scope));
  const site = siteOf(node);
  return (input, frame) => new TailCall(calledFunction(callee(input, frame), site), evaluated(args, input, frame), site);
}

function siteOf(node: NodeOf<'call'> | NodeOf<'partial'>): Site {
  const { callee } = node;
  const step = callee.kind === 'path' ? callee.steps[0] : callee;
  const name = step?.kind === 'variable' ? `$${step.name}` : step?.kind === 'name' ? step.name : '(…)';
  return { name, position: node.position };
}

function calledFunction(item: Item, site: Site): FunctionItem {
  if (item instanceof FunctionItem) return item;
  throw failure('expression.notFunction', { name: site.name, position: site.position, found: kindOf(item) });
}

function evaluated(args: readonly Run[], input: Item, frame: Frame): Item[] {
  const items: Item[] = [];
  for (let index = 0; index < args.length; index++) items.push((args[index] as Run)(input, frame));
  return items;
}

function nativeCall(native: PreparedNative, args: readonly Run[], site: Site): Run {
  return (input, frame) => {
    const { runtime } = frame;
    const items = evaluated(args, input, frame);
    spendOnScan(items, runtime);
    return native.run(native.checker.check(items, input, site), runtime, site);
  };
}

/** Built-ins go through their texts and lists: long ones cost steps. */
function spendOnScan(items: readonly Item[], runtime: Runtime): void {
  let steps = 1;
  for (const item of items) {
    if (typeof item === 'string') steps += item.length >> 10;
    else if (Array.isArray(item)) steps += item.length >> 4;
  }
  runtime.budget.spendSteps(steps);
}

/** A built-in as an item, to be passed to a function. */
export function nativeItem(native: PreparedNative): FunctionItem {
  return new FunctionItem(native.arity, (args, context, runtime, site) => {
    spendOnScan(args, runtime);
    return native.run(native.checker.check(args, context, { name: `$${native.name}`, position: site.position }), runtime, site);
  });
}

export function lambdaRun(node: NodeOf<'lambda'>, scope: Scope, compiler: Compiler): Run {
  const inner = new Scope(scope, [...node.parameters, ...boundNames([node.body])]);
  const body = compiler.compileBody(node.body, inner);
  const slots = node.parameters.map((name) => inner.slot(name));
  const signature = node.signature === null ? null : new Signature(node.signature);
  return (input, frame) => {
    frame.runtime.marked = true;
    return new FunctionItem(slots.length, (args, context, runtime, site) => {
      const checked = signature === null ? args : signature.check(args, context, site);
      const own = new Frame(runtime, frame, inner.size);
      for (let index = 0; index < slots.length; index++) own.slots[slots[index] as number] = checked[index];
      return body(input, own);
    });
  };
}

/** `$f(?, x)`: a function of the arguments that were left open. */
export function partialRun(node: NodeOf<'partial'>, scope: Scope, compiler: Compiler): Run {
  const args = node.args.map((arg) => (arg === null ? null : compiler.compile(arg, scope)));
  const found = compiler.callee(node.callee, scope);
  const callee: Run = typeof found === 'function' ? found : () => nativeItem(found);
  const site = siteOf(node);
  return (input, frame) => {
    frame.runtime.marked = true;
    const given = args.map((arg) => (arg === null ? null : { item: arg(input, frame) }));
    const target = calledFunction(callee(input, frame), site);
    const open = given.filter((arg) => arg === null).length;
    return new FunctionItem(open, (later, context, runtime, callSite) => {
      let next = 0;
      return target.$call(given.map((arg) => (arg === null ? later[next++] : arg.item)), context, runtime, callSite);
    });
  };
}

/** `left ~> right`: calls the right side with the left one, or joins two functions to one. */
export function applyRun(node: NodeOf<'apply'>, scope: Scope, compiler: Compiler): Run {
  const left = compiler.compile(node.left, scope);
  if (node.right.kind === 'call') return compiler.compileCall(node.right, scope, left);
  const right = compiler.compile(node.right, scope);
  const site: Site = { name: '~>', position: node.position };
  return (input, frame) => {
    const argument = left(input, frame);
    const target = calledFunction(right(input, frame), site);
    if (!(argument instanceof FunctionItem)) return frame.runtime.call(target, [argument], null, site);
    frame.runtime.marked = true;
    return new FunctionItem(1, (args, _context, runtime, callSite) => new TailCall(target, [unwrapped(runtime.call(argument, args, null, callSite))], callSite));
  };
}

