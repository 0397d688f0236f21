import { readFileSync } from 'node:fs';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { documents, expressions } from './testing/generated.ts';
import { compiled, interpreted } from './testing/oracle.ts';
import { sample } from './testing/sample.ts';

/** One or more expressions for each part of the language and each built-in, one a line. */
const agreedCases = readFileSync(new URL('testing/agreed-cases.txt', import.meta.url), 'utf8').split('\n').filter((line) => line !== '');

describe('an expression gives what the jsonata interpreter gives', () => {
  test.for(agreedCases.map((text) => [text] as const))('%s', async ([text]) => {
    expect(compiled(text, sample)).toBe(await interpreted(text, sample));
  });

  test('for random expressions over random documents', async () => {
    await fc.assert(
      fc.asyncProperty(expressions, documents, async (text, input) => {
        const wanted = await interpreted(text, input);
        fc.pre(wanted !== 'defect');
        expect(compiled(text, input)).toBe(wanted);
      }),
      { numRuns: 5000, seed: 20_261_122 },
    );
  });
});
