import { expect, test } from 'vitest';
import type { TraceEntry } from '../core/scenario/machine-port.ts';
import { packTrace, unpackTrace } from './trace.ts';

const entry: TraceEntry = { path: 's.steps[0].send', kind: 'send', name: 'шаг', ms: 3, outcome: 'done', note: '⇄ partner 200' };

test.each([1, 3, 500])('a trace of %i steps comes back as it was', (count) => {
  const trace = Array.from({ length: count }, (_, index) => ({ ...entry, path: `s.steps[${index}].send` }));
  expect(unpackTrace(packTrace(trace) ?? new Uint8Array())).toEqual(trace);
});

test('a long trace is compressed, a short one is not, and no step is no trace', () => {
  expect(packTrace([])).toBeNull();
  expect(packTrace([entry])?.[0]).toBe(0);
  expect(packTrace(Array.from({ length: 500 }, () => entry))?.length).toBeLessThan(5_000);
});
