import { expect, test } from 'vitest';
import { runSwitches } from './switches/campaign.ts';

test('over a simulated 1C with switches turned at random nothing is lost, doubled or changed without being told', async () => {
  const { outcomes, findings } = await runSwitches({ runs: 24, seed: 20_261_128, tell: () => undefined });
  expect(findings).toEqual([]);
  for (const outcome of ['create answer', 'update answer', 'scan answer', 'query answer', 'confirmChanges answer']) expect(outcomes.get(outcome), outcome).toBeGreaterThan(2);
}, 120_000);

test('a connector that does not tell what 1C stored otherwise is found', async () => {
  const { findings } = await runSwitches({ runs: 24, seed: 1, tell: () => undefined, silent: true });
  expect(findings.map(({ what }) => what).filter((what) => what.includes('nothing says so'))).not.toEqual([]);
}, 120_000);
