/**
 * npm run campaign -- crash [--kills N] [--seed S] [--plant BUG|all [--sound]] [--keep]
 *
 * Kills the platform and its database under load and compares what clients were told with what independent records say.
 * With --plant a bug is switched on that the campaign has to find; with --sound as well, the same is done without the bug.
 */
import { parseArgs } from 'node:util';
import { isGood } from '../../src/sdk/testing/crash/verdict.ts';
import { runCampaign } from './crash/campaign.ts';
import { isPlant, plants, plantedCampaign, type Plant } from './crash/plants.ts';
import { describeReport } from './crash/report.ts';

const { values } = parseArgs({ options: { kills: { type: 'string', default: '50' }, seed: { type: 'string' }, plant: { type: 'string' }, sound: { type: 'boolean', default: false }, keep: { type: 'boolean', default: false } } });
const kills = Number(values.kills);
const seed = Number(values.seed ?? Math.floor(Date.now() / 1000) % 1_000_000);
const tell = (text: string): void => void process.stderr.write(text);

if (!Number.isSafeInteger(kills) || kills < 1 || !Number.isSafeInteger(seed)) {
  tell('--kills is a whole number from 1, --seed a whole number\n');
  process.exitCode = 2;
} else if (values.plant === undefined) {
  const report = await runCampaign({ kills, seed, faults: 'none', tell, keep: values.keep });
  process.stdout.write(describeReport(report));
  process.exitCode = isGood(report.verdict) ? 0 : 1;
} else if (values.plant === 'all' || isPlant(values.plant)) {
  process.exitCode = (await findAll(values.plant === 'all' ? plants : [values.plant])) ? 0 : 1;
} else {
  tell(`--plant is all or one of ${plants.join(', ')}\n`);
  process.exitCode = 2;
}

/** True when each planted bug was found, or, without them, when every promise was kept. */
async function findAll(wanted: readonly Plant[]): Promise<boolean> {
  const missed: Plant[] = [];
  for (const plant of wanted) {
    const report = await plantedCampaign(plant, { planted: !values.sound, seed, tell, keep: values.keep });
    const good = isGood(report.verdict);
    if (good !== values.sound) missed.push(plant);
    process.stdout.write(`${describeReport(report)}${values.sound ? `without ${plant}: ${good ? 'sound' : 'NOT sound'}` : `planted ${plant}: ${good ? 'NOT found' : 'found'}`}\n\n`);
  }
  return missed.length === 0;
}
