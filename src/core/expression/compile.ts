/** The compiler: from the syntax tree to closures. */
import { failure } from '../failure.ts';
import { nearestName } from '../nearest-name.ts';
import { applyRun, callRun, lambdaRun, nativeItem, partialRun, tailCall } from './call.ts';
import type { Body, Compiler } from './compiler.ts';
import { refusedFunctions } from './deviations.ts';
import { filterRun } from './filter.ts';
import { noteNested, objectRun } from './group.ts';
import { asSequence, isMembers, isTrue, lookup, newSequence, unwrapped, type FunctionItem, type Item, type List } from './item.ts';
import type { PreparedNative } from './native.ts';
import type { Node, NodeOf } from './node.ts';
import { negationRun, operatorRun } from './operators.ts';
import { pathRun } from './path.ts';
import { compileRegex, RegexItem, simpleRegex } from './regex.ts';
import { Frame, unbound, type Run } from './runtime.ts';
import { boundNames, read, Scope, tupleNames, type Place } from './scope.ts';
import { transformRun } from './transform.ts';

export interface CompileOptions {
  natives: ReadonlyMap<string, PreparedNative>;
  /** Names of variables that will be given, or null when any may be. */
  variables: ReadonlySet<string> | null;
}

export interface CompiledTree {
  run: Run;
  /** Names of variables that must be given from outside, without `$`. */
  freeVariables: readonly string[];
  /** Slots of the outermost frame. */
  size: number;
}

export function compileTree(tree: Node, options: CompileOptions): CompiledTree {
  const scope = new Scope(null, boundNames([tree]));
  const compiler = new TreeCompiler(tree, options);
  return { run: compiler.compile(tree, scope), size: scope.size, freeVariables: [...compiler.free] };
}

class TreeCompiler implements Compiler {
  readonly tupleNames: ReadonlySet<string>;
  readonly free = new Set<string>();
  private readonly options: CompileOptions;

  constructor(tree: Node, options: CompileOptions) {
    this.tupleNames = tupleNames(tree);
    this.options = options;
  }

  compile(node: Node, scope: Scope): Run {
    return this.decorated(node, this.bare(node, scope), scope);
  }

  compileBody(node: Node, scope: Scope): Body {
    return this.body(node, scope, 0);
  }

  /** What a call in tail position gives is left as it is; all else obeys the sequence rule once for each of the `levels` around it. */
  private body(node: Node, scope: Scope, levels: number): Body {
    if (isDecorated(node)) return settledTimes(this.compile(node, scope), levels);
    switch (node.kind) {
      case 'tail':
        return node.of.kind === 'call' && !isDecorated(node.of) ? tailCall(node.of, scope, this) : this.compile(node.of, scope);
      case 'condition':
        return conditionRun<Body>(this.compile(node.when, scope), this.body(node.then, scope, levels + 1), node.otherwise === null ? () => undefined : this.body(node.otherwise, scope, levels + 1));
      case 'block':
        return this.block(node, scope, (last, inner) => this.body(last, inner, levels + 1));
      default:
        return settledTimes(this.compile(node, scope), levels);
    }
  }

  compileCall(node: NodeOf<'call'>, scope: Scope, first: Run | null): Run {
    return callRun(node, scope, this, first);
  }

  callee(node: Node, scope: Scope): PreparedNative | Run {
    if (node.kind === 'variable' && !isDecorated(node) && node.name !== '' && node.name !== '$' && scope.places(node.name, this.tupleNames).length === 0) return this.namedNative(node);
    const [step] = node.kind === 'path' ? node.steps : [];
    if (step?.kind === 'name' && this.options.natives.has(step.name)) throw failure('expression.notFunction', { name: step.name, position: step.position, meant: `$${step.name}` });
    return this.compile(node, scope);
  }

  /** Variables hold values, so only a built-in can be called by a name that the expression does not bind. */
  private namedNative(node: NodeOf<'variable'>): PreparedNative {
    const native = this.options.natives.get(node.name);
    if (native !== undefined && this.options.variables?.has(node.name) !== true) return native;
    refuse(node);
    const nearest = nearestName(node.name, this.options.natives.keys());
    throw failure('expression.unknownFunction', { name: `$${node.name}`, position: node.position, nearest: nearest === undefined ? '—' : `$${nearest}` });
  }

  /** Filters, grouping, and the sequence rule that ends every evaluation. */
  private decorated(node: Node, bare: Run, scope: Scope): Run {
    let run = bare;
    for (const stage of node.predicates) {
      if (stage.kind === 'filter') run = piped(run, filterRun(stage.of, scope, this));
    }
    if (node.group !== null && node.kind !== 'path') run = piped(run, objectRun(node.group.pairs, node.group.position, scope, this));
    if (node.keepArray) return (input, frame) => unwrapped(keptArray(run(input, frame)));
    return node.predicates.length > 0 || makesSequences(node) ? (input, frame) => unwrapped(run(input, frame)) : run;
  }

  private bare(node: Node, scope: Scope): Run {
    const at = (part: Node): Run => this.compile(part, scope);
    switch (node.kind) {
      case 'path':
        return pathRun(node, scope, this);
      case 'name':
        return (input) => unwrapped(lookup(input, node.name));
      case 'literal':
        return () => node.value;
      case 'wildcard':
        return wildcard;
      case 'descendant':
        return descendants;
      case 'variable':
        return this.variable(node, scope);
      case 'parent':
        return placesRun(scope.places(node.label, this.tupleNames), () => undefined);
      case 'regex':
        return this.regex(node);
      case 'negation':
        return negationRun(at(node.of), node.position);
      case 'binary':
        return operatorRun(node.operator, at(node.left), at(node.right), node.position);
      case 'array':
        return this.array(node, scope);
      case 'object':
        return objectRun(node.pairs, node.position, scope, this);
      case 'condition':
        return conditionRun<Run>(at(node.when), at(node.then), node.otherwise === null ? () => undefined : at(node.otherwise));
      case 'block':
        return this.block<Run>(node, scope, (last, inner) => this.compile(last, inner));
      case 'bind':
        return bindRun(scope.slot(node.name), at(node.of));
      case 'call':
        return callRun(node, scope, this, null);
      case 'tail':
        return at(node.of);
      case 'partial':
        return partialRun(node, scope, this);
      case 'lambda':
        return lambdaRun(node, scope, this);
      case 'apply':
        return applyRun(node, scope, this);
      case 'transform':
        return transformRun(node, scope, this);
      case 'sort':
        throw failure('expression.syntax', { position: node.position, detail: 'an order-by must follow a path' });
      default:
        return node satisfies never;
    }
  }

  private variable(node: NodeOf<'variable'>, scope: Scope): Run {
    const { name } = node;
    if (name === '') return (input) => (Array.isArray(input) && input.wrapper === true ? input[0] : input);
    if (name === '$') return (_input, frame) => frame.runtime.root;
    const places = scope.places(name, this.tupleNames);
    return places.length === 0 ? this.outerVariable(node) : placesRun(places, this.fallback(name));
  }

  /** What the name stands for outside of the expression: a given variable or a built-in function. */
  private outerVariable(node: NodeOf<'variable'>): Run {
    const { name } = node;
    const { natives, variables } = this.options;
    const native = natives.get(name);
    if (variables?.has(name) !== true && native === undefined) refuse(node);
    if (variables?.has(name) === true || native === undefined) this.free.add(name);
    if (variables?.has(name) === true) return givenVariable(name);
    if (native !== undefined) return functionRun(nativeItem(native));
    if (variables !== null) throw failure('expression.unknownVariable', { name: `$${name}`, position: node.position, nearest: nearestVariable(name, [...variables, ...natives.keys()]) });
    return givenVariable(name);
  }

  /** A name that the expression binds, read before it is bound. */
  private fallback(name: string): Run {
    const native = this.options.natives.get(name);
    return native === undefined ? givenVariable(name) : functionRun(nativeItem(native));
  }

  private regex(node: NodeOf<'regex'>): Run {
    return functionRun(new RegexItem(compileRegex(node.pattern, node.flags, node.position), node.position, simpleRegex(node.pattern, node.flags)));
  }

  private array(node: NodeOf<'array'>, scope: Scope): Run {
    const items = node.items.map((item) => ({ run: this.compile(item, scope), nested: item.kind === 'array' }));
    return (input, frame) => {
      const list: List = [];
      for (const { run, nested } of items) {
        const item = run(input, frame);
        if (item === undefined) continue;
        if (Array.isArray(item) && !nested) for (const one of item) list.push(one);
        else {
          noteNested(item, frame.runtime);
          list.push(item);
        }
      }
      frame.runtime.budget.spendBytes(8 * list.length);
      if (node.constructed) {
        list.constructed = true;
        frame.runtime.marked = true;
      }
      return list;
    };
  }

  private block<T extends Body>(node: NodeOf<'block'>, scope: Scope, compileLast: (last: Node, scope: Scope) => T): T {
    const names = boundNames(node.items);
    const inner = names.size === 0 ? scope : new Scope(scope, names);
    const last = node.items.at(-1);
    if (last === undefined) return (() => undefined) as unknown as T; // an empty block is missing, whatever T is
    const before = node.items.slice(0, -1).map((item) => this.compile(item, inner));
    const result = compileLast(last, inner);
    if (names.size === 0 && before.length === 0) return result;
    const run: Body = (input, frame) => {
      const own = names.size === 0 ? frame : new Frame(frame.runtime, frame, inner.size);
      for (const step of before) step(input, own);
      return result(input, own);
    };
    return run as T; // gives what `result` gives
  }
}

function refuse(node: NodeOf<'variable'>): void {
  const code = Object.hasOwn(refusedFunctions, node.name) ? refusedFunctions[node.name] : undefined;
  if (code !== undefined) throw failure(code, { name: `$${node.name}`, position: node.position });
}

function settledTimes(run: Run, levels: number): Run {
  return levels === 0 ? run : settledTimes((input, frame) => unwrapped(run(input, frame)), levels - 1);
}

const isDecorated = (node: Node): boolean => node.predicates.length > 0 || node.group !== null || node.keepArray;

const nearestVariable = (name: string, names: readonly string[]): string => {
  const nearest = nearestName(name, names);
  return nearest === undefined ? '—' : `$${nearest}`;
};

/** Parts whose result may be an unsettled sequence. */
function makesSequences(node: Node): boolean {
  switch (node.kind) {
    case 'path':
    case 'wildcard':
    case 'descendant':
    case 'call':
    case 'apply':
    case 'tail':
    // What these pass on may be an item of a list that a higher-order function made of unsettled sequences.
    case 'variable':
    case 'bind':
    case 'condition':
    case 'block':
      return true;
    case 'binary':
      return node.operator === '..';
    default:
      return false;
  }
}

const piped =
  (run: Run, next: (item: Item, frame: Frame) => Item): Run =>
  (input, frame) =>
    next(run(input, frame), frame);

function keptArray(item: Item): Item {
  if (Array.isArray(item) && item.sequence === true) item.keep = true;
  return item;
}

function conditionRun<T extends Body>(when: Run, then: T, otherwise: T): T {
  const run: Body = (input, frame) => (isTrue(when(input, frame)) ? then(input, frame) : otherwise(input, frame));
  return run as T; // gives what its branches give
}

const bindRun =
  (slot: number, of: Run): Run =>
  (input, frame) => {
    const item = of(input, frame);
    frame.slots[slot] = item;
    return item;
  };

function placesRun(places: readonly Place[], otherwise: Run): Run {
  return (input, frame) => {
    for (const place of places) {
      const item = read(place, frame);
      if (item !== unbound) return item;
    }
    return otherwise(input, frame);
  };
}

const givenVariable =
  (name: string): Run =>
  (_input, frame) =>
    Object.hasOwn(frame.runtime.variables, name) ? (frame.runtime.variables[name] as Item) : undefined; // a Value is an Item

const functionRun =
  (item: FunctionItem): Run =>
  (_input, frame) => {
    frame.runtime.marked = true;
    return item;
  };

const wildcard: Run = (input, frame) => {
  const item = Array.isArray(input) && input.wrapper === true ? input[0] : input;
  const found: List = [];
  let plain = false;
  if (Array.isArray(item) || isMembers(item)) {
    const values: readonly Item[] = Array.isArray(item) ? item : Object.values(item);
    frame.runtime.budget.spendSteps(values.length);
    for (const value of values) {
      plain ||= Array.isArray(value);
      flatten(value, found);
    }
  }
  return plain ? found : asSequence(found);
};

function flatten(item: Item, into: List): void {
  if (Array.isArray(item)) for (const one of item) flatten(one, into);
  else into.push(item);
}

const descendants: Run = (input, frame) => {
  if (input === undefined) return undefined;
  const found = newSequence();
  const visit = (item: Item): void => {
    frame.runtime.budget.spendSteps(1);
    if (Array.isArray(item)) return item.forEach(visit);
    found.push(item);
    if (isMembers(item)) Object.values(item).forEach(visit);
  };
  visit(input);
  return found;
};
