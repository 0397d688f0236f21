import { expect, test } from 'vitest';
import { scalarOf, type ScalarRule } from './scalar.ts';
import type { Value } from './value.ts';

function stored(rule: Omit<ScalarRule, 'name'>, value: Value): unknown {
  const result = scalarOf({ name: 'a', ...rule }, value);
  return result.kind === 'ok' ? result.value : result.code;
}

test('a date is a day of the calendar without a zone', () => {
  expect(['2026-11-22', '2028-02-29', '0001-01-01', '9999-12-31'].map((text) => stored({ type: 'date' }, text))).toEqual(['2026-11-22', '2028-02-29', '0001-01-01', '9999-12-31']);
  for (const value of ['2026-02-29', '0000-01-01', '2026-13-01', '22.11.2026', '2026-11-22T00:00:00Z', '2026-11-22 ', '', 20261122, true, [], 'infinity']) expect([value, stored({ type: 'date' }, value)]).toEqual([value, 'record.wrongType']);
});

test('a duration is kept in its one form', () => {
  expect([stored({ type: 'duration' }, 'PT2H'), stored({ type: 'duration' }, 'PT36H'), stored({ type: 'duration' }, 'P1M'), stored({ type: 'duration' }, 3600)]).toEqual(['PT2H', 'P1DT12H', 'record.wrongType', 'record.wrongType']);
});

test('a hyperlink has a scheme that a person may follow', () => {
  for (const text of ['https://example.org/a?b=1#c', 'HTTP://пример.рф/', 'mailto:ira@example.org', 'ssh://git@host:22/x', 'tg://resolve?domain=x', 'git://host/x.git', 'ftp://host']) expect([text, stored({ type: 'hyperlink' }, text)]).toEqual([text, text]);
  for (const text of ['javascript:alert(1)', 'data:text/html,x', 'https://', 'https:example.org', '//example.org', 'example.org', 'https://a b', 'https://a/\u202Efdp.exe', 'java\nscript:alert(1)', 'file:///etc/passwd', 'mailto:ira', '"https://a"', 'https://a"onclick=', ' https://a']) {
    expect([text, stored({ type: 'hyperlink' }, text)]).toEqual([text, 'record.hyperlink']);
  }
  expect(stored({ type: 'hyperlink', schemes: ['https'] }, 'http://example.org')).toBe('record.hyperlink');
  expect(stored({ type: 'hyperlink' }, `https://example.org/${'a'.repeat(2_000)}`)).toBe('record.textTooLong');
});

test('a time zone is a name of the IANA database in its own spelling', () => {
  for (const name of ['Europe/Moscow', 'UTC', 'Asia/Yekaterinburg']) expect([name, stored({ type: 'timeZone' }, name)]).toEqual([name, name]);
  for (const name of ['Moscow', 'europe/moscow', '+03:00', 'Europe/Moscow/../x', '', 'MSK+3']) expect([name, stored({ type: 'timeZone' }, name)]).toEqual([name, 'record.wrongType']);
});

test('a masked text says which rule it breaks, and an empty one is left alone', () => {
  expect(scalarOf({ name: 'inn', type: 'text', mask: 'inn' }, '7707083894')).toEqual({ kind: 'wrong', code: 'record.inn', parameters: { attribute: 'inn', got: '"7707083894"' } });
  expect(scalarOf({ name: 'code', type: 'text', mask: { pattern: 'LL-d{3}' } }, 'x')).toEqual({ kind: 'wrong', code: 'record.pattern', parameters: { attribute: 'code', got: '"x"', pattern: 'LL-d{3}', example: 'AA-777' } });
  expect([stored({ type: 'text', mask: 'phone' }, '8 900 000-00-17'), stored({ type: 'text', mask: 'phone' }, ''), stored({ type: 'text', mask: 'phone' }, 79000000017)]).toEqual(['+79000000017', '', 'record.wrongType']);
});
