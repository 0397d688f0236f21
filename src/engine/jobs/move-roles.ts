/**
 * Makes records that name merged roles name the role they were merged into. No scenario is told of it and no rule is asked:
 * the record means what it meant.
 */
import type { RecordWrite } from '../../core/effect-set.ts';
import { failure } from '../../core/failure.ts';
import type { Filter } from '../../core/query.ts';
import { isRoleList, rolesOf, rolesText } from '../../core/role-list.ts';
import type { RecordData, Scalar, ScalarAttribute, Template, TemplateCatalogue } from '../../core/template.ts';
import { isObject, type Value } from '../../core/value.ts';
import type { NewJob } from './job-desk.ts';
import type { JobKind, JobTurn } from './kind.ts';

const name = 'moveRoles';

export const moveRolesJob = (from: readonly string[], into: string, by: string): NewJob => ({ kind: name, subject: into, input: { from, into }, checkpoint: start, triggers: false, by });

/** Null when there are no records that could name them. */
export const moveRolesIn = (templates: TemplateCatalogue, from: readonly string[], into: string, by: string): NewJob | null =>
  from.length === 0 || templatesWithRoles(templates).length === 0 ? null : moveRolesJob(from, into, by);

/** Templates whose records may name roles, in the order in which the job looks at them. */
const templatesWithRoles = (templates: TemplateCatalogue): readonly Template[] =>
  templates.all().filter((template) => template.retired !== true && rolesIn(template).length > 0).toSorted((left, right) => (left.id < right.id ? -1 : 1));

export const moveRolesKind: JobKind = {
  name,
  async step(turn) {
    const moved = movedOf(turn.job.input);
    const at = placeOf(turn.checkpoint);
    const template = templatesWithRoles(turn.configuration.templates).find(({ id }) => id >= at.template);
    if (template === undefined) return behindAll(turn, moved, at);
    const records = await namingRecords(turn, template, moved, template.id === at.template ? at.after : null);
    const last = records.at(-1);
    const next = records.length === turn.size && last !== undefined ? { ...at, template: template.id, after: last.id } : { ...at, template: `${template.id}~`, after: null };
    return { checkpoint: next, done: records.length, effects: { records: records.map((record) => written(template, record, moved, turn.job.by)) } };
  },
};

interface Moved {
  from: readonly string[];
  into: string;
}

/** `again`: the merged roles are gone, and what named them until then is looked for once more. */
interface Place {
  again: boolean;
  /** The first template that is not behind; ids are hexadecimal, so `~` stands behind the template itself. */
  template: string;
  after: string | null;
}

const start = { again: false, template: '', after: null };

function behindAll({ configuration, job }: JobTurn, { from, into }: Moved, at: Place): Awaited<ReturnType<JobKind['step']>> {
  if (at.again) return { checkpoint: { ...at }, done: 0, result: { records: job.done } };
  const still = from.filter((role) => configuration.access.role(role) !== undefined);
  // While a role is there, records may be given it.
  if (still.length > 0) throw failure('role.stillThere', { roles: still.join(', '), into }, { next: { kind: 'retry' } });
  return { checkpoint: { ...start, again: true }, done: 0 };
}

const rolesIn = ({ attributes }: Template): readonly ScalarAttribute[] => attributes.filter((attribute): attribute is ScalarAttribute => attribute.kind === 'scalar' && attribute.type === 'role');

async function namingRecords({ read, size, waitsFor }: JobTurn, template: Template, { from }: Moved, after: string | null): Promise<readonly RecordData[]> {
  waitsFor({ kind: 'records', about: template.name });
  const named = rolesIn(template).flatMap((attribute): Filter[] => (isRoleList(attribute) ? from.map((record) => ({ op: 'linked', attribute: attribute.name, record })) : [{ op: 'in', attribute: attribute.name, value: from }]));
  const behind: readonly Filter[] = after === null ? [] : [{ op: 'gt', attribute: 'id', value: after }];
  const page = await read({ kind: 'query', query: { template: template.name, filter: { op: 'and', of: [{ op: 'or', of: named }, ...behind] }, sort: [], limit: size } });
  if (page.kind !== 'page') throw new Error(`a query was answered with ${page.kind}`);
  return page.records;
}

function written(template: Template, record: RecordData, { from, into }: Moved, by: string): RecordWrite {
  const values: Record<string, Scalar> = {};
  const before: Record<string, Scalar> = {};
  for (const attribute of rolesIn(template)) {
    const named = rolesOf(record.values[attribute.name]);
    if (!named.some((role) => from.includes(role))) continue;
    values[attribute.name] = rolesText(named.map((role) => (from.includes(role) ? into : role)));
    before[attribute.name] = record.values[attribute.name] ?? null;
  }
  return { op: 'update', template: template.id, templateVersion: template.version, id: record.id, version: record.version, values, before, origin: 'api', by: by === 'system' ? null : by };
}

/** Only `moveRolesJob` wrote it. */
const movedOf = (input: Value): Moved => input as unknown as Moved;

function placeOf(checkpoint: Value): Place {
  if (!isObject(checkpoint)) throw new Error('a move of roles begins at a place');
  const { again, template, after } = checkpoint;
  return { again: again === true, template: typeof template === 'string' ? template : '', after: typeof after === 'string' ? after : null };
}
