/** role clone, merge, delete and restore; group delete. They publish the same documents as the API, after saying what changes and who may less. */
import { randomUUID } from 'node:crypto';
import { lossesOf } from '../core/access/losses.ts';
import { rulesIn } from '../core/access/object-rights.ts';
import { clonedRole, mergedRoles, restoredRole, withoutGroup, withoutRole, type RoleChange } from '../core/access/role-changes.ts';
import { auditOf, commandActor } from '../core/audit.ts';
import type { ObjectDocument } from '../core/configuration/object-document.ts';
import { publishProposal, type ReadyProposal } from '../engine/apply-configuration.ts';
import { jobRowOf } from '../engine/jobs/job-desk.ts';
import { moveRolesIn } from '../engine/jobs/move-roles.ts';
import { proposeRoles } from '../server/role-desk.ts';
import { enqueueJob } from '../store/postgres/jobs/enqueue-job.ts';
import { type Command, exitCodes, type ExitCode, type Invocation } from './command.ts';
import { contextFor, publish, reportFindings } from './configuration-commands.ts';
import { readConfigurationFile } from './configuration-file.ts';
import { describePlan } from './plan-text.ts';
import { type PlatformDatabase, withPlatformDatabase } from './platform-database.ts';

const yes = { about: { ru: 'не спрашивать', en: 'do not ask' } };

export const cloneRoleCommand: Command = {
  name: 'role clone',
  positionals: ['ROLE', 'NAME'],
  about: { ru: 'создать копию роли; копия никому не дана', en: 'clone a role; nobody holds the clone' },
  options: { yes },
  run: changing((objects, [role = '', name = '']) => clonedRole(objects, role, name)),
};

export const mergeRolesCommand: Command = {
  name: 'role merge',
  positionals: ['ROLE', 'ROLES'],
  about: { ru: 'слить роли (через запятую) в одну; они удаляются', en: 'merge roles, separated by commas, into one; they go' },
  details: {
    ru: 'Роль получает права остальных, их держатели и группы — её. Записи, которые их называют, меняет задание: его номер печатается. Прерванную команду повторите.',
    en: 'The role gets the rights of the others, those who hold them and groups get it. A job changes the records that name them; its id is printed. Repeat a command that was cut short.',
  },
  options: { yes },
  run: async (invocation) =>
    await withPlatformDatabase(invocation.surroundings, async (database) => {
      const [into = '', list = ''] = invocation.positionals;
      const { gone, grown, shrunk } = mergedRoles(await objectsOf(database), into, list.split(',').map((name) => name.trim()).filter((name) => name !== ''));
      const proposal = await proposed(database, grown, invocation);
      if (proposal === null) return exitCodes.failed;
      for (const role of gone) invocation.surroundings.print(`- ${invocation.surroundings.lang === 'ru' ? 'удалить' : 'delete'} Role ${role}\n`);
      const done = await publish(database, proposal, invocation);
      if (done !== exitCodes.done) return done;
      const actor = commandActor(`zveno ${invocation.command}`);
      await database.accounts.moveRole(gone, into, actor);
      const job = await movedRecords(database, gone, into);
      await publishProposal(database.configuration, await proposeRoles(shrunk, await writing(database, invocation)), 'cli', `zveno ${invocation.command}`);
      if (job !== null) invocation.surroundings.print(`${job}\n`);
      return exitCodes.done;
    }),
};

export const deleteRoleCommand: Command = {
  name: 'role delete',
  positionals: ['ROLE'],
  about: { ru: 'удалить роль; сначала показывает, кто что потеряет', en: 'delete a role; first shows who would lose what' },
  details: { ru: 'Из групп она уходит. Кому она дана, запоминается: role restore вернёт её им.', en: 'It leaves its groups. Who holds it is remembered: role restore gives it back to them.' },
  options: { yes },
  run: changing((objects, [role = '']) => withoutRole(objects, role)),
};

export const restoreRoleCommand: Command = {
  name: 'role restore',
  positionals: ['ROLE'],
  about: { ru: 'вернуть удалённую роль, какой она была', en: 'bring back a deleted role as it was' },
  details: { ru: 'Кому она была дана, у тех она снова есть; группам её дают заново.', en: 'Those who held it have it again; groups have to be given it anew.' },
  options: { yes },
  run: changing(async (objects, [role = ''], { configuration }) => restoredRole(objects, role, await configuration.lastDocument('Role', role))),
};

export const deleteGroupCommand: Command = {
  name: 'group delete',
  positionals: ['GROUP'],
  about: { ru: 'удалить группу; сначала показывает, кто что потеряет', en: 'delete a group; first shows who would lose what' },
  options: { yes },
  run: changing((objects, [group = '']) => withoutGroup(objects, group)),
};

/** Queues what a running platform does with records that name the roles; null when no template has any. */
async function movedRecords({ configuration, readers }: PlatformDatabase, gone: readonly string[], into: string): Promise<string | null> {
  const job = moveRolesIn((await configuration.load()).templates, gone, into, 'system');
  if (job === null) return null;
  const id = randomUUID();
  await enqueueJob(readers, jobRowOf({ ...job, id }), auditOf(commandActor('zveno role merge'), 'moveRoles', 'Role', into, { from: gone }));
  return id;
}

type Objects = readonly ObjectDocument[];

/** One change: its plan, who may less by it, the question, the revision. */
function changing(change: (objects: Objects, words: readonly string[], database: PlatformDatabase) => RoleChange | Promise<RoleChange>): (invocation: Invocation) => Promise<ExitCode> {
  return async (invocation) =>
    await withPlatformDatabase(invocation.surroundings, async (database) => {
      const proposal = await proposed(database, await change(await objectsOf(database), invocation.positionals, database), invocation);
      return proposal === null ? exitCodes.failed : await publish(database, proposal, invocation);
    });
}

const objectsOf = async ({ configuration }: PlatformDatabase): Promise<Objects> => (await configuration.load()).stored.objects;

const writing = async (database: PlatformDatabase, { surroundings }: Invocation) => ({ configurationStore: database.configuration, apply: await contextFor(database, surroundings), readDocument: readConfigurationFile });

/** Prints the plan and who would lose what; null, and all that stands in the way, when it cannot be carried out. */
async function proposed(database: PlatformDatabase, change: RoleChange, invocation: Invocation): Promise<ReadyProposal | null> {
  const { surroundings } = invocation;
  const before = rulesIn(await objectsOf(database));
  const proposal = await proposeRoles(change, await writing(database, invocation));
  surroundings.print(describePlan(proposal, surroundings.lang));
  for (const { account, loses } of lossesOf(await database.accounts.list(), before, rulesIn(proposal.after))) surroundings.print(`! ${account} ${surroundings.lang === 'ru' ? 'потеряет' : 'would lose'}: ${loses.join(', ')}\n`);
  if (proposal.findings.length === 0) return proposal;
  reportFindings(proposal.findings, surroundings);
  return null;
}
