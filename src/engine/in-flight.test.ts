import { describe, expect, test } from 'vitest';
import { Failure } from '../core/failure.ts';
import { limits } from '../core/limits.ts';
import { InFlight } from './in-flight.ts';

const codeOf = (work: () => unknown): string => {
  try {
    work();
    return 'taken';
  } catch (error) {
    return error instanceof Failure ? error.code : String(error);
  }
};

describe('what a node holds at once', () => {
  test('counts bodies that are still being read', () => {
    const inFlight = new InFlight();
    const [one, other] = [inFlight.reading(), inFlight.reading()];
    one.grow(limits.inFlightBytes.value - 10);
    expect(codeOf(() => other.grow(11))).toBe('message.busy');
    expect(codeOf(() => inFlight.take(11))).toBe('message.busy');
    expect(codeOf(() => other.grow(10))).toBe('taken');
    one.giveBack();
    one.giveBack();
    expect(inFlight.bytes).toBe(10);
  });

  test('counts requests only once they are taken, so that slow senders shut nobody out', () => {
    const inFlight = new InFlight();
    inFlight.reading().grow(1);
    expect(inFlight.requests).toBe(0);
  });

  test('gives a share back once', () => {
    const inFlight = new InFlight();
    const giveBack = inFlight.take(5);
    giveBack();
    giveBack();
    expect([inFlight.bytes, inFlight.requests]).toEqual([0, 0]);
  });
});
