import { readdirSync, readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { paceNames } from './pace.ts';
import { quirkNames, quirkTable } from './quirks.ts';

const folder = new URL('.', import.meta.url);
const tests = readdirSync(folder).filter((name) => name.endsWith('.test.ts') && name !== 'quirks.test.ts');
const text = tests.map((name) => readFileSync(new URL(name, folder), 'utf8')).join('\n');
const readme = readFileSync(new URL('README.md', folder), 'utf8');

test.each(quirkNames)('the quirk %s is turned by a test and told in the table of the interface', (name) => {
  expect([new RegExp(`\\b${name}\\b`).test(text), readme.includes(`\`${name}\``)]).toEqual([true, true]);
});

test.each(paceNames.filter((name) => name !== 'readMs' && name !== 'writeMs'))('the pace %s is told in the table of the interface', (name) => {
  expect(readme).toContain(`\`${name}\``);
});

test('what the table names as tests is there', () => {
  for (const [, name = ''] of readme.matchAll(/`([a-z-]+\.test\.ts)`/g)) expect([...tests, 'quirks.test.ts', 'foreign-reader.test.ts']).toContain(name);
});

test('troubles of one installation are off until somebody asks for them', () => {
  expect(quirkNames.filter((name) => !quirkTable[name].on)).toEqual(expect.arrayContaining(['diskFull', 'memoryFull', 'emptyComposition', 'moduleMissing', 'licenceMissing', 'htmlSignIn']));
});
