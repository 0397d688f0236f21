/** The exact JSON reader: slower than the engine's, but it keeps every digit and says what is wrong and where. */
import type { Decimal } from './decimal.ts';
import { failure, type Failure } from './failure.ts';
import { limits } from './limits.ts';
import { numberOfToken } from './number-text.ts';
import { setMember, type Value } from './value.ts';

export function readJson(text: string, depthLimit: number): Value {
  return new JsonReader(text, depthLimit).document();
}

const escapes: Readonly<Record<string, string>> = { '"': '"', '\\': '\\', '/': '/', b: '\b', f: '\f', n: '\n', r: '\r', t: '\t' };

class JsonReader {
  private at = 0;
  private depth = 0;
  /** Keys and indices of the place being read. */
  private readonly trail: (string | number)[] = [];
  private readonly numberToken = /-?(?:0|[1-9][0-9]*)(?:\.[0-9]+)?(?:[eE][-+]?[0-9]+)?/y;
  private readonly plainText = /[^"\\\u0000-\u001f]*/y;
  private readonly text: string;
  private readonly depthLimit: number;

  constructor(text: string, depthLimit: number) {
    this.text = text;
    this.depthLimit = depthLimit;
  }

  document(): Value {
    const value = this.value();
    this.space();
    if (this.at < this.text.length) throw this.unexpected('the end of the text');
    return value;
  }

  private value(): Value {
    this.space();
    const first = this.text[this.at];
    switch (first) {
      case '{':
        return this.object();
      case '[':
        return this.list();
      case '"':
        return this.checkedText();
      case 't':
        return this.word('true', true);
      case 'f':
        return this.word('false', false);
      case 'n':
        return this.word('null', null);
      default:
        return this.number();
    }
  }

  private object(): Value {
    this.enter();
    const object: { [key: string]: Value } = {};
    this.space();
    if (this.text[this.at] === '}') return this.leave(object);
    for (;;) {
      this.space();
      if (this.text[this.at] !== '"') throw this.unexpected('a key in quotes');
      const key = this.checkedText();
      this.trail.push(key);
      if (Object.hasOwn(object, key)) throw failure('message.duplicateKey', { path: this.path(), position: this.at });
      this.space();
      if (this.text[this.at] !== ':') throw this.unexpected('":"');
      this.at++;
      setMember(object, key, this.value());
      this.trail.pop();
      this.space();
      if (this.text[this.at] === '}') return this.leave(object);
      if (this.text[this.at] !== ',') throw this.unexpected('"," or "}"');
      this.at++;
    }
  }

  private list(): Value {
    this.enter();
    const items: Value[] = [];
    this.space();
    if (this.text[this.at] === ']') return this.leave(items);
    for (;;) {
      this.trail.push(items.length);
      items.push(this.value());
      this.trail.pop();
      this.space();
      if (this.text[this.at] === ']') return this.leave(items);
      if (this.text[this.at] !== ',') throw this.unexpected('"," or "]"');
      this.at++;
    }
  }

  private enter(): void {
    this.at++;
    if (++this.depth > this.depthLimit) throw failure('message.tooDeep', { limit: this.depthLimit, position: this.at, path: this.path().slice(0, 200) });
  }

  private leave<T>(value: T): T {
    this.at++;
    this.depth--;
    return value;
  }

  private word<T>(word: string, value: T): T {
    if (!this.text.startsWith(word, this.at)) throw this.unexpected('a value');
    this.at += word.length;
    return value;
  }

  private number(): number | Decimal {
    this.numberToken.lastIndex = this.at;
    const token = this.numberToken.exec(this.text)?.[0];
    if (token === undefined) throw this.unexpected('a value');
    const value = numberOfToken(token);
    if (value === undefined) throw failure('message.numberRange', { path: this.path(), limit: limits.numberTextDigits.value, position: this.at });
    this.at += token.length;
    return value;
  }

  private checkedText(): string {
    const value = this.string();
    if (value.includes('\0')) throw this.forbidden('U+0000');
    if (!value.isWellFormed()) throw this.forbidden('half of a surrogate pair');
    return value;
  }

  private string(): string {
    this.at++;
    let result = '';
    for (;;) {
      this.plainText.lastIndex = this.at;
      const plain = this.plainText.exec(this.text)?.[0] ?? '';
      result += plain;
      this.at += plain.length;
      const next = this.text[this.at];
      if (next === '"') {
        this.at++;
        return result;
      }
      if (next !== '\\') throw this.unexpected(next === undefined ? 'a closing quote' : 'an escaped control character');
      result += this.escape();
    }
  }

  private escape(): string {
    const letter = this.text[this.at + 1] ?? '';
    const simple = Object.hasOwn(escapes, letter) ? escapes[letter] : undefined;
    if (simple !== undefined) {
      this.at += 2;
      return simple;
    }
    const digits = this.text.slice(this.at + 2, this.at + 6);
    if (letter !== 'u' || !/^[0-9a-fA-F]{4}$/.test(digits)) {
      this.at++;
      throw this.unexpected('an escape such as \\n or \\u0041');
    }
    this.at += 6;
    return String.fromCharCode(Number.parseInt(digits, 16));
  }

  private space(): void {
    for (;;) {
      const code = this.text.charCodeAt(this.at);
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return;
      this.at++;
    }
  }

  private path(): string {
    return this.trail.map((part, index) => (typeof part === 'number' ? `[${part}]` : index === 0 ? part : `.${part}`)).join('');
  }

  private forbidden(character: string): Failure {
    return failure('message.forbiddenText', { path: this.path(), character, position: this.at });
  }

  private unexpected(expected: string): Failure {
    const before = this.text.slice(0, this.at);
    const line = before.split('\n').length;
    const column = this.at - before.lastIndexOf('\n');
    const next = this.text[this.at];
    const found = next === undefined ? 'the end of the text' : JSON.stringify(next);
    return failure('message.malformed', { detail: `line ${line}, column ${column}: expected ${expected}, found ${found}`, line, column, expected, found, path: this.path().slice(0, 200) });
  }
}

