import { expect, test } from 'vitest';
import { crashPoints, simulate, type SimulationReport } from './simulation.ts';
import type { SimulatedBugs } from './simulated-cluster.ts';

const seeds = 300;
const simulationMs = 300_000;

const sentence = ({ seed, broken }: SimulationReport): string => `seed ${seed}: ${broken.join('; ')}`;

test(`with nodes dying and stopping anywhere, ${seeds} seeds keep every promise and come to an end`, async () => {
  const deaths = new Map<string, number>();
  let acknowledged = 0;
  let dead = 0;
  let drains = 0;
  for (let seed = 1; seed <= seeds; seed += 1) {
    const report = await simulate(seed);
    expect(report.broken, sentence(report)).toEqual([]);
    for (const [point, count] of report.deaths) deaths.set(point, (deaths.get(point) ?? 0) + count);
    acknowledged += report.acknowledged.size;
    dead += report.dead;
    drains += report.drains;
  }
  // A simulation in which little happens proves little.
  expect(crashPoints.filter((point) => !deaths.has(point))).toEqual([]);
  expect(deaths.get('random')).toBeGreaterThan(seeds);
  expect(acknowledged).toBe(seeds * 24);
  expect(drains).toBeGreaterThan(seeds / 4);
  expect(dead).toBeGreaterThan(0);
}, simulationMs);

test('a seed gives the same course of events every time', async () => {
  expect(await simulate(7)).toEqual(await simulate(7));
});

const planted: readonly { bug: keyof SimulatedBugs; found: RegExp }[] = [
  { bug: 'ackBeforeCommit', found: /acknowledged and lost|out of order/ },
  { bug: 'noIntent', found: /charged \d times/ },
  { bug: 'blindVerify', found: /(?:reserve|book) acted \d times/ },
  { bug: 'checkpointApart', found: /tick \d+: made 2 times|row \d+: read 2 times/ },
  { bug: 'skipFence', found: /2 shadows|tick|row|2 receipts|out of order|charged \d times|acknowledged, but|cannot be answered/ },
];

test.each(planted)('the planted bug $bug is found', async ({ bug, found }) => {
  for (let seed = 1; seed <= seeds; seed += 1) {
    const report = await simulate(seed, { [bug]: true });
    if (found.test(sentence(report))) return;
  }
  throw new Error(`${seeds} seeds did not find ${bug}`);
}, simulationMs);
