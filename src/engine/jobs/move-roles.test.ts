import { expect, test } from 'vitest';
import { accessRules, type Role } from '../../core/access/role.ts';
import type { JobRow } from '../../core/job.ts';
import type { ReadRequest } from '../../core/query.ts';
import { templateCatalogue } from '../../core/template-catalogue.ts';
import type { RecordData, Template } from '../../core/template.ts';
import type { Value } from '../../core/value.ts';
import { moveRolesJob, moveRolesKind } from './move-roles.ts';
import type { JobStep, JobTurn } from './kind.ts';

const task: Template = {
  id: '00000001', name: 'Task', version: 3,
  attributes: [
    { kind: 'scalar', type: 'role', id: '0000000a', name: 'approver', required: false, unique: false },
    { kind: 'scalar', type: 'role', multiple: true, id: '0000000b', name: 'readers', required: false, unique: false },
  ],
};
const record = (id: string, values: RecordData['values']): RecordData => ({ id, template: task.id, version: 5, createdAt: '', createdBy: null, changedAt: '', changedBy: null, archived: false, origin: 'api', values, links: {} });
const role = (name: string): Role => ({ name, title: {}, enabled: true, permissions: [], records: [] });

/** One step with these records still naming the merged roles. */
function step(checkpoint: Value, { roles, records }: { roles: readonly string[]; records: readonly RecordData[] }, asked: ReadRequest[] = []): Promise<JobStep> {
  const job = moveRolesJob(['old', 'older'], 'kept', 'ira');
  const turn = {
    job: { ...job, done: 1 } as unknown as JobRow,
    checkpoint,
    configuration: { templates: templateCatalogue([task]), access: accessRules(roles.map(role), []) },
    size: 2,
    read: async (request: ReadRequest) => {
      asked.push(request);
      return { kind: 'page' as const, records, cursor: null };
    },
    waitsFor: () => undefined,
  };
  // The step reads no other part of its turn.
  return moveRolesKind.step(turn as unknown as JobTurn);
}

const start = moveRolesJob([], 'kept', 'ira').checkpoint ?? null;

test('records name the role that is left, once, at the version that was read', async () => {
  const asked: ReadRequest[] = [];
  const moved = await step(start, { roles: ['kept', 'old'], records: [record('r1', { approver: 'old', readers: 'kept,old,older' }), record('r2', { approver: 'other', readers: 'a,older' })] }, asked);
  expect(moved.effects?.records).toEqual([
    { op: 'update', template: task.id, templateVersion: 3, id: 'r1', version: 5, values: { approver: 'kept', readers: 'kept' }, before: { approver: 'old', readers: 'kept,old,older' }, origin: 'api', by: 'ira' },
    { op: 'update', template: task.id, templateVersion: 3, id: 'r2', version: 5, values: { readers: 'a,kept' }, before: { readers: 'a,older' }, origin: 'api', by: 'ira' },
  ]);
  expect(moved).toMatchObject({ done: 2, checkpoint: { after: 'r2' } });
  await step(moved.checkpoint, { roles: [], records: [] }, asked);
  expect(JSON.stringify(asked[1])).toContain('"op":"gt","attribute":"id","value":"r2"');
});

test('nothing is over while a merged role can still be given to a record: what named it meanwhile is looked for again', async () => {
  const behind = (await step(start, { roles: ['kept', 'old'], records: [] })).checkpoint;
  await expect(step(behind, { roles: ['kept', 'old'], records: [] })).rejects.toMatchObject({ code: 'role.stillThere', next: { kind: 'retry' }, parameters: { roles: 'old' } });
  const again = await step(behind, { roles: ['kept'], records: [] });
  expect(again.result).toBeUndefined();
  const late = await step(again.checkpoint, { roles: ['kept'], records: [record('r3', { approver: 'old', readers: null })] });
  expect(late.effects?.records).toMatchObject([{ id: 'r3', values: { approver: 'kept' } }]);
  expect(await step(late.checkpoint, { roles: ['kept'], records: [] })).toMatchObject({ result: { records: 1 } });
});
