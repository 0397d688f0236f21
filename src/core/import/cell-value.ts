/** What a cell of a table file says, as a value for an attribute. What it does not understand it leaves to the check of values. Pure. */
import type { Attribute } from '../template.ts';
import type { Value } from '../value.ts';
import { utcOfLocal } from './local-time.ts';

/** An empty cell clears. `zone` is where dates without a zone were written. */
export function cellValue(attribute: Attribute, cell: string, zone: string): Value {
  const text = cell.trim();
  if (text === '') return null;
  if (attribute.kind === 'link') return attribute.multiple ? text.split(/[\s,]+/) : text;
  switch (attribute.type) {
    case 'number':
      return numeralOf(text);
    case 'boolean':
      return booleans.get(text.toLowerCase()) ?? text;
    case 'date':
      return dayOf(text) ?? text;
    case 'dateTime':
      return instantOfCell(text, zone) ?? text;
    case 'text':
      return cell;
    default:
      return text;
  }
}

/** `1 234,56` as people write it; a numeral with a point stays as it is. */
function numeralOf(text: string): string {
  const plain = text.replace(/[\s\u00a0\u202f]/g, '');
  return /^[+-]?\d+,\d+$/.test(plain) ? plain.replace(',', '.') : plain;
}

const booleans: ReadonlyMap<string, boolean> = new Map([
  ['true', true], ['false', false], ['1', true], ['0', false], ['yes', true], ['no', false], ['да', true], ['нет', false], ['истина', true], ['ложь', false],
]);

const russian = /^(\d{2})\.(\d{2})\.(\d{4})(?:[ T](\d{2}):(\d{2})(?::(\d{2}))?)?$/;
const iso = /^(\d{4})-(\d{2})-(\d{2})(?:[ T](\d{2}):(\d{2})(?::(\d{2}))?)?$/;

function dayOf(text: string): string | undefined {
  const found = russian.exec(text);
  return found === null ? undefined : `${found[3]}-${found[2]}-${found[1]}`;
}

/** A time without a zone is one of `zone`; any other text is left as it is. */
function instantOfCell(text: string, zone: string): string | undefined {
  const [, a = '', month = '', b = '', hour = '00', minute = '00', second = '00'] = russian.exec(text) ?? iso.exec(text) ?? [];
  if (a === '') return undefined;
  const [year, day] = a.length === 4 ? [a, b] : [b, a];
  return utcOfLocal(`${year}-${month}-${day}T${hour}:${minute}:${second}`, zone);
}
