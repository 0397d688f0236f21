/** What the run has changed in all: one write a record, against what was committed. */
import { failure } from '../failure.ts';
import type { RecordWrite, VersionCheck } from '../effect-set.ts';
import { limits } from '../limits.ts';
import type { Scalar } from '../template.ts';
import { authorOf, committedValue, exists, heldRecord, inverseAttribute, ownRowChanged, recordValue, sameScalar } from './held-records.ts';
import type { RunEffects, RunResult } from './machine-port.ts';
import { chainOf, chainTooDeep, templateById, type Run } from './run.ts';
import { dictionary, type Dictionary, type Held, type RecordKey, type State } from './run-state.ts';

export function effectsOf(state: State): Omit<RunEffects, 'afterRuns'> {
  return { records: [...rowWrites(state), ...linkWrites(state)], checks: checksOf(state), sends: state.sends };
}

/** A write of a record's own row. */
type RowWrite = Exclude<RecordWrite, { relation: string }>;

function rowWrites(state: State): readonly RowWrite[] {
  return state.touched.flatMap(({ template, id }) => {
    const held = heldRecord(state, template, id);
    return held === undefined ? [] : rowWrite(state, template, id, held);
  });
}

function rowWrite(state: State, template: string, id: string, held: Held): readonly RowWrite[] {
  const common = { template, templateVersion: held.templateVersion, id, origin: held.origin, by: authorOf(state) };
  if (held.base === null) return held.state === 'created' ? [{ op: 'create', ...common, values: held.values, ...(held.archived ? { archived: true } : {}) }] : [];
  if (held.state === 'deleted') return [{ op: 'delete', ...common, version: held.base.version }];
  const values = changedValues(held);
  const moved = held.archived !== held.base.archived;
  if (Object.keys(values).length === 0 && !moved) return [];
  return [{ op: 'update', ...common, version: held.base.version, values, before: held.base.values, ...(moved ? { archived: held.archived } : {}) }];
}

function changedValues(held: Held): Dictionary<Scalar> {
  const changed = dictionary<Scalar>();
  for (const [name, value] of Object.entries(held.values)) if (!sameScalar(value, held.base?.values[name] ?? null)) changed[name] = value;
  return changed;
}

function linkWrites(state: State): readonly RecordWrite[] {
  return Object.entries(state.pairs).flatMap(([relation, pairs]) =>
    Object.values(pairs).flatMap(({ owner, other, base, now, origin }): RecordWrite[] =>
      base === now ? [] : [{ op: now ? 'link' : 'unlink', relation, owner, other, origin, by: authorOf(state) }],
    ),
  );
}

/** Records that were read and must still be the same; what is written carries its version already. */
function checksOf(state: State): readonly VersionCheck[] {
  return Object.entries(state.held).flatMap(([template, records]) =>
    Object.entries(records).flatMap(([id, held]): VersionCheck[] => {
      const written = held.state === 'deleted' || ownRowChanged(held);
      return held.base === null || written || !(held.locked || state.requested) ? [] : [{ template, id, version: held.base.version }];
    }),
  );
}

export function writtenBy(run: Run): RunResult['written'] {
  const writes = rowWrites(run.state);
  const unchanged = run.state.found.flatMap(({ template, id }): RunResult['written'] => {
    const version = heldRecord(run.state, template, id)?.base?.version;
    return version === undefined || writes.some((write) => write.id === id) ? [] : [{ op: 'updated', template: templateById(run, template).name, id, version }];
  });
  return [...unchanged, ...writtenRows(run, writes)];
}

function writtenRows(run: Run, writes: readonly RowWrite[]): RunResult['written'] {
  return writes.map((write) => {
    const named = { template: templateById(run, write.template).name, id: write.id };
    if (write.op === 'create') return { op: 'created', ...named, version: 1 };
    return write.op === 'update' ? { op: 'updated', ...named, version: write.version + 1 } : { op: 'deleted', ...named, version: write.version };
  });
}

/** `after` triggers of what is different in the end. Throws when they would be too many or too deep. */
export function afterRunsOf(run: Run): RunEffects['afterRuns'] {
  const triggers = run.parts.triggers(run.configuration);
  const runs = netChanges(run).flatMap((change) => triggers.matching('after', change).map((scenario) => afterRun(run, scenario, change)));
  for (const { scenario } of runs) {
    if (++run.state.counters.triggerRuns > limits.triggerRuns.value) throw failure('run.triggerRuns', { limit: limits.triggerRuns.value, scenario });
    if (run.state.identity.depth + 1 > limits.chainDepth.value) throw chainTooDeep([...chainOf(run), scenario]);
  }
  return runs;
}

interface NetChange {
  record: RecordKey;
  change: 'created' | 'changed' | 'deleted';
  attributes: Set<string>;
  implied: Set<string>;
}

function afterRun(run: Run, scenario: string, { record, change }: NetChange): RunEffects['afterRuns'][number] {
  // What else the run happened to read is no matter of its triggers.
  const words = run.parts.triggers(run.configuration).wordsOf(record.template) ?? new Set<string>();
  const before = change === 'created' ? null : committedValue(run, record, words);
  const after = change === 'deleted' ? null : recordValue(run, record, words);
  return { scenario, variables: { before, after }, context: change === 'deleted' ? null : record };
}

function netChanges(run: Run): readonly NetChange[] {
  const changes = new Map<string, NetChange>();
  for (const record of run.state.touched) {
    const held = heldRecord(run.state, record.template, record.id);
    if (held !== undefined) noteRow(run, changes, record, held);
  }
  notePairs(run, changes);
  return [...changes.values()];
}

function changeOf(changes: Map<string, NetChange>, record: RecordKey, change: NetChange['change']): NetChange {
  const key = `${record.template}/${record.id}`;
  const known = changes.get(key);
  if (known !== undefined) return known;
  const made: NetChange = { record, change, attributes: new Set(), implied: new Set() };
  changes.set(key, made);
  return made;
}

function noteRow(run: Run, changes: Map<string, NetChange>, record: RecordKey, held: Held): void {
  if (held.base === null && held.state === 'deleted') return;
  const moved = held.archived !== (held.base?.archived ?? false) ? ['_archived'] : [];
  const names = held.state === 'deleted' ? [] : [...Object.keys(changedValues(held)), ...moved];
  if (held.base !== null && held.state !== 'deleted' && names.length === 0) return;
  // A row may be known already as the far side of a link; what happened to itself says more.
  const change = changeOf(changes, record, 'changed');
  change.change = held.base === null ? 'created' : held.state === 'deleted' ? 'deleted' : 'changed';
  for (const name of names) change.attributes.add(name);
  noteFarSides(run, changes, record, held, held.state === 'deleted' ? null : held.values);
}

function noteFarSides(run: Run, changes: Map<string, NetChange>, record: RecordKey, held: Held, now: Held['values'] | null): void {
  for (const attribute of templateById(run, record.template).attributes) {
    const inverse = attribute.kind === 'link' ? inverseAttribute(run, attribute) : undefined;
    if (attribute.kind !== 'link' || inverse === undefined || attribute.relation.storage !== 'column' || attribute.side !== 'owner') continue;
    const from = held.base?.values[attribute.name] ?? null;
    const to = now?.[attribute.name] ?? null;
    for (const id of from === to ? [] : [from, to]) if (typeof id === 'string') noteFar(run, changes, { template: attribute.target, id }, inverse.name, 'implied');
  }
}

function noteFar(run: Run, changes: Map<string, NetChange>, record: RecordKey, attribute: string, as: 'attributes' | 'implied'): void {
  const held = heldRecord(run.state, record.template, record.id);
  // Not held: no trigger watches the attribute, else the step would have loaded it.
  if (held === undefined || !exists(held)) return;
  changeOf(changes, record, held.base === null ? 'created' : 'changed')[as].add(attribute);
}

function notePairs(run: Run, changes: Map<string, NetChange>): void {
  for (const template of run.configuration.templates.all()) {
    for (const attribute of template.attributes) {
      if (attribute.kind !== 'link' || attribute.relation.storage !== 'table') continue;
      for (const pair of Object.values(run.state.pairs[attribute.relation.id] ?? {})) {
        if (pair.base !== pair.now) noteFar(run, changes, { template: template.id, id: pair[attribute.side] }, attribute.name, 'attributes');
      }
    }
  }
}
