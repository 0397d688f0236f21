/**
 * Copies of records: scalars and links are copied, what a record owns (`deleteLinked`) is copied with it down to a depth.
 * Links among the copied records lead to the copies; everything else is shared.
 */
import { failure } from '../failure.ts';
import { limits } from '../limits.ts';
import { isOwnColumn } from '../record-values.ts';
import { attributeNamed } from '../template-catalogue.ts';
import type { LinkAttribute, Template } from '../template.ts';
import type { Value, ValueObject } from '../value.ts';
import { linkedNow } from './held-records.ts';
import { checkedValues } from './record-input.ts';
import { changeLinks, existing, insertRecord } from './record-writes.ts';
import { assertWithin, demandRecord } from './record-rights.ts';
import { effectIdOf, permit, templateById, type Run } from './run.ts';
import { dictionary, type Dictionary, type RecordKey } from './run-state.ts';

export interface CloneRequest {
  /** Given by whoever asks for the copy, else made of the step's path. */
  id: string;
  depth: number;
  /** Take the place of copied values, on the first record only. */
  set: ValueObject;
  path: string;
}

/** Unique values are not copied: they would be taken. Returns how many records were made. */
export function cloneRecord(run: Run, template: Template, id: string, { id: copyId, depth, set, path }: CloneRequest): number {
  const copies = plan(run, { template: template.id, id }, copyId, depth, path);
  for (const { source, copy } of copies.values()) {
    const of = templateById(run, source.template);
    permit(run, of, 'create');
    const values = copiedValues(run, of, source.id, copies);
    const checked = checkedValues(run, of, source.id === id ? { ...values, ...set } : values, 'create', path);
    insertRecord(run, of, copy, checked.scalars, path);
    assertWithin(run, of, copy, 'create');
  }
  // Rows of link tables and links that are given come when all records are there.
  for (const { source, copy } of copies.values()) linkCopy(run, source, copy, copies, path);
  const given = checkedValues(run, template, set, 'update', path).links;
  for (const [name, ids] of Object.entries(given)) {
    const attribute = attributeNamed(template, name);
    if (attribute?.kind === 'link') changeLinks(run, template, copyId, attribute, ids, 'replace', path);
  }
  return copies.size;
}

interface Copy {
  source: RecordKey;
  copy: string;
}

/** By id of the source, owners before what they own; a record that is reached twice is copied once. */
type Copies = ReadonlyMap<string, Copy>;

function plan(run: Run, first: RecordKey, copyId: string, depth: number, path: string): Copies {
  const limit = limits.clonedRecords.value;
  const copies = new Map<string, Copy>([[first.id, { source: first, copy: copyId }]]);
  let level: readonly RecordKey[] = [first];
  for (let below = depth; below > 0 && level.length > 0; below--) {
    level = level.flatMap((record) => owned(run, record)).filter((record) => !copies.has(record.id));
    for (const source of level) copies.set(source.id, { source, copy: effectIdOf(run, `${path} copy ${copyId} ${source.id}`) });
    if (copies.size > limit) throw failure('run.cloneTooMany', { path, limit });
  }
  return copies;
}

function owned(run: Run, { template: templateId, id }: RecordKey): readonly RecordKey[] {
  const template = templateById(run, templateId);
  const links = template.attributes.filter((attribute) => attribute.kind === 'link' && attribute.deleteLinked) as readonly LinkAttribute[]; // just filtered
  return links.flatMap((link) => linkedNow(run, template, id, link).map((linked) => ({ template: link.target, id: linked })));
}

function copiedValues(run: Run, template: Template, id: string, copies: Copies): Dictionary<Value> {
  demandRecord(run, template, id, 'read');
  const { values } = existing(run, template, id);
  const copied = dictionary<Value>();
  for (const attribute of template.attributes) {
    const value = values[attribute.name] ?? null;
    // Given as null, an attribute that is empty in the source does not take its default.
    if (attribute.kind === 'scalar' && !attribute.unique) copied[attribute.name] = value;
    else if (attribute.kind === 'link' && isOwnColumn(attribute)) copied[attribute.name] = copiedLink(attribute, value, copies);
  }
  return copied;
}

/** To the copy where there is one. What is owned, or may be linked from one record only, cannot be shared. */
function copiedLink(attribute: LinkAttribute, value: Value, copies: Copies): Value {
  const copy = typeof value === 'string' ? copies.get(value)?.copy : undefined;
  if (copy !== undefined) return copy;
  return attribute.deleteLinked || (attribute.relation.storage === 'column' && attribute.relation.unique) ? null : value;
}

/** Only link tables: what is linked through a column of the other record belongs to the source alone. */
function linkCopy(run: Run, source: RecordKey, copy: string, copies: Copies, path: string): void {
  const template = templateById(run, source.template);
  for (const attribute of template.attributes) {
    if (attribute.kind !== 'link' || attribute.relation.storage !== 'table') continue;
    const ids = linkedNow(run, template, source.id, attribute).flatMap((linked) => copies.get(linked)?.copy ?? (attribute.deleteLinked ? [] : [linked]));
    changeLinks(run, template, copy, attribute, ids, 'add', path);
  }
}
