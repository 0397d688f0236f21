/** One campaign: load, kills, drain, verdict. */
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Acknowledgements } from '../../../src/sdk/testing/crash/acknowledgements.ts';
import { Choices } from '../../../src/sdk/testing/crash/choices.ts';
import { Load } from '../../../src/sdk/testing/crash/load.ts';
import { judge, type Verdict } from '../../../src/sdk/testing/crash/verdict.ts';
import { campaignOrder, campaignRoutes, pathOf, type CampaignOrder, type CampaignRoute } from './campaign-order.ts';
import { collect, waiting, type Collected } from './evidence.ts';
import { Killer, type KillKind } from './killer.ts';
import { authorization, setStage, type Stage } from './stage.ts';

export interface CampaignOptions {
  kills: number;
  seed: number;
  /** Planted bugs, or `none`. */
  faults: string;
  clients?: number;
  routes?: readonly CampaignRoute[];
  /** In place of random kills: what is done to the stage while the load runs. */
  readonly harm?: (stage: Stage, choices: Choices) => Promise<ReadonlyMap<KillKind, number>>;
  readonly tell: (text: string) => void;
  keep?: boolean;
}

export interface CampaignReport {
  seed: number;
  faults: string;
  kills: ReadonlyMap<KillKind, number>;
  orders: { sent: number; acknowledged: number; silent: number; refused: ReadonlyMap<number, number> };
  collected: Collected;
  verdict: Verdict;
  seconds: number;
}

const drainMs = 180_000;
const answerMs = 8_000;

export async function runCampaign(options: CampaignOptions): Promise<CampaignReport> {
  const begun = performance.now();
  const stage = await setStage(options.faults, options.tell);
  let failed = true;
  try {
    const report = await campaign(stage, options, begun);
    failed = Object.values(report.verdict).some((found: readonly string[]) => found.length > 0);
    return report;
  } finally {
    await stage.close(failed && options.keep === true);
  }
}

async function campaign(stage: Stage, options: CampaignOptions, begun: number): Promise<CampaignReport> {
  const { seed, faults, kills, clients = 8, routes = campaignRoutes, tell } = options;
  const choices = new Choices(seed);
  await stage.partner.turn('delayMs=3&drop=write&dropRate=0.03&failRate=0.03&failStatus=503');
  await stage.charger.turn('delayMs=20');
  const file = join(stage.folder, 'acknowledged.log');
  const acknowledgements = await Acknowledgements.open(file);
  const load = new Load<CampaignOrder>({ clients, choices: choices.fork(), acknowledgements, pauseMs: 40, make: (client, n, own) => campaignOrder(client, n, own, routes), post: (order) => post(stage.url, order) });
  const killed = await (options.harm ?? randomKills(kills, tell))(stage, choices.fork());
  await stage.partner.turn();
  await stage.charger.turn();
  if (!stage.platform.alive) await stage.platform.startUntilReady();
  const late = await drained(stage, load);
  await acknowledgements.close();
  const collected = await collect(stage, [...load.sent.values()], await Acknowledgements.read(file));
  const verdict = judge({ ...collected.evidence, impossible: [...collected.evidence.impossible, ...late] });
  return { seed, faults, kills: killed, orders: load.counts, collected, verdict, seconds: (performance.now() - begun) / 1000 };
}

const randomKills =
  (kills: number, tell: (text: string) => void) =>
  (stage: Stage, choices: Choices): Promise<ReadonlyMap<KillKind, number>> =>
    new Killer(stage, choices, tell).kill(kills);

async function post(url: string, { route, number, body }: CampaignOrder): Promise<number | null> {
  try {
    const answer = await fetch(`${url}/api/public/adapter/${pathOf[route]}`, {
      method: 'POST',
      headers: { authorization, 'content-type': 'application/json', 'idempotency-key': number },
      body,
      signal: AbortSignal.timeout(answerMs),
    });
    await answer.arrayBuffer();
    return answer.status;
  } catch {
    return null;
  }
}

/** Everything has to come to its end once the faults have stopped; a sentence when it does not. */
async function drained(stage: Stage, load: Load<CampaignOrder>): Promise<string[]> {
  const until = performance.now() + drainMs;
  const ended = await Promise.race([load.end().then(() => true), sleep(drainMs, false, { ref: false })]);
  if (!ended) return [`after ${drainMs / 1000} s clients still wait for an acknowledgement: ${JSON.stringify(load.counts)}`];
  for (let left = await waiting(stage); left > 0; left = await waiting(stage)) {
    if (performance.now() > until) return [`after ${drainMs / 1000} s ${left} rows are still in the queues`];
    await sleep(100);
  }
  // What was taken from its queue in the last moment is committed; its run is over.
  return [];
}
