/** Changing records within a run: both sides of a link stay consistent, limits are counted, triggers are told. */
import { failure, type Failure } from '../failure.ts';
import { limits } from '../limits.ts';
import { isOwnColumn } from '../record-values.ts';
import type { Attribute, LinkAttribute, Scalar, Template } from '../template.ts';
import { committedList, exists, heldRecord, inverseAttribute, linkChanged, linkedNow, loadLinks, ownerAttribute, recordNow, recordValue, sameScalar, withPairs } from './held-records.ts';
import { demandRecord } from './record-rights.ts';
import { ask, templateById, type Run } from './run.ts';
import { dictionary, type Dictionary, type Held, type LinkPair, type RecordKey } from './run-state.ts';
import type { StepChange } from './step-change.ts';
import { changeHeld, changePair } from './undo.ts';
import { refreshVariables } from './variables.ts';

export type LinkChange = 'replace' | 'add' | 'exclude';

/** Adds a record that no one has committed. */
export function insertRecord(run: Run, template: Template, id: string, scalars: Readonly<Dictionary<Scalar>>, path: string): void {
  const change = noteChange(run, template, id, 'created');
  countWrite(run, path, scalars);
  const values = Object.assign(dictionary<Scalar>(), scalars);
  changeHeld(run, template.id, id, { state: 'created', base: null, values, archived: false, templateVersion: template.version, touched: true, locked: false, origin: run.state.origin });
  for (const attribute of template.attributes) {
    const value = values[attribute.name] ?? null;
    if (value === null) continue;
    change.attributes.add(attribute.name);
    if (attribute.kind === 'link') noteFarSide(run, { template: template.id, id }, attribute, null, value, true);
  }
  refreshVariables(run, template.id, id);
}

/** Sets columns of the record's own row; what is already so is not written. */
export function assignValues(run: Run, template: Template, id: string, scalars: Readonly<Dictionary<Scalar>>, path: string): void {
  const before = existing(run, template, id);
  const names = Object.keys(scalars).filter((name) => !sameScalar(before.values[name] ?? null, scalars[name] ?? null));
  if (names.length === 0) return;
  const attributes = names.map((name) => attributeOf(template, name));
  for (const attribute of attributes) if (attribute.required && (scalars[attribute.name] ?? null) === null) throw requiredEmpty(template, attribute, path);
  const change = noteChange(run, template, id, 'changed');
  const values = Object.assign(dictionary<Scalar>(), before.values);
  for (const name of names) values[name] = scalars[name] ?? null;
  countWrite(run, path, scalars);
  changeHeld(run, template.id, id, { ...existing(run, template, id), values, templateVersion: template.version, touched: true, origin: run.state.origin });
  for (const attribute of attributes) {
    change.attributes.add(attribute.name);
    if (attribute.kind === 'link') noteFarSide(run, { template: template.id, id }, attribute, before.values[attribute.name] ?? null, values[attribute.name] ?? null, false);
  }
  refreshVariables(run, template.id, id);
}

/** Puts the record away, or brings it back; nothing happens when it is so already. */
export function archiveRecord(run: Run, template: Template, id: string, archived: boolean, path: string): void {
  if (existing(run, template, id).archived === archived) return;
  noteChange(run, template, id, 'changed').attributes.add('_archived');
  countWrite(run, path, {});
  changeHeld(run, template.id, id, { ...existing(run, template, id), archived, templateVersion: template.version, touched: true, origin: run.state.origin });
  refreshVariables(run, template.id, id);
}

/** Changes a link that is stored elsewhere than in the record's own row. */
export function changeLinks(run: Run, template: Template, id: string, attribute: LinkAttribute, ids: readonly string[], op: LinkChange, path: string): void {
  existing(run, template, id);
  const current = linkedNow(run, template, id, attribute);
  const known = new Set(current);
  const wanted = new Set(ids);
  const added = op === 'exclude' ? [] : ids.filter((linked) => !known.has(linked));
  const removed = op === 'add' ? [] : current.filter((linked) => wanted.has(linked) === (op === 'exclude'));
  if (added.length + removed.length === 0) return;
  if (attribute.required && current.length + added.length - removed.length === 0) throw requiredEmpty(template, attribute, path);
  noteChange(run, template, id, 'changed').attributes.add(attribute.name);
  for (const linked of removed) changeLink(run, template, id, attribute, linked, false, path);
  for (const linked of added) changeLink(run, template, id, attribute, linked, true, path);
}

function changeLink(run: Run, template: Template, id: string, attribute: LinkAttribute, linked: string, now: boolean, path: string): void {
  const { relation } = attribute;
  if (relation.storage === 'table') {
    changeTableLink(run, template, id, attribute, linked, now, path);
    return;
  }
  const owner = templateById(run, relation.owner);
  demandRecord(run, owner, linked, 'edit');
  assignValues(run, owner, linked, { [ownerAttribute(run, attribute).name]: now ? id : null }, path);
}

function changeTableLink(run: Run, template: Template, id: string, attribute: LinkAttribute, linked: string, now: boolean, path: string): void {
  const { relation, side } = attribute;
  const [owner, other] = side === 'owner' ? [id, linked] : [linked, id];
  const name = `${owner}/${other}`;
  const known = run.state.pairs[relation.id]?.[name];
  const base = known?.base ?? committedList(run.state, template.id, id, attribute.name)?.includes(linked) === true;
  const inverse = inverseAttribute(run, attribute);
  if (inverse !== undefined) noteLinked(run, templateById(run, attribute.target), linked, inverse);
  countWrite(run, path, {});
  const pair: LinkPair = { owner, other, base, now, origin: run.state.origin };
  changePair(run, relation.id, name, pair);
  const fresh = known === undefined && !base;
  linkChanged(run, { template: template.id, id }, attribute, { template: attribute.target, id: linked }, now, fresh);
  if (inverse !== undefined) linkChanged(run, { template: attribute.target, id: linked }, inverse, { template: template.id, id }, now, fresh);
  refreshVariables(run, template.id, id);
  refreshVariables(run, attribute.target, linked);
}

/** Deletes the record, what its `deleteLinked` links name, and its rows of link tables. */
export function removeRecord(run: Run, template: Template, id: string, path: string): void {
  const held = recordNow(run, template, id);
  if (held.state === 'deleted') return;
  existing(run, template, id);
  demandRecord(run, template, id, 'delete');
  const links = template.attributes.filter((attribute) => attribute.kind === 'link');
  const cascade = links.filter((attribute) => attribute.deleteLinked).flatMap((attribute) => linkedNow(run, template, id, attribute).map((linked) => ({ template: attribute.target, id: linked })));
  noteChange(run, template, id, 'deleted');
  cutTableLinks(run, template, id, links, path);
  countWrite(run, path, {});
  changeHeld(run, template.id, id, { ...existing(run, template, id), state: 'deleted', templateVersion: template.version, touched: true, origin: run.state.origin });
  for (const attribute of links) if (isOwnColumn(attribute)) noteFarSide(run, { template: template.id, id }, attribute, held.values[attribute.name] ?? null, null, false);
  refreshVariables(run, template.id, id);
  for (const target of cascade) removeRecord(run, templateById(run, target.template), target.id, path);
}

function cutTableLinks(run: Run, template: Template, id: string, links: readonly LinkAttribute[], path: string): void {
  for (const attribute of links) {
    if (attribute.relation.storage !== 'table') continue;
    for (const linked of linkedNow(run, template, id, attribute)) changeTableLink(run, template, id, attribute, linked, false, path);
  }
  for (const owner of run.configuration.templates.all()) {
    for (const attribute of owner.attributes) {
      if (attribute.kind !== 'link' || attribute.relation.storage !== 'table' || attribute.target !== template.id || attribute.inverse !== undefined) continue;
      for (const linked of linkingNow(run, owner, attribute, id)) changeTableLink(run, owner, linked, attribute, id, false, path);
    }
  }
}

/** Records whose one-way multiple link names this one. */
function linkingNow(run: Run, owner: Template, attribute: LinkAttribute, id: string): readonly string[] {
  const committed = heldRecord(run.state, attribute.target, id)?.base === null ? [] : committedLinking(run, owner, attribute, id);
  const ids = withPairs(run.state, attribute.relation.id, id, attribute.side === 'owner' ? 'other' : 'owner', committed);
  // The base of a pair is looked up in the owner's list.
  for (const linked of ids) linkedNow(run, owner, linked, attribute);
  return ids;
}

function committedLinking(run: Run, owner: Template, attribute: LinkAttribute, id: string): readonly string[] {
  const ids: string[] = [];
  for (let cursor: string | null = ''; cursor !== null; ) {
    const query = { template: owner.id, filter: { op: 'linked' as const, attribute: attribute.name, record: id }, sort: [], limit: limits.pageRows.value, ...(cursor === '' ? {} : { cursor }) };
    const answer = ask(run, `linking ${owner.id} ${attribute.name} ${id} ${cursor}`, { kind: 'read', request: { kind: 'query', query }, own: false });
    if (answer.kind !== 'read' || answer.result.kind !== 'page') throw new Error('a query is answered by a page');
    ids.push(...answer.result.records.map((record) => record.id));
    cursor = answer.result.cursor;
  }
  return ids;
}

/** The record, or a failure that says it is not there. */
export function existing(run: Run, template: Template, id: string): Held {
  const held = recordNow(run, template, id);
  if (!exists(held)) throw failure('run.recordGone', { template: template.name, id });
  return held;
}

/**
 * Remembers what the record was before the step, once. What triggers may compare is read before it changes.
 * A record changed after it was created in the same step stays created.
 */
function noteChange(run: Run, template: Template, id: string, change: StepChange['change']): StepChange {
  const key = `${template.id}/${id}`;
  const known = run.changes.get(key);
  if (known !== undefined) {
    if (change === 'deleted') known.change = 'deleted';
    return known;
  }
  const words = run.parts.triggers(run.configuration).wordsOf(template.id);
  if (change !== 'created' && words !== null) loadLinks(run, template, id, words);
  const before = change === 'created' || words === null ? null : recordValue(run, { template: template.id, id }, words);
  const noted: StepChange = { record: { template: template.id, id }, change, before, attributes: new Set(), implied: new Set() };
  run.changes.set(key, noted);
  return noted;
}

/** The far side of a link changes with it, though its row is not written. `fresh`: the record is new, so it comes last. */
function noteFarSide(run: Run, record: RecordKey, attribute: LinkAttribute, from: Scalar, to: Scalar, fresh: boolean): void {
  const inverse = inverseAttribute(run, attribute);
  if (inverse === undefined) return;
  const target = templateById(run, attribute.target);
  for (const id of [from, to]) {
    if (typeof id !== 'string') continue;
    linkChanged(run, { template: target.id, id }, inverse, record, id === to, fresh);
    noteImplied(run, target, id, inverse);
    refreshVariables(run, target.id, id);
  }
}

/** Both sides of a link table change alike. */
function noteLinked(run: Run, template: Template, id: string, attribute: LinkAttribute): void {
  if (run.parts.triggers(run.configuration).wordsOf(template.id) === null) return;
  if (exists(recordNow(run, template, id))) noteChange(run, template, id, 'changed').attributes.add(attribute.name);
}

/** Only a trigger that names the attribute is told: a new order does not change its customer in every other sense. */
function noteImplied(run: Run, template: Template, id: string, attribute: LinkAttribute): void {
  if (!run.parts.triggers(run.configuration).watches(template.id, attribute.name)) return;
  if (exists(recordNow(run, template, id))) noteChange(run, template, id, 'changed').implied.add(attribute.name);
}

function attributeOf(template: Template, name: string): Attribute {
  const found = template.attributes.find((attribute) => attribute.name === name);
  if (found === undefined) throw new Error(`template ${template.name} has no attribute ${name}`);
  return found;
}

const requiredEmpty = (template: Template, attribute: Attribute, path: string): Failure =>
  failure(
    'run.values',
    { path, template: template.name },
    { problems: [{ path: attribute.name, code: 'record.required', parameters: { template: template.name, attribute: attribute.name } }] },
  );

function countWrite(run: Run, path: string, scalars: Readonly<Dictionary<Scalar>>): void {
  const { counters } = run.state;
  counters.writes += 1;
  counters.writtenBytes += bytesOf(scalars);
  if (counters.writes > limits.writesCount.value) throw failure('run.writes', { path, limit: limits.writesCount.value, unit: 'records' });
  if (counters.writtenBytes > limits.writesBytes.value) throw failure('run.writes', { path, limit: limits.writesBytes.value, unit: 'bytes' });
}

/** Texts count three bytes a character at most; everything else is small. */
function bytesOf(scalars: Readonly<Dictionary<Scalar>>): number {
  let bytes = 64;
  for (const value of Object.values(scalars)) bytes += typeof value === 'string' ? utf8Bytes(value) : 16;
  return bytes;
}

function utf8Bytes(text: string): number {
  let bytes = text.length;
  for (let i = 0; i < text.length; i++) {
    const unit = text.charCodeAt(i);
    if (unit > 0x7f) bytes += unit > 0x7ff && (unit < 0xd800 || unit > 0xdfff) ? 2 : 1;
  }
  return bytes;
}
