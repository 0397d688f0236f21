import { expect, test } from 'vitest';
import { directions } from './directions.ts';
import { areas, homes } from './direction-rules.ts';
import { plantedTree } from './planted-tree.ts';
import { sourceTree } from './source-tree.ts';

const leaf = 'export const x = 1;\n';

/** Every file that a planted import may point at, so that only the arrow is wrong. */
const standing = {
  'src/core/leaf.ts': leaf, 'src/sdk/leaf.ts': leaf, 'src/sdk/testing/leaf.ts': leaf, 'src/connectors/a/index.ts': leaf, 'src/connectors/b/index.ts': leaf,
  'src/engine/leaf.ts': leaf, 'src/store/leaf.ts': leaf, 'src/api/leaf.ts': leaf, 'src/server/leaf.ts': leaf, 'ui/leaf.ts': leaf, 'src/main.ts': leaf,
  'src/cli/main.ts': leaf, 'tests/leaf.ts': leaf, 'bench/leaf.ts': leaf, 'tools/leaf.ts': leaf, 'demo/leaf.ts': leaf, 'bin/leaf.mjs': leaf,
};

function rulesOf(files: Record<string, string>): string[] {
  using planted = plantedTree({ ...standing, ...files });
  return directions(sourceTree(planted.root)).map((finding) => finding.rule);
}

const importing = (specifier: string): string => `import * as y from '${specifier}';\nexport const z = y;\n`;

test('a tree without a wrong arrow has no finding', () => {
  expect(rulesOf({})).toEqual([]);
});

test.each([
  ['src/core/x.ts', '../sdk/leaf.ts', 'core'],
  ['src/core/x.ts', '../engine/leaf.ts', 'core'],
  ['src/sdk/x.ts', '../engine/leaf.ts', 'sdk'],
  ['src/sdk/x.ts', '../store/leaf.ts', 'sdk'],
  ['src/connectors/a/x.ts', '../../core/leaf.ts', 'connectors'],
  ['src/connectors/a/x.ts', '../../engine/leaf.ts', 'connectors'],
  ['src/connectors/a/x.ts', '../b/index.ts', 'connectors'],
  ['src/connectors/registry.ts', '../engine/leaf.ts', 'registry'],
  ['src/engine/x.ts', '../store/leaf.ts', 'engine'],
  ['src/engine/x.ts', '../connectors/a/index.ts', 'engine'],
  ['src/store/x.ts', '../sdk/leaf.ts', 'store'],
  ['src/api/x.ts', '../sdk/leaf.ts', 'api'],
  ['src/server/x.ts', '../store/leaf.ts', 'server'],
  ['src/server/x.ts', '../connectors/a/index.ts', 'server'],
  ['ui/x.tsx', '../src/engine/leaf.ts', 'ui'],
  ['src/server/x.ts', '../main.ts', 'server'],
  ['src/engine/x.ts', '../cli/main.ts', 'engine'],
  ['src/store/x.ts', '../../tests/leaf.ts', 'store'],
  ['src/server/x.ts', '../../bench/leaf.ts', 'server'],
  ['src/core/x.ts', '../../tools/leaf.ts', 'core'],
  ['src/sdk/x.ts', '../../demo/leaf.ts', 'sdk'],
  ['bin/x.mjs', '../src/core/leaf.ts', 'bin'],
])('%s may not import %s', (path, specifier, rule) => {
  expect(rulesOf({ [path]: importing(specifier) })).toEqual([rule]);
});

test.each([
  ['a type', `import type { x } from '../sdk/leaf.ts';\nexport type Y = typeof x;\n`],
  ['an exported name', `export { x } from '../sdk/leaf.ts';\n`],
  ['everything that another file exports', `export * from '../sdk/leaf.ts';\n`],
  ['a late import', `export const y = await import('../sdk/leaf.ts');\n`],
  ['the type of an import', `export type Y = import('../sdk/leaf.ts').x;\n`],
  ['a worker', `export const y = new URL('../sdk/leaf.ts', import.meta.url);\n`],
])('a wrong arrow is found when it is %s', (_how, text) => {
  expect(rulesOf({ 'src/core/x.ts': text })).toEqual(['core']);
});

test('the outer ring may import anything', () => {
  for (const folder of ['src/cli', 'tests', 'bench', 'tools', 'demo']) {
    const up = folder.split('/').map(() => '..').join('/');
    expect(rulesOf({ [`${folder}/x.ts`]: importing(`${up}/src/store/leaf.ts`.replace('src/cli/../src', 'src')) + `import pg from 'pg';\nexport const p = pg;\n` })).toEqual([]);
  }
});

test('the core may not import a module of Node', () => {
  expect(rulesOf({ 'src/core/x.ts': importing('node:fs') })).toEqual(['core']);
  expect(rulesOf({ 'src/core/x.ts': importing('fs') })).toEqual(['core']);
});

test('the core may not import a driver', () => {
  expect(rulesOf({ 'src/core/x.ts': importing('pg') })).toEqual(['core']);
});

test('a driver is refused outside its folder and accepted inside', () => {
  expect(rulesOf({ 'src/server/x.ts': importing('pg') })).toEqual(['package']);
  expect(rulesOf({ 'src/sdk/x.ts': importing('fastify/lib/errors') })).toEqual(['package']);
  expect(rulesOf({ 'src/store/postgres/x.ts': importing('pg') })).toEqual([]);
});

test('a package without a home is refused', () => {
  expect(rulesOf({ 'src/server/x.ts': importing('left-pad') })).toEqual(['package']);
  expect(rulesOf({ 'src/server/x.ts': importing('@some/scope/deep') })).toEqual(['package']);
});

test('a test may import the test framework, a file of the product may not', () => {
  expect(rulesOf({ 'src/core/x.test.ts': importing('vitest') + `import fc from 'fast-check';\nexport const f = fc;\n` })).toEqual([]);
  expect(rulesOf({ 'src/core/x.ts': importing('vitest') })).toEqual(['package']);
});

test('a test may import shared fixtures of tests/, but not the other side', () => {
  expect(rulesOf({ 'src/engine/x.test.ts': importing('../../tests/leaf.ts') })).toEqual([]);
  expect(rulesOf({ 'src/engine/x.test.ts': importing('../store/leaf.ts') })).toEqual(['engine']);
});

test('the product may not import the contract suite, a fake and a test may', () => {
  expect(rulesOf({ 'src/connectors/a/send.ts': importing('../../sdk/testing/leaf.ts') })).toEqual(['testing']);
  expect(rulesOf({ 'src/connectors/a/fake.ts': importing('../../sdk/testing/leaf.ts') })).toEqual([]);
  expect(rulesOf({ 'src/connectors/a/send.test.ts': importing('../../sdk/testing/leaf.ts') })).toEqual([]);
});

test('a folder called testing may import what tests may', () => {
  expect(rulesOf({ 'src/store/testing/x.ts': importing('../../../tests/leaf.ts') + `import { test } from 'vitest';\nexport const t = test;\n` })).toEqual([]);
  expect(rulesOf({ 'src/store/testing/x.ts': leaf, 'src/store/y.ts': importing('./testing/x.ts') })).toEqual(['testing']);
});

test('a package is not at home because an object has a method of that name', () => {
  expect(rulesOf({ 'src/server/x.ts': importing('constructor') })).toEqual(['package']);
});

test('the product may not import a test', () => {
  expect(rulesOf({ 'src/core/x.test.ts': leaf, 'src/core/y.ts': importing('./x.test.ts') })).toEqual(['testing']);
});

test('a cycle is found, also one of types and one of a file with itself', () => {
  expect(rulesOf({ 'src/core/a.ts': importing('./b.ts'), 'src/core/b.ts': importing('./c.ts'), 'src/core/c.ts': importing('./a.ts') })).toEqual(['cycle']);
  expect(rulesOf({ 'src/core/a.ts': `import type { B } from './b.ts';\nexport type A = B;\n`, 'src/core/b.ts': `import type { A } from './a.ts';\nexport type B = A;\n` })).toEqual(['cycle']);
  expect(rulesOf({ 'src/core/a.ts': importing('./a.ts') })).toEqual(['cycle']);
});

test('a worker beside its starter is found with and without ./', () => {
  for (const address of ['leaf.ts', './leaf.ts']) expect(rulesOf({ 'src/engine/x.ts': `export const y = new URL('${address}', import.meta.url);\n` })).toEqual([]);
  expect(rulesOf({ 'src/engine/x.ts': `export const y = new URL('gone.ts', import.meta.url);\n` })).toEqual(['missing']);
});

test('an import of a file that is not there is found', () => {
  expect(rulesOf({ 'src/core/x.ts': importing('./nowhere.ts') })).toEqual(['missing']);
});

test('a file in a folder that no area has is found', () => {
  expect(rulesOf({ 'src/elsewhere/x.ts': importing('../core/leaf.ts') })).toEqual(['area']);
});

test('a file that cannot be parsed stops the check instead of passing it', () => {
  expect(() => rulesOf({ 'src/core/x.ts': 'export const = ;\n' })).toThrow(/src\/core\/x\.ts:1 cannot be parsed/);
});

test('a tree without a module stops the check instead of passing it', () => {
  using planted = plantedTree({ 'README.md': 'nothing\n' });
  expect(() => sourceTree(planted.root)).toThrow(/no source files/);
});

test('every file is read, also in deep and hidden-looking places', () => {
  using planted = plantedTree({ 'src/core/a/b/c/d.ts': leaf, 'src/core/[x].ts': leaf, 'ui/e.tsx': leaf, 'ui/node_modules/p/index.js': leaf });
  expect([...sourceTree(planted.root).files.keys()]).toEqual(['src/core/[x].ts', 'src/core/a/b/c/d.ts', 'ui/e.tsx']);
});

test('every area and every home has a folder that the rules know', () => {
  expect(new Set(areas.map((area) => area.name)).size).toBe(areas.length);
  expect(Object.keys(homes)).toEqual(Object.keys(homes).toSorted());
});
