/** Reads at once what many plain writes are about, so that they do not ask for one record after another. */
import { isFileType } from '../file.ts';
import { limits } from '../limits.ts';
import type { Filter, ReadResult } from '../query.ts';
import { checkValues } from '../record-values.ts';
import { attributeNamed } from '../template-catalogue.ts';
import type { LinkAttribute, RecordData, Scalar, Template } from '../template.ts';
import { holdRead, linksNamed } from './held-records.ts';
import type { DirectWrite } from './machine-port.ts';
import { keyFilter, keyName } from './record-search.ts';
import { ask, templateById, type Run } from './run.ts';

export function preloadWrites(run: Run): void {
  const wanted = new Map<string, Wanted>();
  for (const write of run.state.writes) want(run, wanted, write);
  for (const [id, { records, deleted, keys }] of wanted) {
    const template = templateById(run, id);
    loadRecords(run, template, [...records], false);
    loadDeleted(run, template, [...deleted], new Set(deleted));
    for (const ofNames of Map.groupBy(keys, (key) => Object.keys(key).sort().join('\n')).values()) loadKeys(run, template, ofNames);
  }
  run.state.preloaded = true;
}

interface Wanted {
  records: Set<string>;
  deleted: Set<string>;
  keys: Readonly<Record<string, Scalar>>[];
}

function want(run: Run, all: Map<string, Wanted>, write: DirectWrite): void {
  const template = run.configuration.template(write.template) ?? run.configuration.templates.byId(write.template);
  if (template === undefined) return;
  const wanted = all.get(template.id) ?? { records: new Set(), deleted: new Set(), keys: [] };
  all.set(template.id, wanted);
  switch (write.op) {
    case 'update':
    case 'archive':
      wanted.records.add(write.id);
      break;
    case 'delete':
      wanted.deleted.add(write.id);
      break;
    case 'upsert': {
      const key = plainKey(template, write.by);
      if (key !== null) wanted.keys.push(key);
      break;
    }
    case 'create':
    case 'addFile':
    case 'removeFile':
    case 'clone':
      break;
    default:
      write satisfies never;
  }
}

/** Null for a key that the write itself has to say more about: what is wrong with it, or which account or role it names. */
function plainKey(template: Template, by: Extract<DirectWrite, { op: 'upsert' }>['by']): Readonly<Record<string, Scalar>> | null {
  const { scalars, links, problems } = checkValues(template, by, 'update');
  const names = Object.keys(scalars);
  if (problems.length > 0 || Object.keys(links).length > 0 || names.length === 0) return null;
  const isPlain = names.every((name) => {
    const attribute = attributeNamed(template, name);
    return scalars[name] !== null && (attribute?.kind === 'link' || (attribute?.kind === 'scalar' && attribute.type !== 'account' && attribute.type !== 'role' && !isFileType(attribute.type)));
  });
  return isPlain ? scalars : null;
}

/** What a deletion takes with it is read, too, level by level; records may own each other in a circle. */
function loadDeleted(run: Run, template: Template, ids: readonly string[], seen: Set<string>): void {
  if (ids.length === 0) return;
  const found = loadRecords(run, template, ids, true);
  for (const attribute of template.attributes) {
    if (attribute.kind !== 'link' || !attribute.deleteLinked) continue;
    const linked = found.flatMap((record) => linkedIn(record, attribute)).filter((id) => !seen.has(id));
    for (const id of linked) seen.add(id);
    loadDeleted(run, templateById(run, attribute.target), [...new Set(linked)], seen);
  }
}

function linkedIn(record: RecordData, { name }: LinkAttribute): readonly string[] {
  const value = record.values[name];
  return typeof value === 'string' ? [value] : (record.links[name] ?? []);
}

function loadRecords(run: Run, template: Template, ids: readonly string[], deleted: boolean): readonly RecordData[] {
  const found: RecordData[] = [];
  for (const some of chunks(ids, limits.pageRows.value)) {
    const { records } = page(run, template, { op: 'in', attribute: 'id', value: some }, linksOf(run, template, deleted));
    const known = new Map(records.map((record) => [record.id, record]));
    for (const id of some) holdRead(run.state, template, id, known.get(id) ?? null, false);
    found.push(...records);
  }
  return found;
}

/** Multiple links that triggers look at, and, of what is deleted, those that are cut or followed. */
function linksOf(run: Run, template: Template, deleted: boolean): readonly string[] {
  const words = run.parts.triggers(run.configuration).wordsOf(template.id) ?? new Set<string>();
  const cut = deleted ? template.attributes.filter((attribute) => attribute.kind === 'link' && attribute.multiple && (attribute.deleteLinked || attribute.relation.storage === 'table')) : [];
  const named = linksNamed(template, words).filter(({ multiple }) => multiple);
  return [...new Set([...named, ...cut].map(({ name }) => name))];
}

/** Keys may be shared by many records: what does not fit into one page is looked up key by key later. */
function loadKeys(run: Run, template: Template, keys: readonly Readonly<Record<string, Scalar>>[]): void {
  const names = Object.keys(keys[0] ?? {});
  const most = names.length === 1 ? limits.pageRows.value / 2 : Math.floor(limits.queryConditions.value / (names.length + 2));
  const distinct = new Map(keys.map((key) => [keyName(template, key), key]));
  for (const some of chunks([...distinct], most)) {
    const { records, cursor } = page(run, template, anyOf(template, names, some.map(([, key]) => key)), linksOf(run, template, false));
    const ids = new Map<string, string[]>(some.map(([name]) => [name, []]));
    const isWhole = records.every((record) => ids.get(keyName(template, Object.fromEntries(names.map((name) => [name, record.values[name] ?? null]))))?.push(record.id) !== undefined);
    if (cursor !== null || !isWhole) continue;
    for (const record of records) holdRead(run.state, template, record.id, record, false);
    for (const [name, found] of ids) run.state.keyed[name] = found;
  }
}

function anyOf(template: Template, names: readonly string[], keys: readonly Readonly<Record<string, Scalar>>[]): Filter {
  const [only] = names;
  if (only !== undefined && names.length === 1) return { op: 'in', attribute: only, value: keys.map((key) => key[only] ?? null) };
  return { op: 'or', of: keys.map((key) => keyFilter(template, key)) };
}

function page(run: Run, template: Template, filter: Filter, links: readonly string[]): Extract<ReadResult, { kind: 'page' }> {
  const query = { template: template.id, filter, sort: [], limit: limits.pageRows.value, ...(links.length === 0 ? {} : { links }) };
  const answer = ask(run, `page ${JSON.stringify([template.id, links, filter])}`, { kind: 'read', request: { kind: 'query', query }, own: false });
  if (answer.kind !== 'read' || answer.result.kind !== 'page') throw new Error('a query is answered by a page');
  return answer.result;
}

function* chunks<T>(items: readonly T[], size: number): Generator<readonly T[]> {
  for (let at = 0; at < items.length; at += size) yield items.slice(at, at + size);
}
