/**
 * npm run campaign -- answers [--runs N] [--seed S]
 *
 * Gives the OData connector answers of a simulated 1C that were spoiled on the way, and looks what it makes of them.
 */
import { parseArgs } from 'node:util';
import { runAnswers } from './answers/campaign.ts';

const { values } = parseArgs({ options: { runs: { type: 'string', default: '20000' }, seed: { type: 'string' } } });
const runs = Number(values.runs);
const seed = Number(values.seed ?? Math.floor(Date.now() / 1000) % 1_000_000);

if (!Number.isSafeInteger(runs) || runs < 1 || !Number.isSafeInteger(seed)) {
  process.stderr.write('--runs is a whole number from 1, --seed a whole number\n');
  process.exitCode = 2;
} else {
  const { outcomes, findings } = await runAnswers({ runs, seed, tell: (text) => void process.stderr.write(text) });
  process.stdout.write(`${runs} answers from seed ${seed}\n${[...outcomes].sort(([, one], [, other]) => other - one).map(([text, count]) => `${String(count).padStart(7)}  ${text}`).join('\n')}\n`);
  for (const { run, call, damage, what } of findings) process.stdout.write(`finding: --runs 1 --seed ${run}: ${call}, ${damage}: ${what}\n`);
  process.exitCode = findings.length === 0 ? 0 : 1;
}
