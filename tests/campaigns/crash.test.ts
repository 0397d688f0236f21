import { expect, test } from 'vitest';
import { runCampaign } from './crash/campaign.ts';
import { plantedCampaign } from './crash/plants.ts';
import { describeReport } from './crash/report.ts';
import { isGood } from '../../src/sdk/testing/crash/verdict.ts';

const campaignMs = 400_000;
const tell = (): void => undefined;

test('killed six times under load, the platform and its database lose nothing, double nothing and come to an end', async () => {
  const report = await runCampaign({ kills: 6, seed: 11, faults: 'none', tell });
  expect(isGood(report.verdict), describeReport(report)).toBe(true);
  expect([...report.kills.values()].reduce((sum, count) => sum + count, 0)).toBe(6);
  expect(report.orders.acknowledged).toBe(report.orders.sent);
  expect(report.orders.sent).toBeGreaterThan(20);
}, campaignMs);

test('a platform that takes an answered COMMIT for a done one is found out', async () => {
  const report = await plantedCampaign('ignoreCommitTag', { planted: true, seed: 11, tell });
  expect(report.verdict.lost.length, describeReport(report)).toBeGreaterThan(0);
}, campaignMs);
