/** Planted bugs, and for each the campaign that provokes its window: the bug has to be found, and without it the same campaign has to pass. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Choices } from '../../../src/sdk/testing/crash/choices.ts';
import type { CampaignRoute } from './campaign-order.ts';
import { runCampaign, type CampaignReport } from './campaign.ts';
import { killDatabase } from './database-processes.ts';
import type { KillKind } from './killer.ts';
import { startSecondNode } from './second-node.ts';
import type { Stage } from './stage.ts';

export const plants = ['ackBeforeCommit', 'noIntent', 'noFence', 'ignoreCommitTag'] as const;
export type Plant = (typeof plants)[number];

export const isPlant = (name: string): name is Plant => plants.some((plant) => plant === name);

export interface PlantedOptions {
  seed: number;
  /** False: the same campaign without the bug. */
  planted: boolean;
  readonly tell: (text: string) => void;
  keep?: boolean;
}

export function plantedCampaign(plant: Plant, { planted, ...options }: PlantedOptions): Promise<CampaignReport> {
  const { routes, clients, harm } = windows[plant];
  return runCampaign({ ...options, kills: 0, faults: planted ? plant : 'none', routes, clients, harm });
}

interface Window {
  routes: readonly CampaignRoute[];
  clients: number;
  readonly harm: (stage: Stage, choices: Choices) => Promise<ReadonlyMap<KillKind, number>>;
}

const windows: Readonly<Record<Plant, Window>> = {
  ackBeforeCommit: { routes: ['ackOrders'], clients: 16, harm: killDatabaseAgain },
  noIntent: { routes: ['chargeOrders'], clients: 8, harm: killInRequests },
  noFence: { routes: ['orders', 'ackOrders'], clients: 16, harm: stopBeyondLease },
  // Runs that meet at one customer conflict, so that COMMIT is answered with ROLLBACK; no kill is needed.
  ignoreCommitTag: { routes: ['orders'], clients: 8, harm: () => sleep(5_000, new Map()) },
};

/** What is acknowledged while the database goes away has to be there when it comes back. */
async function killDatabaseAgain({ dataFolder }: Stage, choices: Choices): Promise<ReadonlyMap<KillKind, number>> {
  let kills = 0;
  for (let turn = 0; turn < 5; turn += 1) {
    await sleep(choices.between(800, 1_600));
    if (killDatabase(dataFolder, 'postmaster', choices)) kills += 1;
  }
  return new Map([['postmaster', kills]]);
}

/** The charger is slow, so that the platform dies while charges are out. */
async function killInRequests({ platform, charger }: Stage, choices: Choices): Promise<ReadonlyMap<KillKind, number>> {
  await charger.turn('delayMs=150');
  const kills = 4;
  for (let turn = 0; turn < kills; turn += 1) {
    await sleep(choices.between(600, 1_200));
    await platform.kill();
    await platform.startUntilReady();
  }
  return new Map([['server', kills]]);
}

/** The first node is stopped until a second one has taken over what it had begun, and then goes on with it. */
async function stopBeyondLease(stage: Stage, choices: Choices): Promise<ReadonlyMap<KillKind, number>> {
  const second = await startSecondNode(stage);
  const stops = 5;
  try {
    for (let turn = 0; turn < stops; turn += 1) {
      await sleep(choices.between(700, 1_200));
      stage.platform.pause();
      await sleep(choices.between(4_500, 5_500));
      stage.platform.resume();
    }
    await sleep(1_000);
  } finally {
    stage.platform.resume();
    await second.stop();
  }
  return new Map([['stop', stops]]);
}
