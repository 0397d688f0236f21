/** The glossary and the code use the same nouns. */
import { globSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { expect, test } from 'vitest';

const root = dirname(import.meta.dirname);
const [built = '', later = ''] = readFileSync(join(root, 'docs/glossary.md'), 'utf8').split('## Decided, not built yet');

/** Code words of the rows of a table; a row may have two. */
const wordsIn = (text: string): string[] => [...text.matchAll(/^\| [^|]+ \| (`[^|]+`) \|/gm)].flatMap(([, cell = '']) => [...cell.matchAll(/`(\w+)`/g)].map(([, word = '']) => word));

/** `orderKey` as it may stand in the code: orderKey, OrderKey, order_key, order-key. */
const spellings = (word: string): RegExp => new RegExp(`(?<![a-z])${word.replaceAll(/[A-Z]/g, (letter) => `[-_]?${letter}`)}`, 'i');

const paths = globSync('src/**/*.{ts,sql}', { cwd: root });
const source = paths.map((path) => `${path}\n${readFileSync(join(root, path), 'utf8')}`).join('\n');

/** The nouns that were decided before any code was written. */
const decided = [
  'application', 'connector', 'connection', 'route', 'message', 'messageSchema', 'template', 'attribute', 'record', 'scenario', 'trigger', 'step', 'run', 'syncProfile', 'objectMapping',
  'syncRun', 'correspondence', 'deadLetter', 'effect', 'effectId', 'intent', 'outcome', 'orderKey', 'job', 'draft', 'version', 'environment', 'bundle', 'variable', 'variables', 'account',
  'role', 'token', 'adapter',
];

test('every word of the glossary that is said to be in the code is there', () => {
  expect(wordsIn(built).filter((word) => !spellings(word).test(source))).toEqual([]);
});

test('a word that waits for its code names no file yet', () => {
  const named = wordsIn(later).flatMap((word) => paths.filter((path) => new RegExp(`/${word.replaceAll(/[A-Z]/g, (letter) => `-${letter.toLowerCase()}`)}s?(\\.ts|/)`).test(path)));
  // Roles of the embedded database server are PostgreSQL's word.
  expect(named.filter((path) => path !== 'src/store/embedded/roles.ts')).toEqual([]);
});

test('every decided noun has a row, and no word has two', () => {
  const words = [...wordsIn(built), ...wordsIn(later)];
  expect(decided.filter((word) => !words.includes(word))).toEqual([]);
  expect(words.filter((word, index) => words.indexOf(word) !== index)).toEqual([]);
});

test('a word that nobody uses would be noticed', () => {
  expect(spellings('orderKey').test('the order_key of a message')).toBe(true);
  expect(spellings('orderKey').test('orders keyed by name')).toBe(false);
  expect(spellings('zeppelin').test(source)).toBe(false);
});
