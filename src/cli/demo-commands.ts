/** demo apply and demo remove. */
import { isEmptyPlan } from '../core/configuration/plan.ts';
import type { ReadyProposal } from '../engine/apply-configuration.ts';
import { type Command, exitCodes, type ExitCode, type Invocation } from './command.ts';
import { applyContext, noWait, publish, reportFindings } from './configuration-commands.ts';
import { proposeDemo, proposeDemoRemoval } from './demo.ts';
import { describePlan } from './plan-text.ts';
import { type PlatformDatabase, withPlatformDatabase } from './platform-database.ts';

const yes = { about: { ru: 'не спрашивать', en: 'do not ask' } };

export const applyDemoCommand: Command = {
  name: 'demo apply',
  positionals: [],
  about: { ru: 'применить конфигурацию примера', en: 'apply the configuration of the demo' },
  options: { yes, 'no-wait': noWait },
  run: async (invocation) => await withPlatformDatabase(invocation.surroundings, async (database) => await carryOut(database, await proposeDemo(database.configuration, applyContext(invocation.surroundings)), invocation)),
};

export const removeDemoCommand: Command = {
  name: 'demo remove',
  positionals: [],
  about: { ru: 'удалить конфигурацию примера', en: 'remove the configuration of the demo' },
  details: {
    ru: 'Записи примера скрываются вместе с шаблонами; demo apply возвращает их.',
    en: 'The records of the demo are hidden with their templates; demo apply brings them back.',
  },
  options: { yes, 'no-wait': noWait },
  run: async (invocation) => await withPlatformDatabase(invocation.surroundings, async (database) => await carryOut(database, await proposeDemoRemoval(database.configuration, applyContext(invocation.surroundings)), invocation)),
};

async function carryOut(database: PlatformDatabase, proposal: ReadyProposal, invocation: Invocation): Promise<ExitCode> {
  const { surroundings } = invocation;
  surroundings.print(describePlan(proposal, surroundings.lang));
  if (proposal.findings.length > 0) return reportFindings(proposal.findings, surroundings);
  return isEmptyPlan(proposal.plan) ? exitCodes.done : await publish(database, proposal, invocation);
}
