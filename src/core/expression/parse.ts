/** From text to the syntax tree: the parser of the `jsonata` package, its loose tree turned into our own here. */
import jsonata from 'jsonata';
import type { Decimal } from '../decimal.ts';
import { Failure, failure } from '../failure.ts';
import { limits } from '../limits.ts';
import { numberOfToken } from '../number-text.ts';
import type { Group, Marks, Node, Pair, Part, SortTerm, Stage } from './node.ts';

/** Failures: expression.syntax (with position), expression.tooLong, expression.nesting. */
export function parseExpression(text: string): Node {
  const limit = limits.expressionTextCharacters.value;
  if (text.length > limit) throw failure('expression.tooLong', { characters: text.length, limit });
  return new TreeReader(text).node(rawTree(text), 0);
}

/** A node of the package's tree. Nothing is known about it until it is looked at. */
type Raw = { readonly [key: string]: unknown };

function rawTree(text: string): Raw {
  try {
    return asRaw(jsonata(text).ast());
  } catch (cause) {
    if (cause instanceof Failure) throw cause;
    if (cause instanceof RangeError) throw failure('expression.nesting', { limit: limits.expressionNesting.value });
    const { position, message } = (typeof cause === 'object' && cause !== null ? cause : {}) as Raw;
    throw failure('expression.syntax', { position: typeof position === 'number' ? position : 0, detail: typeof message === 'string' ? message : String(cause) }, { cause });
  }
}

function asRaw(value: unknown): Raw {
  if (typeof value !== 'object' || value === null) throw new TypeError('The parser gave a tree of an unknown shape');
  return value as Raw;
}

const asRaws = (value: unknown): readonly Raw[] => (Array.isArray(value) ? value.map(asRaw) : []);
const textOr = <T>(value: unknown, other: T): string | T => (typeof value === 'string' ? value : other);

class TreeReader {
  private readonly text: string;

  constructor(text: string) {
    this.text = text;
  }

  node(raw: Raw, depth: number): Node {
    if (depth > limits.expressionNesting.value) throw failure('expression.nesting', { limit: limits.expressionNesting.value });
    return { ...this.part(raw, depth + 1), ...this.marks(raw, depth + 1) };
  }

  private marks(raw: Raw, depth: number): Marks {
    const ancestor = raw['ancestor'];
    return {
      position: this.position(raw),
      keepArray: raw['keepArray'] === true,
      predicates: this.stages(raw['predicate'], depth),
      stages: this.stages(raw['stages'], depth),
      group: raw['group'] === undefined ? null : this.group(asRaw(raw['group']), depth),
      focus: textOr(raw['focus'], null),
      index: textOr(raw['index'], null),
      ancestor: ancestor === undefined ? null : String(asRaw(ancestor)['label']),
      tuple: raw['tuple'] === true,
    };
  }

  private position(raw: Raw): number {
    const position = raw['position'];
    return typeof position === 'number' ? position : 0;
  }

  private stages(value: unknown, depth: number): readonly Stage[] {
    return asRaws(value).map((raw) => (raw['type'] === 'index' ? { kind: 'index', name: String(raw['value']) } : { kind: 'filter', of: this.node(asRaw(raw['expr']), depth) }));
  }

  private group(raw: Raw, depth: number): Group {
    return { pairs: this.pairs(raw['lhs'], depth), position: this.position(raw) };
  }

  private pairs(value: unknown, depth: number): readonly Pair[] {
    if (!Array.isArray(value)) return [];
    return value.map((pair: readonly unknown[]) => [this.node(asRaw(pair[0]), depth), this.node(asRaw(pair[1]), depth)] as const);
  }

  private nodes(value: unknown, depth: number): readonly Node[] {
    return asRaws(value).map((raw) => this.node(raw, depth));
  }

  private part(raw: Raw, depth: number): Part {
    const at = (key: string): Node => this.node(asRaw(raw[key]), depth);
    const maybe = (key: string): Node | null => (raw[key] === undefined ? null : at(key));
    switch (raw['type']) {
      case 'path':
        return { kind: 'path', steps: this.nodes(raw['steps'], depth), keepSingleton: raw['keepSingletonArray'] === true };
      case 'name':
        return { kind: 'name', name: String(raw['value']) };
      case 'string':
        return { kind: 'literal', value: String(raw['value']) };
      case 'number':
        return { kind: 'literal', value: this.number(raw) };
      case 'value':
        return { kind: 'literal', value: raw['value'] === true || raw['value'] === false ? raw['value'] : null };
      case 'wildcard':
        return { kind: 'wildcard' };
      case 'descendant':
        return { kind: 'descendant' };
      case 'parent':
        return { kind: 'parent', label: String(asRaw(raw['slot'])['label']) };
      case 'variable':
        return { kind: 'variable', name: String(raw['value']) };
      case 'regex':
        return this.regex(raw);
      case 'unary':
        return this.unary(raw, depth);
      case 'binary':
        return { kind: 'binary', operator: String(raw['value']), left: at('lhs'), right: at('rhs') };
      case 'condition':
        return { kind: 'condition', when: at('condition'), then: at('then'), otherwise: maybe('else') };
      case 'block':
        return { kind: 'block', items: this.nodes(raw['expressions'], depth), constructed: raw['consarray'] === true };
      case 'bind':
        return { kind: 'bind', name: String(asRaw(raw['lhs'])['value']), of: at('rhs') };
      case 'function':
        return { kind: 'call', callee: at('procedure'), args: this.nodes(raw['arguments'], depth) };
      case 'partial':
        return { kind: 'partial', callee: at('procedure'), args: asRaws(raw['arguments']).map((arg) => (arg['type'] === 'operator' ? null : this.node(arg, depth))) };
      case 'lambda':
        return this.lambda(raw, depth);
      case 'apply':
        return { kind: 'apply', left: at('lhs'), right: at('rhs') };
      case 'transform':
        return { kind: 'transform', pattern: at('pattern'), update: at('update'), remove: maybe('delete') };
      case 'sort':
        return { kind: 'sort', terms: this.terms(raw, depth) };
      default:
        throw failure('expression.syntax', { position: this.position(raw), detail: `unexpected ${String(raw['type'])}` });
    }
  }

  private unary(raw: Raw, depth: number): Part {
    if (raw['value'] === '[') return { kind: 'array', items: this.nodes(raw['expressions'], depth), constructed: raw['consarray'] === true };
    if (raw['value'] === '{') return { kind: 'object', pairs: this.pairs(raw['lhs'], depth) };
    return { kind: 'negation', of: this.node(asRaw(raw['expression']), depth) };
  }

  private lambda(raw: Raw, depth: number): Part {
    const body = this.node(asRaw(raw['body']), depth);
    if (raw['thunk'] === true) return { kind: 'tail', of: body };
    const signature = raw['signature'] === undefined ? null : String(asRaw(raw['signature'])['definition']);
    return { kind: 'lambda', parameters: asRaws(raw['arguments']).map((arg) => String(arg['value'])), signature, body };
  }

  private terms(raw: Raw, depth: number): readonly SortTerm[] {
    return asRaws(raw['terms']).map((term) => ({ of: this.node(asRaw(term['expression']), depth), descending: term['descending'] === true }));
  }

  private regex(raw: Raw): Part {
    const value = raw['value'];
    // The package copies the left side of ?: and ?? as JSON, which loses a regular expression.
    if (!(value instanceof RegExp)) throw failure('expression.regexDefault', { position: this.position(raw) });
    return { kind: 'regex', pattern: value.source, flags: value.flags.replace('g', '') };
  }

  /** The parser rounds to a double; the digits are still in the text, right before the token's position. */
  private number(raw: Raw): number | Decimal {
    const value = Number(raw['value']);
    const digits = /(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?$/.exec(this.text.slice(0, this.position(raw)))?.[0];
    if (digits === undefined || Number(digits) !== Math.abs(value)) return value + 0;
    const exact = numberOfToken(digits);
    if (exact === undefined) throw failure('expression.syntax', { position: this.position(raw), detail: 'the number has too many digits' });
    if (value >= 0) return exact;
    return typeof exact === 'number' ? -exact : exact.negated();
  }
}
