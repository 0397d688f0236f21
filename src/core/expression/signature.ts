/**
 * Function signatures as JSONata writes them, like `<s-nn?:s>`: what arguments a function takes, which may be left
 * out, and where the context stands in. Arguments are matched greedily from the left.
 */
import { failure } from '../failure.ts';
import { Decimal } from '../decimal.ts';
import { FunctionItem, kindOf, type Item, type List, type Site } from './item.ts';

const TEXT = 1;
const NUMBER = 2;
const BOOLEAN = 4;
const NULL = 8;
const LIST = 16;
const OBJECT = 32;
const FUNCTION = 64;
const MISSING = 128;
const JSON_KINDS = TEXT | NUMBER | BOOLEAN | NULL | LIST | OBJECT | MISSING;

const kindBits: Readonly<Record<string, number>> = { s: TEXT, n: NUMBER, b: BOOLEAN, l: NULL, a: LIST, o: OBJECT, f: FUNCTION };
const kindNames: readonly (readonly [number, string])[] = [
  [TEXT, 'text'],
  [NUMBER, 'a number'],
  [BOOLEAN, 'a boolean'],
  [NULL, 'null'],
  [LIST, 'an array'],
  [OBJECT, 'an object'],
  [FUNCTION, 'a function'],
];

interface Parameter {
  kinds: number;
  optional: boolean;
  many: boolean;
  /** The context stands in when the argument is left out. */
  context: boolean;
  /** Any single item counts as a list of one. */
  list: boolean;
  /** What every item of the list must be; 0 when it does not matter. */
  items: number;
}

export class Signature {
  private readonly parameters: readonly Parameter[];
  private readonly simple: boolean;

  constructor(text: string) {
    this.parameters = readParameters(text);
    this.simple = this.parameters.every((parameter) => !parameter.many);
  }

  /** Arguments as the function wants them. Failure: expression.argument. */
  check(args: Item[], context: Item, site: Site): Item[] {
    if (this.simple && args.length === this.parameters.length && this.fitsInPlace(args)) return this.adjust(args, site);
    const counts = this.match(args, 0, 0);
    if (counts === null) throw this.refusal(args, site);
    return this.fill(args, counts, context, site);
  }

  private fitsInPlace(args: readonly Item[]): boolean {
    for (let index = 0; index < args.length; index++) {
      if (((this.parameters[index] as Parameter).kinds & kindBit(args[index])) === 0) return false;
    }
    return true;
  }

  /** Makes lists of single items; the arguments stand one to one for the parameters. */
  private adjust(args: Item[], site: Site): Item[] {
    for (let index = 0; index < args.length; index++) {
      const parameter = this.parameters[index] as Parameter;
      if (parameter.list) args[index] = asList(args[index], parameter, index, site);
    }
    return args;
  }

  /** How many arguments each parameter takes, most first; null when they do not fit. */
  private match(args: readonly Item[], parameterIndex: number, from: number): readonly number[] | null {
    const parameter = this.parameters[parameterIndex];
    if (parameter === undefined) return from === args.length ? [] : null;
    let most = 0;
    while (from + most < args.length && (parameter.many || most === 0) && (parameter.kinds & kindBit(args[from + most])) !== 0) most++;
    const least = parameter.optional || parameter.context ? 0 : 1;
    for (let count = most; count >= least; count--) {
      const rest = this.match(args, parameterIndex + 1, from + count);
      if (rest !== null) return [count, ...rest];
    }
    return null;
  }

  private fill(args: readonly Item[], counts: readonly number[], context: Item, site: Site): Item[] {
    const filled: Item[] = [];
    let at = 0;
    this.parameters.forEach((parameter, index) => {
      const count = counts[index] ?? 0;
      if (count === 0) filled.push(parameter.context ? this.contextFor(parameter, index, context, site) : undefined);
      for (let taken = 0; taken < count; taken++) {
        const arg = args[at++];
        filled.push(parameter.list ? asList(arg, parameter, index, site) : arg);
      }
    });
    return filled;
  }

  private contextFor(parameter: Parameter, index: number, context: Item, site: Site): Item {
    if ((parameter.kinds & kindBit(context)) === 0) throw wrong(parameter.kinds, index, context, site);
    return context;
  }

  private refusal(args: readonly Item[], site: Site): Error {
    let index = 0;
    while (index < args.length && index < this.parameters.length && ((this.parameters[index] as Parameter).kinds & kindBit(args[index])) !== 0) index++;
    const parameter = this.parameters[index];
    if (parameter === undefined) return failure('expression.argument', { name: site.name, position: site.position, index: index + 1, expected: 'no such argument', found: kindOf(args[index]) });
    return wrong(parameter.kinds, index, args[index], site);
  }
}

function kindBit(item: Item): number {
  switch (typeof item) {
    case 'string':
      return TEXT;
    case 'number':
      return NUMBER;
    case 'boolean':
      return BOOLEAN;
    case 'undefined':
      return MISSING;
    default:
      break;
  }
  if (item === null) return NULL;
  if (Array.isArray(item)) return LIST;
  if (item instanceof Decimal) return NUMBER;
  return item instanceof FunctionItem ? FUNCTION : OBJECT;
}

function asList(item: Item, parameter: Parameter, index: number, site: Site): Item {
  if (item === undefined) return undefined;
  const list: List = Array.isArray(item) ? item : [item];
  if (parameter.items !== 0) {
    for (const one of list) if ((kindBit(one) & parameter.items) === 0) throw wrong(parameter.items, index, one, site, 'an array of ');
  }
  return list;
}

function wrong(kinds: number, index: number, found: Item, site: Site, prefix = ''): Error {
  const expected = kinds === (JSON_KINDS | FUNCTION) ? 'any value' : namesOf(kinds).join(' or ');
  return failure('expression.argument', { name: site.name, position: site.position, index: index + 1, expected: prefix + expected, found: kindOf(found) });
}

const namesOf = (kinds: number): readonly string[] => kindNames.filter(([bit]) => (kinds & bit) !== 0).map(([, name]) => name);

function readParameters(text: string): readonly Parameter[] {
  const parameters: Parameter[] = [];
  let at = 1;
  while (at < text.length && text[at] !== ':' && text[at] !== '>') {
    const letter = text[at] as string;
    const last = parameters.at(-1);
    if (letter === '(') {
      const end = text.indexOf(')', at);
      parameters.push(parameterOf(Array.from(text.slice(at + 1, end)).reduce((bits, kind) => bits | bitOf(kind, text), MISSING)));
      at = end;
    } else if (letter === '<' && last !== undefined) {
      const end = closing(text, at);
      if (last.list) last.items = bitOf(text[at + 1] ?? '', text);
      at = end;
    } else if (letter === '-' && last !== undefined) last.context = true;
    else if (letter === '?' && last !== undefined) last.optional = true;
    else if (letter === '+' && last !== undefined) last.many = true;
    else parameters.push(parameterOf(kindsOf(letter, text), letter === 'a'));
    at++;
  }
  return parameters;
}

const parameterOf = (kinds: number, list = false): Parameter => ({ kinds, optional: false, many: false, context: false, list, items: 0 });

function kindsOf(letter: string, text: string): number {
  if (letter === 'a' || letter === 'x') return JSON_KINDS | FUNCTION;
  if (letter === 'j') return JSON_KINDS;
  if (letter === 'f') return FUNCTION;
  return bitOf(letter, text) | MISSING;
}

function bitOf(letter: string, text: string): number {
  if (letter === 'j') return JSON_KINDS;
  if (letter === 'x') return JSON_KINDS | FUNCTION;
  const bit = Object.hasOwn(kindBits, letter) ? kindBits[letter] : undefined;
  if (bit === undefined) throw failure('expression.syntax', { position: 0, detail: `unknown kind "${letter}" in the signature ${text}` });
  return bit;
}

/** Position of the `>` that closes the `<` at `from`. */
function closing(text: string, from: number): number {
  let depth = 0;
  for (let at = from; at < text.length; at++) {
    if (text[at] === '<') depth++;
    else if (text[at] === '>' && --depth === 0) return at;
  }
  return text.length;
}
