/**
 * npm run campaign -- switches [--runs N] [--seed S]
 *
 * Calls the OData connector over a simulated 1C with several switches turned at random, and compares with the base what came of it.
 */
import { parseArgs } from 'node:util';
import { runSwitches } from './switches/campaign.ts';

const { values } = parseArgs({ options: { runs: { type: 'string', default: '500' }, seed: { type: 'string' } } });
const runs = Number(values.runs);
const seed = Number(values.seed ?? Math.floor(Date.now() / 1000) % 1_000_000);

if (!Number.isSafeInteger(runs) || runs < 1 || !Number.isSafeInteger(seed)) {
  process.stderr.write('--runs is a whole number from 1, --seed a whole number\n');
  process.exitCode = 2;
} else {
  const { outcomes, findings } = await runSwitches({ runs, seed, tell: (text) => void process.stderr.write(text) });
  process.stdout.write(`${runs} bases from seed ${seed}\n${[...outcomes].sort(([, one], [, other]) => other - one).map(([text, count]) => `${String(count).padStart(7)}  ${text}`).join('\n')}\n`);
  for (const { run, switches, step, what } of findings) process.stdout.write(`finding: --runs 1 --seed ${run}: ${step} with ${switches}: ${what}\n`);
  process.exitCode = findings.length === 0 ? 0 : 1;
}
