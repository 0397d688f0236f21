import { execFileSync } from 'node:child_process';
import { symlinkSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { longestFiles, longestFunctions } from './longest.ts';
import { plantedTree } from './planted-tree.ts';
import { sourceFile } from './source-file.ts';
import { sourceTree } from './source-tree.ts';
import { tidy } from './tidy.ts';
import type { Finding } from './finding.ts';

function findingsOf(files: Record<string, string>): Finding[] {
  using planted = plantedTree({ 'src/main.ts': 'export const x = 1;\n', ...files });
  return tidy(sourceTree(planted.root));
}

/** The rules broken by one file that something imports, so that it is not dead as well. */
function rulesOf(path: string, text: string): string[] {
  return findingsOf({ [path]: text, 'tests/user.test.ts': `import * as x from '../${path}';\nexport const y = x;\n` }).map(({ rule }) => rule);
}

test('a clean tree has no finding', () => {
  expect(findingsOf({})).toEqual([]);
});

test.each(['Date.now()', 'new Date()', 'Math.random()', 'setTimeout(f, 1)', 'setInterval(f, 1)', 'setImmediate(f)', 'performance.now()', 'process.hrtime.bigint()', 'crypto.randomUUID()', 'globalThis.setTimeout(f, 1)', 'Date()'])(
  '%s is banned in core and engine, with its replacement named',
  (call) => {
    for (const folder of ['src/core', 'src/engine']) {
      const findings = findingsOf({ [`${folder}/x.ts`]: `export const y = (f) => ${call};\n`, 'tests/a.test.ts': `import * as x from '../${folder}/x.ts';\nexport const y = x;\n` });
      expect(findings).toMatchObject([{ path: `${folder}/x.ts`, line: 1, rule: 'port', text: expect.stringMatching(/use .*(clock|random)/) }]);
    }
    expect(rulesOf('src/server/x.ts', `export const y = (f) => ${call};\n`)).toEqual([]);
    expect(rulesOf('src/engine/x.test.ts', `export const y = (f) => ${call};\n`)).toEqual([]);
  },
);

test('a date made of a given instant is no clock', () => {
  expect(rulesOf('src/core/x.ts', 'export const y = (ms: number) => new Date(ms);\n')).toEqual([]);
});

test('a function of our own that is called like a method of every object is no port', () => {
  expect(rulesOf('src/core/x.ts', 'export const y = (valueOf: () => number, toString: () => string) => [valueOf(), toString()];\n')).toEqual([]);
});

test('console is refused in the product and accepted in programs', () => {
  const text = "export const y = () => console.log('x');\n";
  expect(rulesOf('src/server/x.ts', text)).toEqual(['console']);
  for (const path of ['src/cli/x.ts', 'tools/x.ts', 'tests/x.ts', 'bench/x.ts', 'demo/x.ts', 'bin/x.mjs']) expect(rulesOf(path, text)).toEqual([]);
});

test('a cast to any is refused in both spellings', () => {
  expect(rulesOf('src/core/x.ts', 'export const y = (z: unknown) => z as any;\n')).toEqual(['any']);
  expect(rulesOf('src/core/x.ts', 'export const y = (z: unknown) => <any>z;\n')).toEqual(['any']);
});

test('a test that leaves the others out is refused', () => {
  for (const call of ['test.only', 'it.only', 'describe.only', 'test.concurrent.only']) {
    expect(rulesOf('src/core/x.test.ts', `import { test, it, describe } from 'vitest';\nexport const all = { test, it, describe };\n${call}('x', () => undefined);\n`)).toEqual(['only']);
  }
});

test('an unfinished mark in a comment is refused, in a text it is a text', () => {
  const mark = 'TODO';
  expect(rulesOf('src/core/x.ts', `// ${mark} later\nexport const y = 1;\n`)).toEqual(['unfinished']);
  expect(rulesOf('src/core/x.ts', `export const y = '${mark}';\n`)).toEqual([]);
});

test('a default export is refused but for the definition of a connector', () => {
  expect(rulesOf('src/core/x.ts', 'export default 1;\n')).toEqual(['default export']);
  expect(rulesOf('src/core/x.ts', 'const y = 1;\nexport { y as default };\n')).toEqual(['default export']);
  expect(rulesOf('src/connectors/mail/index.ts', 'export default 1;\n')).toEqual([]);
});

test('a variable of a module is refused, a constant and a variable of a function are not', () => {
  expect(rulesOf('src/engine/x.ts', 'export let y = 1;\n')).toEqual(['module state']);
  expect(rulesOf('src/engine/x.ts', 'let y = 1;\nexport const z = () => { y += 1; };\n')).toEqual(['module state']);
  expect(rulesOf('src/engine/x.ts', 'export const z = () => { let y = 1; y += 1; return y; };\n')).toEqual([]);
});

test.each(['src/core/utils.ts', 'src/helpers/x.ts', 'src/core/common.ts', 'src/sdk/manager/x.ts', 'src/misc/x.ts', 'src/core/run-helper.ts', 'src/core/date-utils.ts'])('%s says nothing by its name', (path) => {
  expect(rulesOf(path, 'export const y = 1;\n')).toEqual(['name']);
});

test('installed packages that git keeps, also as a link, are found', () => {
  using planted = plantedTree({ 'src/main.ts': 'export const x = 1;\n' });
  execFileSync('git', ['init', '-q'], { cwd: planted.root });
  symlinkSync('/nowhere', join(planted.root, 'node_modules'));
  expect(tidy(sourceTree(planted.root))).toMatchObject([{ path: 'node_modules', rule: 'name' }]);
});

test('a name that only begins like a dumping place is fine', () => {
  expect(rulesOf('src/core/commonality.ts', 'export const y = 1;\n')).toEqual([]);
});

test.each([
  ['line ends', 'one\r\ntwo\r\n'],
  ['trailing space', 'one \ntwo\n'],
  ['last line', 'one'],
  ['byte order mark', '\uFEFFone\n'],
  ['registry', `see ${['registry', 'npmjs', 'org'].join('.')} for more\n`],
])('the rule "%s" holds for every text file', (rule, text) => {
  expect(findingsOf({ 'docs/x.md': text }).map((finding) => finding.rule)).toEqual([rule]);
});

test('a file that nobody imports is dead unless it is an entry or a test', () => {
  expect(findingsOf({ 'src/core/x.ts': 'export const y = 1;\n' })).toMatchObject([{ path: 'src/core/x.ts', rule: 'dead file' }]);
  expect(findingsOf({ 'src/core/x.ts': "export * from './x.ts';\n" })).toMatchObject([{ rule: 'dead file' }]);
  expect(findingsOf({ 'bench/w1.ts': 'export const y = 1;\n', 'tests/a/b.test.ts': 'export const y = 1;\n', 'src/connectors/mail/index.ts': 'export default 1;\n' })).toEqual([]);
});

test('a package without a line, a line without a package and a range of versions are found', () => {
  const line = (name: string): string => `| \`${name}\` | because | MIT | out |\n`;
  const textsOf = (version: string, names: string[]): string[] =>
    findingsOf({ 'package.json': `${JSON.stringify({ dependencies: { one: version } })}\n`, 'docs/decisions/dependencies.md': names.map(line).join('') }).map(({ text }) => text);
  expect(textsOf('1.0.0', ['one'])).toEqual([]);
  expect(textsOf('1.0.0-beta.2', ['one'])).toEqual([]);
  expect(textsOf('1.0.0', [])).toEqual([expect.stringContaining('one has no line')]);
  expect(textsOf('1.0.0', ['one', 'two'])).toEqual([expect.stringContaining('two is no package')]);
  expect(textsOf('^1.0.0', ['one'])).toEqual(['one ^1.0.0 is not one exact version']);
});

test('the longest files and functions come first, with names and places', () => {
  const long = sourceFile('src/a.ts', `export function first() {\n${'  f();\n'.repeat(5)}}\nconst second = () => {\n${'  f();\n'.repeat(8)}};\n`);
  const short = sourceFile('src/b.ts', 'export class C {\n  third() {\n    return 1;\n  }\n}\n');
  expect(longestFiles([short, long]).map(({ name }) => name)).toEqual(['src/a.ts', 'src/b.ts']);
  expect(longestFunctions([short, long])).toEqual([
    { name: 'src/a.ts:8 second', lines: 10 },
    { name: 'src/a.ts:1 first', lines: 7 },
    { name: 'src/b.ts:2 third', lines: 3 },
  ]);
});
