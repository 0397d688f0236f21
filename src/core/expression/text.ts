/** Items as text, the way `$string` and `&` make it. Numbers never show an exponent, functions are empty texts. */
import { failure } from '../failure.ts';
import { printsNatively } from '../json.ts';
import { printNumber } from '../number-text.ts';
import { FunctionItem, isNumber, type Item, type Runtime } from './item.ts';

export function textOf(item: Item, runtime: Runtime, pretty = false): string {
  if (typeof item === 'string') return item;
  const text = item instanceof FunctionItem ? '' : printed(unwrapInput(item), pretty);
  runtime.budget.spendBytes(text.length);
  return text;
}

function printed(item: Item, pretty: boolean): string {
  return !pretty && item !== undefined && printsNatively(item) ? JSON.stringify(item) : print(item, pretty ? '\n' : '');
}

const unwrapInput = (item: Item): Item => (Array.isArray(item) && item.wrapper === true ? item[0] : item);

/** `newline` is a line feed with the current indent, or empty for one line. */
function print(item: Item, newline: string): string {
  if (item === null || item === undefined) return 'null';
  if (isNumber(item)) {
    if (typeof item === 'number' && !Number.isFinite(item)) throw failure('message.notFinite', { path: '' });
    return printNumber(item);
  }
  if (typeof item !== 'object') return JSON.stringify(item);
  if (item instanceof FunctionItem) return '""';
  const inner = newline === '' ? '' : `${newline}  `;
  if (Array.isArray(item)) return enclose('[', ']', item.map((one) => print(one, inner)), newline, inner);
  const colon = newline === '' ? ':' : ': ';
  const members = Object.entries(item).filter(([, value]) => value !== undefined);
  return enclose('{', '}', members.map(([key, value]) => `${JSON.stringify(key)}${colon}${print(value, inner)}`), newline, inner);
}

const enclose = (open: string, close: string, parts: readonly string[], newline: string, inner: string): string =>
  parts.length === 0 ? open + close : open + inner + parts.join(`,${inner}`) + newline + close;
