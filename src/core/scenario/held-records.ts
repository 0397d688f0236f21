/** Records as the run sees them: committed ones as they were read, with what the run itself has changed. */
import { calculate, linksNeeded, type KnownRecord, type LinkTree, type RecordSource } from '../calculation.ts';
import { Decimal } from '../decimal.ts';
import { failure } from '../failure.ts';
import { filesOf, isFileType, type StoredFile } from '../file.ts';
import { compareScalars } from '../filter.ts';
import { limits } from '../limits.ts';
import { isOwnColumn } from '../record-values.ts';
import { shownValue } from '../shown-value.ts';
import { attributeNamed } from '../template-catalogue.ts';
import type { CalculatedAttribute, LinkAttribute, RecordData, Scalar, Template } from '../template.ts';
import type { Value } from '../value.ts';
import { pend, templateById, type Run } from './run.ts';
import { dictionary, type Dictionary, type Held, type RecordKey, type State } from './run-state.ts';

/** The record with its changes, read when the run does not hold it yet. Absent and deleted records are returned as such. */
export function recordNow(run: Run, template: Template, id: string): Held {
  const held = heldRecord(run.state, template.id, id);
  if (held === undefined) pend({ kind: 'read', request: { kind: 'get', template: template.id, id }, own: false }, { to: 'record', template: template.id, id });
  return held;
}

export const heldRecord = (state: State, template: string, id: string): Held | undefined => state.held[template]?.[id];

export const exists = (held: Held): boolean => held.state === 'read' || held.state === 'created';

/** Keeps what was read, unless the run already holds the record: what was read first is what the run depends on. */
export function holdRead(state: State, template: Template, id: string, record: RecordData | null, locked: boolean): void {
  const known = heldRecord(state, template.id, id);
  if (known !== undefined) {
    if (locked && !known.locked) put(state, template.id, id, { ...known, locked });
    return;
  }
  const values = Object.assign(dictionary<RecordData['values'][string]>(), record?.values);
  put(state, template.id, id, { state: record === null ? 'absent' : 'read', base: record, values, archived: record?.archived ?? false, templateVersion: template.version, touched: false, locked, origin: state.origin });
  for (const [attribute, ids] of Object.entries(record?.links ?? {})) state.lists[listKey(template.id, id, attribute)] ??= ids;
}

export function put(state: State, template: string, id: string, held: Held): void {
  (state.held[template] ??= dictionary())[id] = held;
}

export const listKey = (template: string, id: string, attribute: string): string => `${template}/${id}/${attribute}`;

/** Ids linked through an attribute, with the run's own changes. */
export function linkedNow(run: Run, template: Template, id: string, attribute: LinkAttribute): readonly string[] {
  if (isOwnColumn(attribute)) {
    const value = recordNow(run, template, id).values[attribute.name];
    return typeof value === 'string' ? [value] : [];
  }
  const committed = committedList(run.state, template.id, id, attribute.name);
  if (committed === undefined) {
    pend({ kind: 'read', request: { kind: 'linked', template: template.id, id, attribute: attribute.name }, own: false }, { to: 'list', key: listKey(template.id, id, attribute.name) });
  }
  return withOwnLinks(run, { template: template.id, id }, attribute, committed);
}

/** Undefined while it is not read; a record made in this run has no committed links. */
export function committedList(state: State, template: string, id: string, attribute: string): readonly string[] | undefined {
  const known = state.lists[listKey(template, id, attribute)];
  if (known !== undefined) return known;
  return heldRecord(state, template, id)?.base === null ? [] : undefined;
}

function withOwnLinks(run: Run, { template, id }: RecordKey, attribute: LinkAttribute, committed: readonly string[]): readonly string[] {
  const { relation } = attribute;
  return run.parts.ownIndex(run.state).links(listKey(template, id, attribute.name), () =>
    relation.storage === 'table' ? withPairs(run.state, relation.id, id, attribute.side, committed) : withColumns(run, id, attribute, committed),
  );
}

/** Tells the index that `linked` was linked to the record through its attribute, or no longer is. */
export function linkChanged(run: Run, record: RecordKey, attribute: LinkAttribute, linked: RecordKey, now: boolean, fresh: boolean): void {
  run.parts.ownIndex(run.state).linkChanged(listKey(record.template, record.id, attribute.name), linked, now, fresh);
}

/** Adds and takes away what the run has changed in a link table. */
export function withPairs(state: State, relation: string, id: string, side: 'owner' | 'other', committed: readonly string[]): readonly string[] {
  const pairs = Object.values(state.pairs[relation] ?? {}).filter((pair) => pair[side] === id);
  if (pairs.length === 0) return committed;
  const far = side === 'owner' ? 'other' : 'owner';
  const gone = new Set(pairs.filter((pair) => !pair.now).map((pair) => pair[far]));
  const known = new Set(committed);
  const added = pairs.filter((pair) => pair.now && !known.has(pair[far])).map((pair) => pair[far]);
  return [...committed.filter((linked) => !gone.has(linked)), ...added];
}

/** The far side of a link column: the records whose column names this one. */
function withColumns(run: Run, id: string, attribute: LinkAttribute, committed: readonly string[]): readonly string[] {
  const column = ownerAttribute(run, attribute);
  const known = new Set(committed);
  const names = (held: Held | undefined): boolean => held !== undefined && exists(held) && held.values[column.name] === id;
  const { owner } = attribute.relation;
  const kept = committed.filter((linked) => {
    const held = heldRecord(run.state, owner, linked);
    return held === undefined || names(held);
  });
  const candidates = run.parts.ownIndex(run.state).candidates(owner, { [column.name]: id });
  const added = candidates.filter((linked) => !known.has(linked) && names(heldRecord(run.state, owner, linked)));
  return added.length === 0 ? kept : [...kept, ...added];
}

/** The attribute that stores the relation's column. */
export function ownerAttribute(run: Run, attribute: LinkAttribute): LinkAttribute {
  const owner = templateById(run, attribute.relation.owner);
  const found = owner.attributes.find((candidate) => candidate.kind === 'link' && candidate.relation.id === attribute.relation.id && candidate.side === 'owner');
  if (found?.kind !== 'link') throw new Error(`relation ${attribute.relation.id} has no owner attribute in template ${owner.name}`);
  return found;
}

/** The same relation seen from the other template, when it is two-way. */
export function inverseAttribute(run: Run, attribute: LinkAttribute): LinkAttribute | undefined {
  if (attribute.inverse === undefined) return undefined;
  const found = templateById(run, attribute.target).attributes.find((candidate) => candidate.name === attribute.inverse);
  return found?.kind === 'link' ? found : undefined;
}

/** Links stored elsewhere that have one of these names: they are loaded with the record because an expression may read them. */
export const linksNamed = (template: Template, words: ReadonlySet<string>): readonly LinkAttribute[] =>
  template.attributes.filter((attribute): attribute is LinkAttribute => attribute.kind === 'link' && !isOwnColumn(attribute) && words.has(attribute.name));

/** Reads what expressions with these words may want of the record besides its own row. */
export function loadLinks(run: Run, template: Template, id: string, words: ReadonlySet<string>): void {
  for (const attribute of linksNamed(template, words)) linkedNow(run, template, id, attribute);
  loadCalculated(run, { template: template.id, id }, words);
  loadContents(run, { template: template.id, id }, words);
}

/** Reads what calculated attributes of these names lead to; nothing when the run does not hold the record. */
export function loadCalculated(run: Run, { template: templateId, id }: RecordKey, words: ReadonlySet<string>): void {
  const template = templateById(run, templateId);
  const wanted = calculatedIn(template, words);
  if (wanted.length > 0 && heldRecord(run.state, templateId, id) !== undefined) follow(run, template, id, linksNeeded(run.configuration.templates, template, wanted));
}

/** Contents of files are read when an expression has the words `content` and the attribute's name. */
export function loadContents(run: Run, { template, id }: RecordKey, words: ReadonlySet<string>): void {
  const held = heldRecord(run.state, template, id);
  if (held === undefined || !exists(held) || !words.has('content')) return;
  for (const attribute of templateById(run, template).attributes) {
    if (attribute.kind !== 'scalar' || !isFileType(attribute.type) || !words.has(attribute.name)) continue;
    for (const file of filesOf(held.values[attribute.name])) loadContent(run, file);
  }
}

function loadContent(run: Run, { hash, size }: StoredFile): void {
  const { contents } = run.state;
  if (contents[hash] !== undefined) return;
  const limit = limits.runFileBytes.value;
  const read = Object.values(contents).reduce((sum, content) => sum + content.length * 0.75, 0);
  if (read + size > limit) throw failure('run.fileContent', { limit });
  pend({ kind: 'fileContent', hash }, { to: 'content', hash });
}

const contentIn = (run: Run, attribute: { name: string }, words: ReadonlySet<string>) => (words.has('content') && words.has(attribute.name) ? (file: StoredFile) => run.state.contents[file.hash] : undefined);

const calculatedIn = (template: Template, words: ReadonlySet<string>): readonly CalculatedAttribute[] => template.calculated?.filter((attribute) => words.has(attribute.name)) ?? [];

function follow(run: Run, template: Template, id: string, tree: LinkTree): void {
  if (!exists(recordNow(run, template, id))) return;
  for (const [name, deeper] of Object.entries(tree)) {
    const link = attributeNamed(template, name);
    if (link?.kind !== 'link') continue;
    const [linked] = linkedNow(run, template, id, link);
    if (linked !== undefined) follow(run, templateById(run, link.target), linked, deeper);
  }
}

/** The record as expressions see it; links stored elsewhere are there when they are named and known. Null when it does not exist. */
export function recordValue(run: Run, key: RecordKey, links: ReadonlySet<string>): Value {
  const held = heldRecord(run.state, key.template, key.id);
  if (held === undefined || !exists(held)) return null;
  const template = templateById(run, key.template);
  const value = systemValues(run.state, template, key.id, held, versionOf(held));
  for (const attribute of template.attributes) {
    if (attribute.kind === 'scalar') value[attribute.name] = shownValue(attribute, held.values[attribute.name], contentIn(run, attribute, links));
    else if (isOwnColumn(attribute)) value[attribute.name] = held.values[attribute.name] ?? null;
    else if (links.has(attribute.name)) addKnownLinks(run, value, key, attribute);
  }
  for (const attribute of calculatedIn(template, links)) {
    const result = calculate(sourceOf(run), template, knownOf(run, template, key.id, held), attribute);
    if (result !== undefined) value[attribute.name] = result;
  }
  return value;
}

const sourceOf = (run: Run): RecordSource => ({
  templates: run.configuration.templates,
  record: (template, id) => {
    const held = heldRecord(run.state, template.id, id);
    return held === undefined ? undefined : exists(held) ? knownOf(run, template, id, held) : null;
  },
});

function knownOf(run: Run, template: Template, id: string, held: Held): KnownRecord {
  return {
    id,
    value: (name) => {
      const attribute = attributeNamed(template, name);
      if (attribute === undefined) return scalarIn(systemValues(run.state, template, id, held, versionOf(held))[name]);
      if (attribute.kind === 'scalar' || isOwnColumn(attribute)) return held.values[name] ?? null;
      const committed = committedList(run.state, template.id, id, name);
      return committed === undefined ? undefined : (withOwnLinks(run, { template: template.id, id }, attribute, committed)[0] ?? null);
    },
  };
}

/** System attributes are scalars, though a version is a plain number among them. */
const scalarIn = (value: Value | undefined): Scalar => (typeof value === 'number' ? new Decimal(value) : typeof value === 'string' || typeof value === 'boolean' ? value : null);

const versionOf = (held: Held): number => (held.base === null ? 1 : held.base.version + (ownRowChanged(held) ? 1 : 0));

function systemValues(state: State, template: Template, id: string, held: Held, version: number): Dictionary<Value> {
  const { base } = held;
  const author = authorOf(state);
  return Object.assign(dictionary<Value>(), {
    id,
    _version: version,
    _template: template.name,
    _createdAt: base?.createdAt ?? state.identity.startedAt,
    _createdBy: base === null ? author : base.createdBy,
    _changedAt: base === null || held.touched ? state.identity.startedAt : base.changedAt,
    _changedBy: base === null || held.touched ? author : base.changedBy,
    _archived: held.archived,
    _origin: held.touched ? held.origin : (base?.origin ?? held.origin),
  });
}

function addKnownLinks(run: Run, value: Dictionary<Value>, key: RecordKey, attribute: LinkAttribute): void {
  const committed = committedList(run.state, key.template, key.id, attribute.name);
  if (committed === undefined) return;
  const ids = withOwnLinks(run, key, attribute, committed);
  value[attribute.name] = attribute.multiple ? ids : (ids[0] ?? null);
}

/** The record as it was committed, with links of the names given. */
export function committedValue(run: Run, key: RecordKey, links: ReadonlySet<string>): Value {
  const held = heldRecord(run.state, key.template, key.id);
  if (held === undefined || held.base === null) return null;
  const template = templateById(run, key.template);
  const value = systemValues(run.state, template, key.id, { ...held, touched: false, archived: held.base.archived }, held.base.version);
  for (const attribute of template.attributes) {
    if (attribute.kind === 'scalar') value[attribute.name] = shownValue(attribute, held.base.values[attribute.name]);
    else if (isOwnColumn(attribute)) value[attribute.name] = held.base.values[attribute.name] ?? null;
    else if (links.has(attribute.name)) {
      const ids = run.state.lists[listKey(key.template, key.id, attribute.name)];
      if (ids !== undefined) value[attribute.name] = attribute.multiple ? ids : (ids[0] ?? null);
    }
  }
  return value;
}

/** Whether the record's own row differs from the committed one. */
export function ownRowChanged(held: Held): boolean {
  const { base } = held;
  return held.touched && (base === null || held.archived !== base.archived || Object.keys(held.values).some((name) => !sameScalar(held.values[name] ?? null, base.values[name] ?? null)));
}

/** Account to write as the author; null when there is none. */
export function authorOf(state: State): string | null {
  const { initiator } = state.identity;
  return initiator === 'anonymous' || initiator === 'system' ? null : initiator;
}

export const sameScalar = (left: Scalar, right: Scalar): boolean => compareScalars(left, right) === 0;
