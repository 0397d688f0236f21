import fc from 'fast-check';
import { expect, test } from 'vitest';
import { conversionWay, convertValue, type Converted } from './attribute-conversion.ts';
import { Decimal } from './decimal.ts';
import { durationText } from './duration.ts';
import { compareScalars } from './filter.ts';
import type { ScalarRule } from './scalar.ts';
import { scalarTypes, type Scalar, type ScalarType } from './template.ts';

const roles = ['buyers', 'sellers'];
const shown = (result: Converted): unknown => (result.kind === 'lost' ? 'lost' : result.kind === 'changed' ? ['changed', plain(result.value)] : plain(result.value));
const plain = (value: Scalar): unknown => (value instanceof Decimal ? value.toFixed() : value);
const convert = (from: Omit<ScalarRule, 'name'>, to: Omit<ScalarRule, 'name'>, value: Scalar): unknown => shown(convertValue({ name: 'a', ...from }, { name: 'a', ...to }, value, (role) => roles.includes(role)));

test('texts become what they say', () => {
  const read = (to: ScalarType, texts: readonly string[]): unknown[] => texts.map((text) => convert({ type: 'text' }, { type: to, values: ['new'] }, text));
  expect(read('number', ['10,5', ' 1 234 567.80 ', '-3', '1e400', '12 руб.', '', '1 23'])).toEqual(['10.5', '1234567.8', '-3', 'lost', 'lost', 'lost', 'lost']);
  expect(read('boolean', ['да', 'No', '1', 'maybe'])).toEqual([true, false, true, 'lost']);
  expect(read('date', ['22.11.2026', '2026-11-22', '31.02.2026', '11/22/2026'])).toEqual(['2026-11-22', '2026-11-22', 'lost', 'lost']);
  expect(read('dateTime', ['2026-11-22T12:00:00+03:00', '22.11.2026', '2026-11-22T12:00:00'])).toEqual(['2026-11-22T09:00:00.000000Z', '2026-11-22T00:00:00.000000Z', 'lost']);
  expect(read('duration', ['2:30', 'PT36H', '26:00:01', '1 hour'])).toEqual(['PT2H30M', 'P1DT12H', 'P1DT2H1S', 'lost']);
  expect([...read('enum', ['new', 'old']), ...read('hyperlink', ['https://a.ru', 'a.ru']), ...read('timeZone', ['Europe/Moscow', 'x'])]).toEqual(['new', 'lost', 'https://a.ru', 'lost', 'Europe/Moscow', 'lost']);
  expect(read('account', ['ira'])).toEqual(['lost']);
});

test('texts become roles that are there, and roles their names', () => {
  expect(convert({ type: 'text' }, { type: 'role' }, ' buyers ')).toBe('buyers');
  expect([convert({ type: 'text' }, { type: 'role' }, 'strangers'), convert({ type: 'text' }, { type: 'role' }, 'buyers, sellers')]).toEqual(['lost', 'lost']);
  expect(convert({ type: 'text' }, { type: 'role', multiple: true }, 'sellers; buyers, sellers')).toBe('buyers,sellers');
  expect(convert({ type: 'role', multiple: true }, { type: 'role' }, 'buyers,sellers')).toBe('lost');
  expect([convert({ type: 'role' }, { type: 'role', multiple: true }, 'gone'), convert({ type: 'role', multiple: true }, { type: 'text' }, 'buyers,sellers')]).toEqual(['gone', 'buyers,sellers']);
});

test('what goes is told from what is lost', () => {
  expect(convert({ type: 'dateTime' }, { type: 'date' }, '2026-11-22T23:59:00.000000Z')).toEqual(['changed', '2026-11-22']);
  expect(convert({ type: 'dateTime' }, { type: 'date' }, '2026-11-22T00:00:00.000000Z')).toBe('2026-11-22');
  expect(convert({ type: 'number' }, { type: 'number', decimals: 1 }, new Decimal('1.25'))).toEqual(['changed', '1.3']);
  expect(convert({ type: 'number' }, { type: 'boolean' }, new Decimal(2))).toBe('lost');
  expect(convert({ type: 'enum', values: ['a', 'b'] }, { type: 'enum', values: ['a'] }, 'b')).toBe('lost');
  expect(convert({ type: 'text' }, { type: 'text', mask: 'phone' }, '8 900 000-00-17')).toEqual(['changed', '+79000000017']);
});

const uuid = fc.uuid();
const anyOf: Readonly<Record<Exclude<ScalarType, 'document' | 'image'>, fc.Arbitrary<Scalar>>> = {
  text: fc.string({ unit: 'grapheme' }),
  number: fc.tuple(fc.bigInt({ min: -(10n ** 20n), max: 10n ** 20n }), fc.integer({ min: 0, max: 9 })).map(([digits, scale]) => new Decimal(digits.toString()).div(new Decimal(10).pow(scale))),
  boolean: fc.boolean(),
  date: fc.date({ min: new Date('0001-01-01T00:00:00Z'), max: new Date('9999-12-31T00:00:00Z'), noInvalidDate: true }).map((date) => date.toISOString().slice(0, 10)),
  dateTime: fc.date({ min: new Date('0001-01-02T00:00:00Z'), max: new Date('9999-12-30T00:00:00Z'), noInvalidDate: true }).map((date) => date.toISOString().replace('Z', '000Z')),
  duration: fc.bigInt({ min: -(10n ** 15n), max: 10n ** 15n }).map(durationText),
  enum: fc.constantFrom('a', 'b', 'true'),
  hyperlink: fc.constantFrom('https://example.org', 'mailto:a@b.ru'),
  account: uuid,
  role: fc.constantFrom('buyers', 'sellers'),
  timeZone: fc.constantFrom('UTC', 'Europe/Moscow'),
};

test('every kept value comes back from its text, and nothing that is kept has lost anything', () => {
  const rule = (type: ScalarType): ScalarRule => ({ name: 'a', type, values: ['a', 'b', 'true'] });
  const types = Object.keys(anyOf) as (keyof typeof anyOf)[]; // the keys of the record above
  fc.assert(
    fc.property(fc.constantFrom(...types).chain((type) => anyOf[type].map((value) => ({ type, value }))), fc.constantFrom(...scalarTypes), ({ type, value }, to) => {
      const there = convertValue(rule(type), rule(to), value, () => true);
      if (conversionWay(type, to) === undefined) expect(there).toEqual({ kind: 'lost' });
      if (there.kind === 'lost' || type === 'text' || conversionWay(to, type) === undefined) return;
      const back = convertValue(rule(to), rule(type), there.value, () => true);
      expect(back.kind !== 'lost' && compareScalars(back.value, value) === 0).toBe(there.kind === 'kept');
    }),
    { numRuns: 500 },
  );
});

test('a type that can be kept as text can be read from it again', () => {
  for (const type of ['number', 'boolean', 'date', 'dateTime', 'duration', 'enum', 'hyperlink', 'timeZone'] as const) expect([type, conversionWay(type, 'text'), conversionWay('text', type)]).not.toContain(undefined);
  for (const type of scalarTypes) expect([type, conversionWay(type, 'record'), conversionWay('record', type)]).toEqual([type, undefined, undefined]);
});
