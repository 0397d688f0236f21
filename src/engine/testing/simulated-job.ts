/** A job whose effects have no key: what was done twice shows as two records, what was left out as none. */
import { failure } from '../../core/failure.ts';
import { isObject, type Value } from '../../core/value.ts';
import type { Random } from '../../core/ports.ts';
import type { JobKind } from '../jobs/kind.ts';
import { randomUuid } from '../uuid.ts';

/** Makes the ticks 1 … `count` of a template, with the number empty for those in `refused`. The ids are others at every attempt. */
export const simulatedTicks = (random: Random): JobKind => ({
  name: 'ticks',
  step: async ({ job, checkpoint, size, waitsFor }) => {
    waitsFor({ kind: 'remote', about: 'ticks' });
    const { template, count, each, refused } = inputOf(job.input);
    const from = typeof checkpoint === 'number' ? checkpoint : 0;
    const to = Math.min(count, from + Math.min(size, each));
    const numbers = Array.from({ length: to - from }, (_, at) => from + at + 1);
    return {
      checkpoint: to,
      done: numbers.length,
      total: count,
      writes: {
        origin: 'import',
        writes: numbers.map((number) => ({ op: 'create', template, id: randomUuid(random), values: { number: refused.has(number) ? null : String(number) } })),
        places: numbers.map((number) => ({ place: String(number), source: null })),
      },
      ...(to === count ? { result: { ticks: count } } : {}),
    };
  },
});

function inputOf(input: Value): { template: string; count: number; each: number; refused: ReadonlySet<number> } {
  if (!isObject(input)) throw failure('job.unknownKind', { kind: 'ticks' });
  const { template, count, each, refused } = input;
  return { template: typeof template === 'string' ? template : 'Tick', count: Number(count), each: Number(each), refused: new Set(Array.isArray(refused) ? refused.map(Number) : []) };
}
