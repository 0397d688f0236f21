/** Planted bugs and the campaigns that have to find them. */
import type { CampaignReport } from './campaign.ts';
import { runCampaign } from './campaign.ts';

export const plants = ['ackBeforeCommit', 'noIntent', 'noFence', 'ignoreCommitTag'] as const;
export type Plant = (typeof plants)[number];

export const isPlant = (name: string): name is Plant => plants.some((plant) => plant === name);

export interface PlantedOptions {
  kills: number;
  seed: number;
  tell(text: string): void;
}

export function plantedCampaign(plant: Plant, options: PlantedOptions): Promise<CampaignReport> {
  return runCampaign({ ...options, faults: plant });
}
