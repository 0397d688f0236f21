/** Creates, changes and removes entities: truthfully as asked only where 1C is. */
import type { Base } from './base.ts';
import { refuseByConfiguration, refuseMark } from './configuration-checks.ts';
import type { BodyObject } from './entity-body.ts';
import { exception } from './exception-texts.ts';
import { FieldWriting } from './field-writing.ts';
import { isCollection, isComposite } from './model.ts';
import type { Quirks } from './quirks.ts';
import { Refusal } from './refusal.ts';
import { emptyOf, nothingType, type Row, rowsOf, textOf, zeroGuid } from './row.ts';
import { dateText } from './row-maker.ts';
import type { SetRole } from './set-role.ts';

export interface WritingPlace {
  base: Base;
  quirks: Quirks;
  /** Wall clock; a new document is dated by it. */
  now: () => number;
  /** The client asked for data load mode: the configuration's own checks are not run. */
  loading: boolean;
}

const neverWritten = ['DataVersion', 'Predefined', 'PredefinedDataName'];

export function create(place: WritingPlace, role: SetRole, body: BodyObject): Row {
  const { base, quirks } = place;
  if (role.kind === 'part') throw new Refusal(13, role.set);
  const row = emptyRow(role);
  new FieldWriting(base, quirks).apply(row, body, role.shape, closedFields(quirks));
  if (role.kind === 'object') nameNew(place, role, row);
  else for (const name of role.shape.keys) if (!Object.hasOwn(body, name)) throw new Refusal(7, name);
  if (base.find(role.set, row)) throw new Refusal(15, role.set);
  return keep(place, role, row);
}

/** `whole` is PUT: what the body does not name would be lost, so 1C wants all of it. */
export function update(place: WritingPlace, role: SetRole, old: Row, body: BodyObject, whole: boolean): Row {
  if (role.kind === 'part') throw new Refusal(13, role.set);
  if (whole && place.quirks.putNeedsAll) needAll(role, body);
  const row = structuredClone(old);
  new FieldWriting(place.base, place.quirks).apply(row, body, role.shape, new Set([...closedFields(place.quirks), ...role.shape.keys]));
  if (!place.quirks.versionOnNoop && JSON.stringify(row) === JSON.stringify(old)) return old;
  return keep(place, role, row, old);
}

export function remove({ base }: WritingPlace, role: SetRole, row: Row): void {
  if (role.kind === 'part') throw new Refusal(13, role.set);
  base.remove(role.set, row);
}

/** Post and Unpost: the only way to change Posted. */
export function setPosted(place: WritingPlace, role: SetRole, row: Row, posted: boolean): Row {
  if (posted && row['DeletionMark'] === true) throw exception('postOfMarked');
  return keep(place, role, { ...row, Posted: posted });
}

/** Start of a business process and ExecuteTask of a task: a flag that a body does not set. */
export function setDone(place: WritingPlace, role: SetRole, row: Row, field: 'Started' | 'Executed'): Row {
  if (!role.shape.properties.has(field)) throw new Refusal(21, field);
  return keep(place, role, { ...row, [field]: true });
}

function closedFields(quirks: Quirks): Set<string> {
  return new Set(quirks.postedIgnored ? [...neverWritten, 'Posted'] : neverWritten);
}

function emptyRow({ shape }: SetRole): Row {
  const row: Row = {};
  for (const property of shape.properties.values()) row[property.name] = isComposite(shape, property) ? '' : emptyOf(property.type);
  for (const property of shape.properties.values()) if (isComposite(shape, property)) row[`${property.name}_Type`] = nothingType;
  return row;
}

function nameNew({ base, quirks, now }: WritingPlace, role: SetRole, row: Row): void {
  if (!quirks.clientKeys || textOf(row['Ref_Key']) === zeroGuid) row['Ref_Key'] = base.newGuid();
  for (const name of ['Code', 'Number']) if (role.shape.properties.has(name) && textOf(row[name]) === '') row[name] = base.newCode(role.set);
  if (role.set.startsWith('Document_') && row['Date'] === emptyOf('Edm.DateTime')) row['Date'] = dateText(now());
}

function needAll(role: SetRole, body: BodyObject): void {
  for (const { name, type } of role.shape.properties.values()) {
    if (role.shape.keys.includes(name) || neverWritten.includes(name) || name === 'Posted' || type === 'Edm.Stream' || name.endsWith('_Base64Data')) continue;
    const bound = name.replace(/_(Key|Type)$/, '');
    const reference = type === 'Edm.Guid' && role.shape.navigations.has(bound);
    const given = reference ? Object.hasOwn(body, `${bound}@odata.bind`) : Object.hasOwn(body, name) || Object.hasOwn(body, `${bound}@odata.bind`);
    if (!given && !(reference && body[name] === zeroGuid)) throw new Refusal(5, reference ? `${bound}@odata.bind` : name);
  }
}

function keep(place: WritingPlace, role: SetRole, row: Row, old?: Row): Row {
  const { base, quirks } = place;
  refuseByConfiguration(place, role, row, old);
  if (quirks.postedMarkRefused) refuseMark(row);
  const code = textOf(row['Code']);
  if (quirks.uniqueCodes && role.shape.properties.has('Code') && base.hasCode(role.set, code, textOf(row['Ref_Key']))) throw exception('notUnique', [code, quirks.englishTexts ? 'Code' : 'Код']);
  ownParts(role, row);
  if (role.shape.properties.has('DataVersion')) row['DataVersion'] = base.nextVersion();
  base.write(role.set, row);
  return row;
}

/** Rows of table parts name the object they belong to. */
function ownParts({ shape }: SetRole, row: Row): void {
  for (const { name, type } of shape.properties.values()) {
    if (!isCollection(type)) continue;
    for (const inner of rowsOf(row[name])) if (Object.hasOwn(inner, 'Ref_Key')) inner['Ref_Key'] = textOf(row['Ref_Key']);
  }
}
