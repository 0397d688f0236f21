import { expect, test } from 'vitest';
import { WaitingLine } from './waiting-line.ts';

const never = new AbortController().signal;

test('who waits is served in the order of arrival, and who gives up is left out', async () => {
  const line = new WaitingLine<string>();
  const stop = new AbortController();
  const waits = [line.join(never), line.join(stop.signal), line.join(never)];
  stop.abort(new Error('gave up'));
  await expect(waits[1]).rejects.toThrow('gave up');
  expect([line.serve('first'), line.serve('second'), line.serve('nobody')]).toEqual([true, true, false]);
  expect(await Promise.all([waits[0], waits[2]])).toEqual(['first', 'second']);
  expect(line.isEmpty).toBe(true);
});

test('who gives up in the moment after he was served takes nobody else out of the line', async () => {
  const line = new WaitingLine<string>();
  const stop = new AbortController();
  const served = line.join(stop.signal);
  const next = line.join(never);
  line.serve('his');
  stop.abort(new Error('too late'));
  expect(await served).toBe('his');
  line.serve('hers');
  expect(await next).toBe('hers');
});
