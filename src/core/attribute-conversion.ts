/**
 * What becomes of stored values when the type of an attribute changes: a table from each type to each type.
 * Pure. A value that cannot be converted is lost, never guessed; the old column keeps it for a while.
 */
import { conversions } from './conversion.ts';
import { Decimal } from './decimal.ts';
import { durationOfSeconds, durationSeconds, microsecondsOf } from './duration.ts';
import type { Localised } from './localised.ts';
import { extensionOf, imageTypes } from './file-rules.ts';
import { filesOf, filesText } from './file.ts';
import { compareScalars } from './filter.ts';
import { rolesOf } from './role-list.ts';
import { scalarOf, type ScalarRule } from './scalar.ts';
import type { Scalar, ScalarAttribute, ScalarType } from './template.ts';

export interface ConversionWay {
  /** How, in a few words; the same table is printed into the reference. */
  how: Localised;
  /** Undefined: this value cannot be converted. The result still has to fit the new attribute. */
  convert(value: NonNullable<Scalar>): Scalar | undefined;
}

export type ConvertibleType = ScalarType | 'record';

const same: ConversionWay = { how: { ru: 'как есть', en: 'as it is' }, convert: (value) => value };
const asText: ConversionWay = { how: { ru: 'текст значения', en: 'the text of the value' }, convert: (value) => (value instanceof Decimal ? value.toFixed() : String(value)) };
const ifFits: ConversionWay = { how: { ru: 'если текст подходит', en: 'where the text fits' }, convert: (value) => (typeof value === 'string' ? value.trim() : undefined) };

const textWay = (ru: string, en: string, read: (text: string) => Scalar | undefined): ConversionWay => ({ how: { ru, en }, convert: (value) => (typeof value === 'string' ? read(value.trim()) : undefined) });

const numberOfText = (text: string): Scalar | undefined => {
  const number = conversions['decimal']?.(text.replace(/(?<=\d)[\s\u00a0](?=\d{3}(?!\d))/g, ''));
  return number instanceof Decimal ? number : undefined;
};

const booleanOf = (value: NonNullable<Scalar>): Scalar | undefined => {
  const result = conversions['boolean']?.(value instanceof Decimal ? Number(value) : value);
  return typeof result === 'boolean' ? result : undefined;
};

/** Day, month, year, as people here write it, or the form that is kept. */
const dayOfText = (text: string): string => text.replace(/^(\d{1,2})\.(\d{1,2})\.(\d{4})$/, (_, day: string, month: string, year: string) => `${year}-${month.padStart(2, '0')}-${day.padStart(2, '0')}`);

const durationOfText = (text: string): string | undefined => {
  const clock = /^(\d{1,6}):([0-5]\d)(?::([0-5]\d))?$/.exec(text);
  return clock === null ? text : `PT${clock[1]}H${clock[2]}M${clock[3] ?? '0'}S`;
};

const fromText: Readonly<Record<Exclude<ScalarType, 'account' | 'document' | 'image'>, ConversionWay>> = {
  text: ifFits,
  number: textWay('число, в том числе с запятой и пробелами между разрядами', 'a number, also with a comma and spaces between thousands', numberOfText),
  boolean: textWay('да, нет, true, false, yes, no, 1, 0', 'да, нет, true, false, yes, no, 1, 0', booleanOf),
  date: textWay('2026-11-22 или 22.11.2026', '2026-11-22 or 22.11.2026', dayOfText),
  dateTime: textWay('момент со смещением; день — полночь по UTC', 'an instant with an offset; a day is its midnight in UTC', (text) => (/^[\d.-]{8,10}$/.test(text) ? `${dayOfText(text)}T00:00:00Z` : text)),
  duration: textWay('ISO 8601 или часы:минуты[:секунды]', 'ISO 8601 or hours:minutes[:seconds]', durationOfText),
  enum: ifFits,
  hyperlink: ifFits,
  timeZone: ifFits,
  role: { how: { ru: 'имя имеющейся роли; несколько — через запятую', en: 'the name of a role that is there; several with commas' }, convert: (value) => (typeof value === 'string' ? value.trim() : undefined) },
};

const filesWay = (ru: string, en: string, keep: (type: string) => boolean): ConversionWay => ({
  how: { ru, en },
  convert: (value) => {
    const files = filesOf(value);
    return files.every(({ type }) => keep(type)) ? filesText(files) : undefined;
  },
});

const toText = { text: asText };
const table: Readonly<Record<ConvertibleType, Partial<Readonly<Record<ConvertibleType, ConversionWay>>>>> = {
  text: fromText,
  number: {
    ...toText,
    number: { how: { ru: 'округляется до знаков после запятой', en: 'rounded to its decimals' }, convert: (value) => value },
    boolean: { how: { ru: '1 — да, 0 — нет', en: '1 is true, 0 is false' }, convert: booleanOf },
    duration: { how: { ru: 'секунды', en: 'seconds' }, convert: (value) => (value instanceof Decimal ? durationOfSeconds(value.toFixed()) : undefined) },
  },
  boolean: { ...toText, boolean: same, number: { how: { ru: 'да — 1, нет — 0', en: 'true is 1, false is 0' }, convert: (value) => new Decimal(value === true ? 1 : 0) } },
  date: { ...toText, date: same, dateTime: { how: { ru: 'полночь по UTC', en: 'midnight in UTC' }, convert: (value) => (typeof value === 'string' ? `${value}T00:00:00.000000Z` : undefined) } },
  dateTime: { ...toText, dateTime: same, date: { how: { ru: 'день по UTC, время пропадает', en: 'the day in UTC, the time goes' }, convert: (value) => (typeof value === 'string' ? value.slice(0, 10) : undefined) } },
  duration: {
    ...toText,
    duration: same,
    number: { how: { ru: 'секунды', en: 'seconds' }, convert: (value) => (typeof value === 'string' ? new Decimal(durationSeconds(microsecondsOf(value) ?? 0n)) : undefined) },
  },
  enum: { ...toText, enum: { how: { ru: 'если значение осталось в списке', en: 'where the value is still in the list' }, convert: (value) => value }, boolean: { how: { ru: 'true, false, да, нет, yes, no', en: 'true, false, да, нет, yes, no' }, convert: booleanOf } },
  hyperlink: { ...toText, hyperlink: { how: { ru: 'если схема допускается', en: 'where its scheme is allowed' }, convert: (value) => value } },
  account: { ...toText, account: same },
  role: { ...toText, role: { how: { ru: 'если ролей не больше, чем можно', en: 'where there are no more roles than it may name' }, convert: (value) => value } },
  timeZone: { ...toText, timeZone: same },
  document: { document: same, image: filesWay('если все файлы — изображения', 'where all files are images', (type) => imageTypes.has(type)) },
  image: { image: same, document: filesWay('как есть', 'as they are', () => true) },
  record: {},
};

/** Undefined: refused. */
export const conversionWay = (from: ConvertibleType, to: ConvertibleType): ConversionWay | undefined => table[from][to];

/** Why a pair of types is refused, in the words of the reference. */
export const refusal: Localised = { ru: 'отказ: заведите новый атрибут', en: 'refused: add a new attribute' };

export type Converted =
  | { kind: 'kept'; value: Scalar }
  /** Something of the value goes, such as a time of day or digits. */
  | { kind: 'changed'; value: Scalar }
  | { kind: 'lost' };

type Side = ScalarRule & Pick<ScalarAttribute, 'extensions'>;

/** The value in its new attribute. `isRole` says which roles are there: a text that names another one is lost. */
export function convertValue(from: Side, to: Side, value: Scalar, isRole: (name: string) => boolean): Converted {
  if (value === null) return { kind: 'kept', value: null };
  const converted = conversionWay(from.type, to.type)?.convert(value);
  const checked = converted === undefined ? undefined : scalarOf(to, converted);
  if (checked === undefined || checked.kind === 'wrong' || !filesFit(to, checked.value) || !rolesFit(from, to, checked.value, isRole)) return { kind: 'lost' };
  return isChange(from, to, value, checked.value) ? { kind: 'changed', value: checked.value } : { kind: 'kept', value: checked.value };
}

/** Roles that a record names already stay, also when they are gone by now: they may come back. */
const rolesFit = (from: Side, to: Side, value: Scalar, isRole: (name: string) => boolean): boolean => to.type !== 'role' || from.type === 'role' || rolesOf(value).every(isRole);

function filesFit(to: Side, value: Scalar): boolean {
  const files = filesOf(value);
  return files.length === 0 || ((to.multiple === true || files.length === 1) && files.every(({ name }) => to.extensions?.includes(extensionOf(name)) !== false));
}

/** What comes back by the opposite way is what there was, when nothing is gone. */
function isChange(from: Side, to: Side, before: Scalar, after: Scalar): boolean {
  if (from.type === to.type) return compareScalars(before, after) !== 0;
  const back = after === null ? undefined : conversionWay(to.type, from.type)?.convert(after);
  const checked = back === undefined ? undefined : scalarOf({ name: from.name, type: from.type === 'enum' ? 'text' : from.type, ...(from.multiple === undefined ? {} : { multiple: from.multiple }) }, back);
  return checked?.kind === 'ok' && from.type !== 'text' && compareScalars(checked.value, before) !== 0;
}
