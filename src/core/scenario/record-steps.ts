/** Steps that read and write records. Each may begin again after an answer; it moves on only when all its needs are met. */
import { failure } from '../failure.ts';
import { shown } from '../scalar.ts';
import { attributeNamed } from '../template-catalogue.ts';
import { isOwnColumn, recordIdOf, type CheckedValues } from '../record-values.ts';
import type { LinkAttribute, Scalar, Template } from '../template.ts';
import { isObject, type Value, type ValueObject } from '../value.ts';
import { exists, holdRead, linkedNow, ownerAttribute, recordNow } from './held-records.ts';
import type { DirectWrite } from './machine-port.ts';
import type { Instruction } from './program.ts';
import { checkedValues, emptyOf, evaluateNamed, multipleLink, unknownAttribute } from './record-input.ts';
import { findByKey, findRecords } from './record-search.ts';
import { editedFiles, fileAttributes, withFile, withoutFile } from './file-input.ts';
import { cloneRecord } from './clone-record.ts';
import { assertWithin, demandLinked, demandRecord, isVisible } from './record-rights.ts';
import { archiveRecord, assignValues, changeLinks, existing, insertRecord, removeRecord } from './record-writes.ts';
import { effectIdOf, pathOf, permit, templateById, templateOf, type Run } from './run.ts';
import { dictionary, type Dictionary, type RecordKey } from './run-state.ts';
import { endWrite } from './writes-apart.ts';
import { bindRecord, enterContext, loadForExpressions, recordOf, setVariable } from './variables.ts';

type StepOf<Op extends Instruction['op']> = Extract<Instruction, { op: Op }>;

/** What a step says in the trace. */
export type Note = string | undefined;

export function createStep(run: Run, step: StepOf<'create'>): Note {
  const template = templateOf(run, step.template);
  const path = pathOf(run, step);
  permit(run, template, 'create');
  const link = step.link === null ? null : contextLink(run, step.link, path);
  const values = { ...evaluateNamed(run, step.set), ...linkColumn(run, link) };
  const id = effectIdOf(run, `${path} record`);
  addRecord(run, template, id, values, path);
  if (link !== null) linkToContext(run, link, id, path);
  loadForExpressions(run, { template: template.id, id });
  openRecord(run, { template: template.id, id }, step);
  return `+ ${template.name}`;
}

/** The context record's link under which a new record is put. */
interface ContextLink {
  template: Template;
  record: string;
  attribute: LinkAttribute;
  op: 'add' | 'replace';
}

function contextLink(run: Run, link: { attribute: string; op: 'add' | 'replace' }, path: string): ContextLink {
  const { context } = run.state.scope;
  if (context === null) throw failure('run.noContext', { path });
  const template = templateById(run, context.template);
  const attribute = attributeNamed(template, link.attribute);
  if (attribute?.kind !== 'link') throw unknownAttribute(template, link.attribute, path);
  return { template, record: context.id, attribute, op: attribute.multiple ? link.op : 'replace' };
}

/** A link whose column stands in the new record is one of its values, so that it may be a required one. */
function linkColumn(run: Run, link: ContextLink | null): ValueObject {
  if (link === null || isOwnColumn(link.attribute) || link.attribute.relation.storage !== 'column') return {};
  return { [ownerAttribute(run, link.attribute).name]: link.record };
}

function linkToContext(run: Run, link: ContextLink, id: string, path: string): void {
  demandRecord(run, link.template, link.record, 'edit');
  if (isOwnColumn(link.attribute)) assignValues(run, link.template, link.record, { [link.attribute.name]: id }, path);
  // A far column is set already; only what was linked before is to be let go.
  else if (link.attribute.relation.storage === 'table' || link.op === 'replace') changeLinks(run, link.template, link.record, link.attribute, [id], link.op, path);
}

function addRecord(run: Run, template: Template, id: string, values: ValueObject, path: string): void {
  const checked = checkedValues(run, template, values, 'create', path);
  demandLinks(run, template, checked);
  insertRecord(run, template, id, checked.scalars, path);
  assertWithin(run, template, id, 'create');
  writeLinks(run, template, id, checked, path);
}

function demandLinks(run: Run, template: Template, { scalars, links }: CheckedValues): void {
  for (const attribute of template.attributes) {
    if (attribute.kind !== 'link') continue;
    const value = scalars[attribute.name];
    demandLinked(run, attribute, [...(typeof value === 'string' ? [value] : []), ...(links[attribute.name] ?? [])]);
  }
}

function writeLinks(run: Run, template: Template, id: string, checked: CheckedValues, path: string): void {
  for (const [name, ids] of Object.entries(checked.links)) {
    const attribute = attributeNamed(template, name);
    if (attribute?.kind === 'link') changeLinks(run, template, id, attribute, ids, 'replace', path);
  }
}

function editRecord(run: Run, template: Template, id: string, values: ValueObject, path: string): void {
  const checked = checkedValues(run, template, values, 'update', path);
  demandLinks(run, template, checked);
  assignValues(run, template, id, checked.scalars, path);
  assertWithin(run, template, id, 'edit');
  writeLinks(run, template, id, checked, path);
}

/** Binds the step's variable and, for nested steps, the context. */
function openRecord(run: Run, record: RecordKey, step: { as: string | null; nests: boolean }): void {
  if (step.as !== null) bindRecord(run, step.as, record);
  if (!step.nests) return;
  run.state.frames.push({ kind: 'context', outer: run.state.scope.context });
  enterContext(run, record);
}

export function upsertStep(run: Run, step: StepOf<'upsert'>): Note {
  const template = templateOf(run, step.template);
  const path = pathOf(run, step);
  const by = evaluateNamed(run, step.by);
  requireKey(template, step.by.map(([name]) => name), by);
  const { id, created } = upsertRecord(run, template, by, () => evaluateNamed(run, step.set), { path, id: effectIdOf(run, `${path} record`), lock: step.lock });
  loadForExpressions(run, { template: template.id, id });
  openRecord(run, { template: template.id, id }, step);
  return `${created ? '+' : '='} ${template.name}`;
}

interface UpsertPlace {
  path: string;
  id: string;
  lock: boolean;
}

export function upsertRecord(run: Run, template: Template, by: ValueObject, set: () => ValueObject, place: UpsertPlace): { id: string; created: boolean } {
  const readable = permit(run, template, 'read');
  const key = keyScalars(run, template, by, place.path);
  const found = findByKey(run, template, key, place.lock).filter((id) => isVisible(run, template, id, readable));
  const [id] = found;
  if (found.length > 1) throw failure('run.severalMatches', { template: template.name, key: shownKey(key), records: found.slice(0, 3).join(', ') + (found.length > 3 ? ', …' : '') });
  if (id === undefined) {
    permit(run, template, 'create');
    addRecord(run, template, place.id, { ...by, ...set() }, place.path);
    return { id: place.id, created: true };
  }
  const values = set();
  if (Object.keys(values).length === 0) return { id, created: false };
  demandRecord(run, template, id, 'edit');
  editRecord(run, template, id, values, place.path);
  return { id, created: false };
}

function keyScalars(run: Run, template: Template, by: ValueObject, path: string): Readonly<Dictionary<Scalar>> {
  const checked = checkedValues(run, template, by, 'update', path);
  const [attribute] = Object.keys(checked.links);
  if (attribute !== undefined) throw failure('run.keyAttribute', { path, template: template.name, attribute });
  return checked.scalars;
}

/** A key with a hole would match records that merely lack the value. */
function requireKey(template: Template, names: readonly string[], by: ValueObject): void {
  for (const attribute of names) {
    if (!Object.hasOwn(by, attribute) || by[attribute] === null) throw failure('run.keyMissing', { template: template.name, attribute });
  }
}

const shownKey = (key: Readonly<Dictionary<Scalar>>): string =>
  Object.entries(key)
    .map(([name, value]) => `${name} = ${shown(value)}`)
    .join(', ');

export function findStep(run: Run, step: StepOf<'find'>): Note {
  const template = templateOf(run, step.template);
  const readable = permit(run, template, 'read');
  const ids = findRecords(run, template, { ...step, readable, path: pathOf(run, step) });
  const keys = ids.map((id) => ({ template: template.id, id }));
  for (const key of keys) {
    loadForExpressions(run, key);
    for (const name of step.links) linkedNow(run, template, key.id, linkNamed(template, name, pathOf(run, step)));
  }
  const [first] = keys;
  if (!step.one) bindRecord(run, step.as, keys);
  else if (first === undefined) setVariable(run, step.as, null);
  else bindRecord(run, step.as, first);
  return `${ids.length} ${template.name}`;
}

function linkNamed(template: Template, name: string, path: string): LinkAttribute {
  const attribute = attributeNamed(template, name);
  if (attribute?.kind !== 'link') throw unknownAttribute(template, name, path);
  return attribute;
}

export function setStep(run: Run, step: StepOf<'set'>): Note {
  const path = pathOf(run, step);
  const record = step.record === null ? contextOf(run, path) : oneRecord(run, step.record.evaluate(run.state.scope.variables), path);
  const template = templateById(run, record.template);
  demandRecord(run, template, record.id, 'edit');
  existing(run, template, record.id);
  const cleared = dictionary<Value>();
  for (const name of step.clear) cleared[name] = emptyOf(template, name, path);
  editRecord(run, template, record.id, { ...cleared, ...evaluateNamed(run, step.values) }, path);
  editLinks(run, template, record.id, evaluateNamed(run, step.add), 'add', path);
  editLinks(run, template, record.id, evaluateNamed(run, step.exclude), 'exclude', path);
  return `= ${template.name}`;
}

function editLinks(run: Run, template: Template, id: string, values: ValueObject, op: 'add' | 'exclude', path: string): void {
  for (const name of Object.keys(values)) {
    const files = fileAttributes(template).find((candidate) => candidate.name === name && candidate.multiple === true);
    if (files !== undefined) {
      const { scalars } = checkedValues(run, template, { [name]: values[name] ?? null }, 'update', path);
      const given = scalars[name];
      assignValues(run, template, id, { [name]: editedFiles(run, template, id, name, typeof given === 'string' ? given : null, op, path) }, path);
      continue;
    }
    const attribute = multipleLink(template, name, path);
    const { links } = checkedValues(run, template, { [name]: values[name] ?? null }, 'update', path);
    if (op === 'add') demandLinked(run, attribute, links[name] ?? []);
    changeLinks(run, template, id, attribute, links[name] ?? [], op, path);
  }
}

export function deleteStep(run: Run, step: StepOf<'delete'>): Note {
  const path = pathOf(run, step);
  const records = step.record === null ? [contextOf(run, path)] : recordsOf(run, step.record.evaluate(run.state.scope.variables), path);
  for (const record of records) removeRecord(run, templateById(run, record.template), record.id, path);
  return `- ${records.length}`;
}

export function archiveStep(run: Run, step: StepOf<'archive'>): Note {
  const path = pathOf(run, step);
  const records = step.record === null ? [contextOf(run, path)] : recordsOf(run, step.record.evaluate(run.state.scope.variables), path);
  for (const record of records) {
    const template = templateById(run, record.template);
    demandRecord(run, template, record.id, 'edit');
    archiveRecord(run, template, record.id, !step.restore, path);
  }
  return `${step.restore ? '↑' : '↓'} ${records.length}`;
}

/** Copies each record named, then opens the loop of the nested steps over the copies. */
export function cloneStep(run: Run, step: StepOf<'clone'>): Note {
  const template = templateOf(run, step.template);
  const path = pathOf(run, step);
  const sources = contextRecords(template, step.of.evaluate(run.state.scope.variables), path);
  const set = evaluateNamed(run, step.set);
  const copies = sources.map((source, index) => ({ template: template.id, id: effectIdOf(run, `${path} clone ${index} ${source.id}`) }));
  let made = 0;
  sources.forEach((source, index) => {
    made += cloneRecord(run, template, source.id, { id: copies[index]?.id ?? '', depth: step.depth, set, path });
  });
  for (const copy of copies) loadForExpressions(run, copy);
  run.state.frames.push({ kind: 'contexts', at: path, outerPrefix: run.state.scope.prefix, as: step.as, records: copies, index: -1, outer: run.state.scope.context });
  return `+ ${made}`;
}

function contextOf(run: Run, path: string): RecordKey {
  const { context } = run.state.scope;
  if (context === null) throw failure('run.noContext', { path });
  return context;
}

function recordsOf(run: Run, value: Value | undefined, path: string): readonly RecordKey[] {
  if (value === undefined || value === null) return [];
  return Array.isArray(value) ? (value as readonly Value[]).map((item) => oneRecord(run, item, path)) : [oneRecord(run, value, path)];
}

function oneRecord(run: Run, value: Value | undefined, path: string): RecordKey {
  const record = recordOf(run, value) ?? recordNamed(run, value);
  if (record === undefined) throw failure('run.notRecord', { path, value: shown(value) });
  return record;
}

/** A record value that the run does not hold: what an `after` trigger or a caller was started with. */
function recordNamed(run: Run, value: Value | undefined): RecordKey | undefined {
  if (!isObject(value) || !Object.hasOwn(value, '_template') || !Object.hasOwn(value, 'id')) return undefined;
  const name = value['_template'];
  const template = typeof name === 'string' ? run.configuration.template(name) : undefined;
  const id = typeof value['id'] === 'string' ? recordIdOf(value['id']) : undefined;
  return template === undefined || id === undefined ? undefined : { template: template.id, id };
}

/** Opens the loop of a `context` step; its records are loaded one by one as their turn comes. */
export function contextStep(run: Run, step: StepOf<'context'>): Note {
  const template = templateOf(run, step.template);
  const path = pathOf(run, step);
  permit(run, template, 'read');
  const records = contextRecords(template, step.of.evaluate(run.state.scope.variables), path);
  run.state.frames.push({ kind: 'contexts', at: path, outerPrefix: run.state.scope.prefix, as: step.as, records, index: -1, outer: run.state.scope.context });
  return `${records.length} ${template.name}`;
}

function contextRecords(template: Template, value: Value | undefined, path: string): readonly RecordKey[] {
  if (value === undefined || value === null) return [];
  const items: readonly Value[] = Array.isArray(value) ? value : [value];
  return items.map((item) => {
    const given = isObject(item) && Object.hasOwn(item, 'id') ? item['id'] : item;
    const id = typeof given === 'string' ? recordIdOf(given) : undefined;
    if (id === undefined || (isObject(item) && Object.hasOwn(item, '_template') && item['_template'] !== template.name)) throw failure('run.notRecord', { path, value: shown(item) });
    return { template: template.id, id };
  });
}

/** Makes the record the context of the nested steps. */
export function openContext(run: Run, record: RecordKey, as: string | null, lock: boolean): void {
  const template = templateById(run, record.template);
  demandRecord(run, template, record.id, 'read');
  const held = existing(run, template, record.id);
  if (lock || run.state.requested) holdRead(run.state, template, record.id, held.base, true);
  loadForExpressions(run, record);
  enterContext(run, record);
  if (as !== null) bindRecord(run, as, record);
}

/** One of the plain writes of the API. */
export function writeStep(run: Run, step: StepOf<'write'>): Note {
  const write = run.state.writes[step.index];
  if (write === undefined) throw new Error(`the run has no write ${step.index}`);
  const template = run.configuration.template(write.template) ?? templateById(run, write.template);
  const { note, id } = writeOne(run, template, write, pathOf(run, step));
  endWrite(run.state, step.index, { template: template.id, id: id ?? write.id });
  return note;
}

/** `id`: of the record that an upsert has found. */
function writeOne(run: Run, template: Template, write: DirectWrite, path: string): { note: Note; id?: string } {
  switch (write.op) {
    case 'create':
      permit(run, template, 'create');
      addRecord(run, template, write.id, write.values, path);
      return { note: `+ ${template.name}` };
    case 'update':
      demandRecord(run, template, write.id, 'edit');
      demandVersion(run, template, write.id, write.version);
      editRecord(run, template, write.id, write.values, path);
      editLinks(run, template, write.id, write.add ?? {}, 'add', path);
      editLinks(run, template, write.id, write.exclude ?? {}, 'exclude', path);
      return { note: `= ${template.name}` };
    case 'delete':
      demandRecord(run, template, write.id, 'delete');
      demandVersion(run, template, write.id, write.version);
      removeRecord(run, template, write.id, path);
      return { note: `- ${template.name}` };
    case 'archive':
      demandRecord(run, template, write.id, 'edit');
      demandVersion(run, template, write.id, write.version);
      archiveRecord(run, template, write.id, write.archived, path);
      return { note: `${write.archived ? '↓' : '↑'} ${template.name}` };
    case 'addFile':
    case 'removeFile':
      permit(run, template, 'edit');
      demandVersion(run, template, write.id, write.version);
      assignValues(run, template, write.id, write.op === 'addFile' ? withFile(run, template, write.id, write, path) : withoutFile(run, template, write.id, write.attribute, write.file), path);
      return { note: `= ${template.name}` };
    case 'clone':
      return { note: `+ ${cloneRecord(run, template, write.of, { id: write.id, depth: write.depth, set: write.values, path })}` };
    case 'upsert':
      requireKey(template, Object.keys(write.by), write.by);
      return upsertWrite(run, template, write, path);
    default:
      return write satisfies never;
  }
}

function upsertWrite(run: Run, template: Template, write: { by: ValueObject; values: ValueObject; id: string }, path: string): { note: Note; id: string } {
  const { id, created } = upsertRecord(run, template, write.by, () => write.values, { path, id: write.id, lock: false });
  if (!created) run.state.found.push({ template: template.id, id });
  return { note: `${created ? '+' : '='} ${template.name}`, id };
}

function demandVersion(run: Run, template: Template, id: string, version: number | null): void {
  const held = existing(run, template, id);
  const actual = held.base?.version ?? 1;
  if (version !== null && actual !== version) throw failure('run.recordChanged', { template: template.name, id, expected: version, actual });
}

export const isThere = (run: Run, record: RecordKey): boolean => exists(recordNow(run, templateById(run, record.template), record.id));
