/** The page on failures of 1C promises a code for each situation: the codes are there, each has a reproducer, and none of the connector's is left out. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { catalogue } from '../../src/core/errors.ts';
import { root } from './guide-examples.ts';

const page = readFileSync(join(root, 'docs/guide/onec-failures.md'), 'utf8');
const codesIn = (text: string): string[] => [...text.matchAll(/`((?:odata|connection|run|route)\.\w+)`/g)].map(([, code = '']) => code);

const situations = [...page.matchAll(/^\| ((?:E-|no free|two systems)[^|]+?) \| ([^|]+) \| ([^|]+) \| ([^|]+) \|$/gm)].map(([, names = '', , told = '']) => [names, codesIn(told)] as const);

const tests = ['src', 'tests'].flatMap((folder) => readdirSync(join(root, folder), { recursive: true, encoding: 'utf8' }).filter((file) => file.endsWith('.test.ts')).map((file) => readFileSync(join(root, folder, file), 'utf8'))).join('\n');

describe('the page on failures', () => {
  it('has a row for each situation', () => {
    expect(situations.length).toBeGreaterThan(45);
    for (const [names, codes] of situations) expect(codes, names).not.toEqual([]);
  });

  it.each(situations)('%s is told by codes that exist and that a test brings about', (_names, codes) => {
    for (const code of codes) {
      expect(Object.keys(catalogue)).toContain(code);
      expect(new RegExp(`['\\s"]${code.replace('.', '\\.')}\\b`).test(tests), `${code} is in no test`).toBe(true);
    }
  });

  it('names only codes that exist', () => {
    for (const code of codesIn(page)) expect(Object.keys(catalogue)).toContain(code);
  });
});
