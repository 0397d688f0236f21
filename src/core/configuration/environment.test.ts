import { expect, test } from 'vitest';
import { Failure } from '../failure.ts';
import { assertMeant, isProduction } from './environment.ts';

const codeOf = (environment: string | null, named: string | null): string | null => {
  try {
    assertMeant(environment, named);
    return null;
  } catch (error) {
    if (error instanceof Failure) return error.code;
    throw error;
  }
};

test('a production is known by its name, in both languages', () => {
  expect(['production', 'PROD', 'Боевой'].map(isProduction)).toEqual([true, true, true]);
  expect(['test', 'preproduction', null].map(isProduction)).toEqual([false, false, false]);
});

test('only a production has to be named, and no environment may be named wrongly', () => {
  expect([codeOf(null, null), codeOf('test', null), codeOf('test', 'test'), codeOf('prod', 'prod')]).toEqual([null, null, null, null]);
  expect(codeOf('prod', null)).toBe('config.nameEnvironment');
  expect([codeOf('prod', 'test'), codeOf('test', 'prod'), codeOf(null, 'test')]).toEqual(Array(3).fill('config.otherEnvironment'));
});
