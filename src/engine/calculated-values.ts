/** Fills in the calculated attributes of records that were read, with one look-up a link and page for whatever they lead to. */
import { calculate, linksNeeded, type KnownRecord, type LinkTree, type RecordSource } from '../core/calculation.ts';
import { Failure, type FailureData } from '../core/failure.ts';
import { valueOf } from '../core/filter.ts';
import { limits } from '../core/limits.ts';
import type { ReadResult } from '../core/query.ts';
import { emptyRecord } from '../core/record-values.ts';
import type { Store } from '../core/store-port.ts';
import { attributeNamed } from '../core/template-catalogue.ts';
import type { RecordData, Scalar, Template, TemplateCatalogue } from '../core/template.ts';

type Reader = Pick<Store, 'read'>;

export async function withCalculated(store: Reader, templates: TemplateCatalogue, result: ReadResult): Promise<ReadResult> {
  switch (result.kind) {
    case 'record': {
      const [record] = result.record === null ? [] : await calculateAll(store, templates, [result.record]);
      return { kind: 'record', record: record ?? null };
    }
    case 'page':
      return { ...result, records: await calculateAll(store, templates, result.records) };
    case 'records':
      return { kind: 'records', records: await calculateAll(store, templates, result.records) };
    case 'linkedRecords': {
      const all = await calculateAll(store, templates, result.groups.flatMap(({ records }) => records));
      let from = 0;
      return { kind: 'linkedRecords', groups: result.groups.map((group) => ({ ...group, records: all.slice(from, (from += group.records.length)) })) };
    }
    case 'ids':
    case 'aggregate':
      return result;
    default:
      return result satisfies never;
  }
}

/** All of one template. */
async function calculateAll(store: Reader, templates: TemplateCatalogue, records: readonly RecordData[]): Promise<readonly RecordData[]> {
  const template = templates.byId(records[0]?.template ?? '');
  if (template?.calculated === undefined) return records;
  const followed: Followed = { store, templates, records: new Map() };
  await follow(followed, template, records, linksNeeded(templates, template, template.calculated));
  const source: RecordSource = { templates, record: (target, id) => knownOf(followed.records.get(`${target.id}/${id}`)) ?? null };
  return records.map((record) => calculated(source, template, record));
}

interface Followed {
  store: Reader;
  templates: TemplateCatalogue;
  records: Map<string, RecordData>;
}

async function follow(followed: Followed, template: Template, records: readonly RecordData[], tree: LinkTree): Promise<void> {
  for (const [name, deeper] of Object.entries(tree)) {
    const link = attributeNamed(template, name);
    const target = link?.kind === 'link' ? followed.templates.byId(link.target) : undefined;
    if (target === undefined) continue;
    const ids = [...new Set(records.map((record) => record.values[name]).filter((id) => typeof id === 'string'))];
    await fetchRecords(followed, target, ids.filter((id) => !followed.records.has(`${target.id}/${id}`)));
    await follow(followed, target, ids.flatMap((id) => followed.records.get(`${target.id}/${id}`) ?? []), deeper);
  }
}

async function fetchRecords({ store, records }: Followed, target: Template, ids: readonly string[]): Promise<void> {
  const rows = limits.pageRows.value;
  for (let from = 0; from < ids.length; from += rows) {
    const value = ids.slice(from, from + rows);
    const page = await store.read({ kind: 'query', query: { template: target.id, filter: { op: 'in', attribute: 'id', value }, sort: [], limit: rows } });
    if (page.kind === 'page') for (const record of page.records) records.set(`${target.id}/${record.id}`, record);
  }
}

const knownOf = (record: RecordData | undefined): KnownRecord | undefined => record && { id: record.id, value: (name) => valueOf(record, name) };

function calculated(source: RecordSource, template: Template, record: RecordData): RecordData {
  const values = Object.assign(emptyRecord<Scalar>(), record.values);
  const failures = emptyRecord<FailureData>();
  for (const attribute of template.calculated ?? []) {
    try {
      values[attribute.name] = calculate(source, template, { id: record.id, value: (name) => valueOf(record, name) }, attribute) ?? null;
    } catch (error) {
      if (!(error instanceof Failure)) throw error;
      values[attribute.name] = null;
      failures[attribute.name] = error.toData();
    }
  }
  return Object.keys(failures).length === 0 ? { ...record, values } : { ...record, values, failures };
}
