/** What a value is compared by: its type's own order, whatever form it came in. Pure. */
import { Decimal, type Value } from '../../sdk/index.ts';
import { wallClock } from './literal.ts';

export type OrderKey = string | number | Decimal;

/** Equal values have equal keys: letters of a GUID in one case, times without needless zeros, numbers as numbers. */
export function orderKey(type: string, value: Value): OrderKey {
  if (typeof value === 'number' || value instanceof Decimal) return value;
  if (typeof value === 'boolean') return Number(value);
  if (typeof value !== 'string') return '';
  switch (type) {
    case 'Edm.Guid': return value.toLowerCase();
    case 'Edm.DateTime': return wallKey(value);
    case 'Edm.DateTimeOffset': return instantKey(value);
    case 'Edm.TimeOfDay': return trimmed(value.length === 5 ? `${value}:00` : value);
    case 'Edm.Duration':
    case 'Edm.Time': return durationKey(value);
    case 'Edm.Byte':
    case 'Edm.SByte':
    case 'Edm.Int16':
    case 'Edm.Int32':
    case 'Edm.Int64':
    case 'Edm.Single':
    case 'Edm.Double':
    case 'Edm.Decimal': return /^-?\d+(?:\.\d+)?$/.test(value) ? new Decimal(value) : value;
    default: return value;
  }
}

const wholeWall = /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d$/;

/** Rows hold it as a literal would; only one that does not is read like one. */
function wallKey(text: string): string {
  if (wholeWall.test(text)) return text;
  return trimmed(/(?:Z|[+-]\d\d:\d\d)$/.test(text) ? instantKey(text).slice(0, -1) : text.includes('T') ? text : wallClock({ connection: '', dialect: '1c', field: '' }, text));
}

/** In UTC with every digit of a second that was given. */
function instantKey(text: string): string {
  const ms = Date.parse(text);
  if (Number.isNaN(ms)) return text;
  const fraction = /\.(\d+)/.exec(text)?.[1]?.replace(/0+$/, '') ?? '';
  return `${new Date(ms).toISOString().slice(0, 19)}${fraction === '' ? '' : `.${fraction}`}Z`;
}

/** Zeros at the end of a fraction say nothing. */
const trimmed = (text: string): string => text.replace(/(\.\d*?)0+$/, '$1').replace(/\.$/, '');

function durationKey(text: string): OrderKey {
  const [whole, sign, days = '0', hours = '0', minutes = '0', seconds = '0'] = /^(-)?P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?$/.exec(text) ?? [];
  if (whole === undefined) return text;
  const total = new Decimal(days).times(24).plus(hours).times(60).plus(minutes).times(60).plus(seconds);
  return sign === undefined ? total : total.negated();
}
