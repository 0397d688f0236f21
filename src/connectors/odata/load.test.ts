/** How wide a stream of requests a service bears. Time is the test's own. */
import { describe, expect, it } from 'vitest';
import { createLoad, type Load } from './load.ts';

const never = new AbortController().signal;

/** A service that answers each request when told, and a clock that moves only by hand. */
function bench(maximum: number): { load: Load; ask: (signal?: AbortSignal) => Promise<string>; answer: (verdict: 'good' | 'busy', ms?: number) => Promise<void>; under: () => Promise<number> } {
  const settle = async (): Promise<void> => {
    for (let turn = 0; turn < 8; turn++) await Promise.resolve();
  };
  let nowMs = 1_000;
  const pending: ((verdict: string) => void)[] = [];
  const load = createLoad({ wallMs: () => nowMs, monotonicMs: () => nowMs, sleep: async () => undefined }, maximum);
  return {
    load,
    ask: (signal = never) => load.run(() => new Promise<string>((resolve) => pending.push(resolve)), (verdict) => (verdict === 'busy' ? 'busy' : 'good'), signal),
    under: async () => {
      await settle();
      return pending.length;
    },
    async answer(verdict, ms = 10) {
      await settle();
      nowMs += ms;
      pending.shift()?.(verdict);
      await settle();
    },
  };
}

describe('requests to one service', () => {
  it('begin two at a time and become more while it keeps its pace, up to the bound', async () => {
    const { load, ask, answer, under } = bench(5);
    for (let count = 0; count < 60; count++) void ask();
    expect([load.width, await under()]).toEqual([2, 2]);
    for (let count = 0; count < 40; count++) await answer('good', 0);
    expect([load.width, await under()]).toEqual([5, 5]);
  });

  it('are halved when it is too much, once for a crowd that heard the same', async () => {
    const { load, ask, answer, under } = bench(8);
    for (let count = 0; count < 200; count++) void ask();
    for (let count = 0; count < 60; count++) await answer('good', 0);
    expect(await under()).toBe(8);
    for (let count = 0; count < 4; count++) await answer('busy', 0);
    expect(load.width).toBe(4);
    expect(await under()).toBe(4);
  });

  it('never become fewer than one, and recover', async () => {
    const { load, ask, answer } = bench(4);
    for (let count = 0; count < 80; count++) void ask();
    for (let count = 0; count < 6; count++) await answer('busy', 0);
    expect(load.width).toBe(1);
    for (let count = 0; count < 30; count++) await answer('good', 0);
    expect(load.width).toBe(4);
  });

  it('do not become more while its answers grow slow', async () => {
    const { load, ask, answer } = bench(16);
    for (let count = 0; count < 100; count++) void ask();
    await answer('good', 10);
    for (let count = 0; count < 20; count++) await answer('good', 100);
    expect(load.width).toBeLessThan(4);
  });

  it('that wait for room are given up without being sent', async () => {
    const { ask, answer, under } = bench(1);
    const stop = new AbortController();
    const [first, second, third] = [ask(), ask(stop.signal), ask()];
    stop.abort(new Error('enough'));
    await expect(second).rejects.toThrow('enough');
    await answer('good');
    expect(await under()).toBe(1);
    await answer('good');
    expect(await Promise.all([first, third])).toEqual(['good', 'good']);
  });

  it('leave room when they fail', async () => {
    const load = createLoad({ wallMs: () => 0, monotonicMs: () => 0, sleep: async () => undefined }, 1);
    const fails = (): Promise<string> => load.run(() => Promise.reject(new Error('broken')), () => 'good', never);
    await expect(fails()).rejects.toThrow('broken');
    await expect(fails()).rejects.toThrow('broken');
  });
});
