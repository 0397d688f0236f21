/** The text of `$filter` as a tree, in the subset that 1C reads. */
import { exception } from './exception-texts.ts';
import { Refusal } from './refusal.ts';

export type Constant =
  | { type: 'text' | 'number' | 'guid' | 'date'; value: string }
  | { type: 'flag'; value: boolean }
  | { type: 'nothing' };

export type Expression =
  | { kind: 'constant'; constant: Constant }
  | { kind: 'path'; path: readonly string[] }
  | { kind: 'call'; name: string; args: readonly Expression[] }
  | { kind: 'operation'; operator: string; left: Expression; right: Expression }
  | { kind: 'not'; inner: Expression }
  | { kind: 'rows'; every: boolean; path: readonly string[]; variable: string; condition: Expression };

interface Token {
  kind: 'constant' | 'name' | 'sign' | 'end';
  text: string;
  constant?: Constant;
}

const tokenForms = [
  /^guid'(?<guid>[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})'/u,
  /^datetime'(?<date>\d{4}-\d{2}-\d{2}(?:T\d{2}:\d{2}(?::\d{2})?)?)'/u,
  /^'(?<text>(?:[^']|'')*)'/u,
  /^(?<number>-?\d+(?:\.\d+)?)(?![\p{L}\d_.])/u,
  /^(?<name>[\p{L}_][\p{L}\p{N}_.]*)(?!')/u,
  /^(?<sign>[(),/:*])/u,
] as const;

/** Throws code 14 where the text is none of it. */
export function parseFilter(text: string): Expression {
  const reader = new ExpressionReader(tokensOf(text));
  const expression = reader.or();
  reader.end();
  return expression;
}

const wrong = (detail: string): Refusal => new Refusal(14, detail);

function tokensOf(text: string): Token[] {
  const tokens: Token[] = [];
  let rest = text;
  for (;;) {
    rest = rest.replace(/^[ \t]+/, '');
    if (rest === '') return [...tokens, { kind: 'end', text: '' }];
    const match = tokenForms.map((form) => form.exec(rest)).find((found) => found !== null);
    if (!match) throw wrong(rest.slice(0, 40));
    tokens.push(tokenOf(match.groups ?? {}, match[0]));
    rest = rest.slice(match[0].length);
  }
}

function tokenOf(groups: Record<string, string | undefined>, text: string): Token {
  const { guid, date, text: inner, number, name } = groups;
  if (guid !== undefined) return constant(text, { type: 'guid', value: guid.toLowerCase() });
  if (date !== undefined) return constant(text, { type: 'date', value: wholeDate(date) });
  if (inner !== undefined) return constant(text, { type: 'text', value: inner.replaceAll("''", "'") });
  if (number !== undefined) return constant(text, { type: 'number', value: number });
  if (name === 'true' || name === 'false') return constant(text, { type: 'flag', value: name === 'true' });
  if (name === 'null') return constant(text, { type: 'nothing' });
  return { kind: name === undefined ? 'sign' : 'name', text };
}

const constant = (text: string, value: Constant): Token => ({ kind: 'constant', text, constant: value });

/** Dates are compared as text, so all of them have seconds. */
export function wholeDate(text: string): string {
  const whole = text.length === 10 ? `${text}T00:00:00` : text.length === 16 ? `${text}:00` : text;
  if (Number.isNaN(Date.parse(`${whole}Z`))) throw wrong(text);
  return whole;
}

const levels: readonly (readonly string[])[] = [['or'], ['and'], ['eq', 'ne', 'gt', 'ge', 'lt', 'le', 'like'], ['add', 'sub'], ['mul', 'div']];
const depthLimit = 400;

class ExpressionReader {
  readonly #tokens: readonly Token[];
  #place = 0;
  #depth = 0;

  constructor(tokens: readonly Token[]) {
    this.#tokens = tokens;
  }

  or(): Expression {
    if ((this.#depth += 1) > depthLimit) throw exception('tooDeep');
    const expression = this.#level(0);
    this.#depth -= 1;
    return expression;
  }

  end(): void {
    if (this.#peek().kind !== 'end') throw wrong(this.#peek().text);
  }

  #level(level: number): Expression {
    const operators = levels[level];
    if (!operators) return this.#unary();
    let left = this.#level(level + 1);
    while (this.#peek().kind === 'name' && operators.includes(this.#peek().text)) {
      const operator = this.#next().text;
      left = { kind: 'operation', operator, left, right: this.#level(level + 1) };
    }
    return left;
  }

  #unary(): Expression {
    const token = this.#next();
    if (token.constant) return { kind: 'constant', constant: token.constant };
    if (token.text === '(') return this.#closed();
    if (token.kind !== 'name') throw wrong(token.text === '' ? 'неожиданный конец выражения' : token.text);
    if (token.text === 'not') return { kind: 'not', inner: this.#level(2) };
    return this.#peek().text === '(' && this.#peek().kind === 'sign' ? this.#call(token.text) : this.#path(token.text);
  }

  #closed(): Expression {
    const inner = this.or();
    this.#take(')');
    return inner;
  }

  #call(name: string): Expression {
    this.#take('(');
    const args: Expression[] = [];
    while (this.#peek().text !== ')' || this.#peek().kind !== 'sign') {
      args.push(this.or());
      if (this.#peek().text === ',') this.#take(',');
      else break;
    }
    this.#take(')');
    return { kind: 'call', name, args };
  }

  #path(first: string): Expression {
    const path = [first];
    while (this.#peek().kind === 'sign' && this.#peek().text === '/') {
      this.#take('/');
      const { kind, text } = this.#next();
      if (kind !== 'name') throw wrong(text);
      if ((text === 'any' || text === 'all') && this.#peek().text === '(') return this.#rows(path, text === 'all');
      path.push(text);
    }
    return { kind: 'path', path };
  }

  #rows(path: readonly string[], every: boolean): Expression {
    this.#take('(');
    const variable = this.#next().text;
    this.#take(':');
    const condition = this.or();
    this.#take(')');
    return { kind: 'rows', every, path, variable, condition };
  }

  #peek(): Token {
    return this.#tokens[this.#place] ?? { kind: 'end', text: '' };
  }

  #next(): Token {
    const token = this.#peek();
    this.#place += 1;
    return token;
  }

  #take(sign: string): void {
    const token = this.#next();
    if (token.kind !== 'sign' || token.text !== sign) throw wrong(`${sign} ожидалась перед «${token.text}»`);
  }
}
