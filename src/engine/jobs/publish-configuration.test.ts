import { describe, expect, test } from 'vitest';
import type { ConversionWrite, LostValue } from '../../core/conversion-write.ts';
import { limits } from '../../core/limits.ts';
import type { ChangedPage, ConvertedPage, Publishing } from '../../core/publishing.ts';
import type { Value } from '../../core/value.ts';
import type { JobStep, JobTurn } from './kind.ts';
import { publishConfigurationKind } from './publish-configuration.ts';

const write = (record: string): ConversionWrite => ({ template: '00000001', records: [record], columns: [] });
const lost = (count: number): readonly LostValue[] => Array.from({ length: count }, (_, at) => ({ record: `r${at}`, attribute: 'a', value: '"x"', to: 'number' }));

interface Scene {
  stands: boolean;
  pages: ConvertedPage[];
  changed: ChangedPage[];
  done: string[];
}

const empty: ConvertedPage = { write: null, lost: [], changed: 0, records: 0, next: null };
const caughtUp = (xid: string): ChangedPage => ({ writes: [], lost: [], position: { xid, seq: '0' }, caughtUp: true });

/** A publication whose pages and changes are given one after another. */
function publishing(scene: Scene): Publishing {
  return {
    stands: async () => scene.stands,
    prepare: async () => {
      scene.done.push('prepare');
      scene.stands = true;
      return { position: { xid: '10', seq: '0' }, records: 3 };
    },
    page: async () => scene.pages.shift() ?? empty,
    changed: async (_job, position) => {
      scene.done.push(`changed after ${position.xid}`);
      return scene.changed.shift() ?? caughtUp(position.xid);
    },
    tighten: async () => void scene.done.push('tighten'),
    removeLeftovers: async () => void scene.done.push('cleared'),
    takeOverLateWrites: async () => undefined,
  };
}

/** Takes steps from a checkpoint until the job is over. */
async function carriedOut(scene: Scene, checkpoint: Value = null, done = 0): Promise<readonly JobStep[]> {
  const kind = publishConfigurationKind(publishing(scene));
  const steps: JobStep[] = [];
  for (let at = checkpoint; steps.at(-1)?.result === undefined; at = steps.at(-1)?.checkpoint ?? null) {
    // A step looks at no more of its turn than this.
    const turn = { job: { id: 'job', subject: 'Order', done, failed: 0 }, checkpoint: at, size: 500, signal: new AbortController().signal, waitsFor: () => undefined } as unknown as JobTurn;
    steps.push(await kind.step(turn));
    if (steps.length > 20) throw new Error('the job does not end');
  }
  return steps;
}

describe('a publication by a job', () => {
  test('converts page after page, follows the changes, tightens, and switches from the last position', async () => {
    const scene: Scene = {
      stands: false,
      pages: [{ write: write('a'), lost: [], changed: 1, records: 2, next: { pass: 0, after: 'a' } }, { write: write('b'), lost: lost(1), changed: 0, records: 1, next: null }],
      changed: [{ writes: [write('a')], lost: [], position: { xid: '12', seq: '4' }, caughtUp: false }, caughtUp('15'), { writes: [write('c')], lost: [], position: { xid: '17', seq: '1' }, caughtUp: false }, caughtUp('20')],
      done: [],
    };
    const steps = await carriedOut(scene);
    expect(scene.done).toEqual(['prepare', 'changed after 10', 'changed after 12', 'tighten', 'changed after 15', 'changed after 17']);
    expect(steps.map(({ done }) => done)).toEqual([0, 2, 1, 0, 0, 0, 0, 0]);
    expect(steps.map(({ effects }) => effects?.conversions?.map(({ records }) => records[0]))).toEqual([undefined, ['a'], ['b'], ['a'], [], undefined, ['c'], undefined]);
    // What comes after that position is converted by the switch itself.
    expect(steps.at(-1)).toMatchObject({ effects: { publication: { job: 'job', position: { xid: '17', seq: '1' } } }, result: { lost: 1, changed: 1 } });
  });

  test('whose columns were cleared away begins again, and counts anew', async () => {
    const first = await carriedOut({ stands: false, pages: [{ ...empty, records: 3 }], changed: [], done: [] });
    const scene: Scene = { stands: false, pages: [{ ...empty, records: 3 }], changed: [], done: [] };
    const again = await carriedOut(scene, first[1]?.checkpoint ?? null, 3);
    expect([scene.done[0], again[0]?.done, again[0]?.total]).toEqual(['prepare', -3, 3]);
  });

  test('names some of the values that it loses, and counts all', async () => {
    const most = limits.conversionProblems.value;
    const steps = await carriedOut({ stands: false, pages: [{ ...empty, lost: lost(most - 1), records: most, next: { pass: 0, after: 'a' } }, { ...empty, lost: lost(5), records: 5 }], changed: [], done: [] });
    expect(steps.slice(1, 3).map(({ problems = [], untold }) => [problems.length, untold])).toEqual([[most - 1, 0], [1, 4]]);
    expect(steps[1]?.problems?.[0]).toMatchObject({ place: 'r0', source: '"x"', failure: { code: 'template.valueLost' } });
    expect(steps.at(-1)?.result).toEqual({ lost: most + 4, changed: 0 });
  });

  test('that is given up clears away what it has left', async () => {
    const scene: Scene = { stands: true, pages: [], changed: [], done: [] };
    await publishConfigurationKind(publishing(scene)).abandoned?.();
    expect(scene.done).toEqual(['cleared']);
  });
});
