/** A campaign's report for a person. */
import { isGood } from '../../../src/sdk/testing/crash/verdict.ts';
import type { CampaignReport } from './campaign.ts';

const shown = 10;

export function describeReport({ seed, faults, kills, orders, collected, verdict, seconds }: CampaignReport): string {
  const total = [...kills.values()].reduce((sum, count) => sum + count, 0);
  const { lost, doubled, extra, outOfOrder, other } = verdict;
  return [
    `seed ${seed}, planted bugs ${faults}, ${Math.round(seconds)} s`,
    `kills ${total}: ${[...kills].map(([kind, count]) => `${kind} ${count}`).join(', ')}`,
    `orders sent ${orders.sent}, acknowledged ${orders.acknowledged}; tries without an answer ${orders.silent}, refused ${[...orders.refused].map(([status, count]) => `${status} ${count}`).join(', ') || 'none'}`,
    `found ${Object.entries(collected.counts).map(([name, count]) => `${name} ${count}`).join(', ')}`,
    `repeats that were dropped: partner ${collected.repeats.partner}, charger ${collected.repeats.charger}`,
    ...listed('lost', lost),
    ...listed('doubled', doubled),
    ...listed('extra', extra),
    ...listed('out of order', outOfOrder),
    ...listed('other', other),
    isGood(verdict) ? 'every promise was kept' : 'PROMISES WERE BROKEN',
    '',
  ].join('\n');
}

function listed(title: string, found: readonly string[]): string[] {
  return [`${title}: ${found.length}`, ...found.slice(0, shown).map((text) => `  ${text}`), ...(found.length > shown ? [`  and ${found.length - shown} more`] : [])];
}
