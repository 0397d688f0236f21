/** Variables of a scenario. Those that hold records follow what the run writes, under whatever names. */
import { isObject, type Value } from '../value.ts';
import { exists, heldRecord, loadCalculated, loadContents, loadLinks, recordValue } from './held-records.ts';
import { templateById, wordsOf, type Run } from './run.ts';
import type { RecordKey, Scope } from './run-state.ts';

export function setVariable(run: Run, name: string, value: Value): void {
  const { scope } = run.state;
  delete scope.bound[name];
  scope.variables[name] = value;
}

/** The variable holds a record, or a list of records, from now on. */
export function bindRecord(run: Run, name: string, record: RecordKey | readonly RecordKey[]): void {
  const { scope } = run.state;
  scope.bound[name] = record;
  scope.variables[name] = boundValue(run, scope, record);
}

export function dropVariable(run: Run, name: string): void {
  delete run.state.scope.bound[name];
  delete run.state.scope.variables[name];
}

/** Nested steps see the record as `context`; null means that there is none. */
export function enterContext(run: Run, record: RecordKey | null): void {
  run.state.scope.context = record;
  dropVariable(run, 'context');
  if (record !== null && heldRecord(run.state, record.template, record.id) !== undefined) bindRecord(run, 'context', record);
}

/** Loads what the expressions of the scenario under way may read of a record. */
export function loadForExpressions(run: Run, record: RecordKey): void {
  loadLinks(run, templateById(run, record.template), record.id, wordsOf(run, run.state.scope.scenario));
}

/** Called after each change of a record or its links. */
export function refreshVariables(run: Run, template: string, id: string): void {
  refreshScope(run, run.state.scope, template, id);
  for (const frame of run.state.frames) if (frame.kind === 'caller') refreshScope(run, frame.scope, template, id);
}

/** After an undo it is not worth telling what has changed. */
export function refreshAll(run: Run): void {
  for (const scope of [run.state.scope, ...run.state.frames.flatMap((frame) => (frame.kind === 'caller' ? [frame.scope] : []))]) {
    for (const [name, bound] of Object.entries(scope.bound)) {
      const words = wordsOf(run, scope.scenario);
      scope.variables[name] = isList(bound) ? bound.map((key) => recordValue(run, key, words)) : recordValue(run, bound, words);
    }
  }
}

/** Links that no expression of the scenario reads are left out: keeping them would cost each change a look at all of them. */
function boundValue(run: Run, scope: Scope, bound: RecordKey | readonly RecordKey[]): Value {
  const words = wordsOf(run, scope.scenario);
  // A change may lead calculated attributes to records that nobody has read yet.
  for (const key of isList(bound) ? bound : [bound]) {
    loadCalculated(run, key, words);
    loadContents(run, key, words);
  }
  return isList(bound) ? bound.map((key) => recordValue(run, key, words)) : recordValue(run, bound, words);
}

function refreshScope(run: Run, scope: Scope, template: string, id: string): void {
  for (const [name, bound] of Object.entries(scope.bound)) {
    if (!isList(bound)) {
      if (bound.id === id && bound.template === template) scope.variables[name] = boundValue(run, scope, bound);
      continue;
    }
    const index = bound.findIndex((key) => key.id === id && key.template === template);
    const list = scope.variables[name];
    if (index >= 0 && Array.isArray(list)) scope.variables[name] = list.with(index, boundValue(run, scope, { template, id }));
  }
}

/** The record that a value stands for, when the run holds it: a copy of a record variable, or an element of a list of records. */
export function recordOf(run: Run, value: Value | undefined): RecordKey | undefined {
  if (!isObject(value)) return undefined;
  const name = Object.hasOwn(value, '_template') ? value['_template'] : undefined;
  const id = Object.hasOwn(value, 'id') ? value['id'] : undefined;
  if (typeof name !== 'string' || typeof id !== 'string') return undefined;
  const template = run.configuration.template(name);
  const held = template === undefined ? undefined : heldRecord(run.state, template.id, id);
  return template === undefined || held === undefined || !exists(held) ? undefined : { template: template.id, id };
}

const isList = (bound: RecordKey | readonly RecordKey[]): bound is readonly RecordKey[] => Array.isArray(bound);
