/** Fills in the calculated attributes of records that were read, with one look-up a link and page for whatever they lead to. */
import { attributesNeeded, calculate, linksNeeded, type KnownRecord, type LinkTree, type RecordSource } from '../core/calculation.ts';
import { Failure, type FailureData } from '../core/failure.ts';
import { valueOf } from '../core/filter.ts';
import { limits } from '../core/limits.ts';
import type { ReadRequest, ReadResult, WantedAttributes } from '../core/query.ts';
import { emptyRecord } from '../core/record-values.ts';
import type { Store } from '../core/store-port.ts';
import { attributeNamed } from '../core/template-catalogue.ts';
import type { CalculatedAttribute, RecordData, Scalar, Template, TemplateCatalogue } from '../core/template.ts';

type Reader = Pick<Store, 'read'>;

/** Of what was not asked for nothing is read or computed, unless something that was needs it. */
export async function readCalculated(store: Reader, templates: TemplateCatalogue, request: ReadRequest): Promise<ReadResult> {
  const template = answeredTemplate(templates, request);
  const wanted = attributesOf(request);
  const result = await store.read(template === undefined || wanted === undefined ? request : withAttributes(request, [...attributesNeeded(template, wanted)]));
  const calculated = (template?.calculated ?? []).filter(({ name }) => wanted?.includes(name) !== false);
  return template === undefined || calculated.length === 0 ? result : withCalculated({ store, templates, template, calculated }, result);
}

/** Of the records in the answer. */
function answeredTemplate(templates: TemplateCatalogue, request: ReadRequest): Template | undefined {
  const named = request.kind === 'query' || request.kind === 'linkedRecords' || request.kind === 'aggregate' ? request.query.template : request.template;
  const template = templates.byId(named) ?? templates.byName(named);
  if (request.kind !== 'linkedRecords' || template === undefined) return template;
  const link = attributeNamed(template, request.query.attribute);
  return link?.kind === 'link' ? templates.byId(link.target) : undefined;
}

function attributesOf(request: ReadRequest): WantedAttributes | undefined {
  if (request.kind === 'query' || request.kind === 'linkedRecords') return request.query.attributes;
  return request.kind === 'get' || request.kind === 'records' ? request.attributes : undefined;
}

function withAttributes(request: ReadRequest, attributes: WantedAttributes): ReadRequest {
  switch (request.kind) {
    case 'query':
      return { ...request, query: { ...request.query, attributes } };
    case 'linkedRecords':
      return { ...request, query: { ...request.query, attributes } };
    case 'get':
    case 'records':
      return { ...request, attributes };
    case 'linked':
    case 'aggregate':
      return request;
    default:
      return request satisfies never;
  }
}

interface Calculating {
  store: Reader;
  templates: TemplateCatalogue;
  template: Template;
  calculated: readonly CalculatedAttribute[];
}

async function withCalculated(calculating: Calculating, result: ReadResult): Promise<ReadResult> {
  switch (result.kind) {
    case 'record': {
      const [record] = result.record === null ? [] : await calculateAll(calculating, [result.record]);
      return { kind: 'record', record: record ?? null };
    }
    case 'page':
      return { ...result, records: await calculateAll(calculating, result.records) };
    case 'records':
      return { kind: 'records', records: await calculateAll(calculating, result.records) };
    case 'linkedRecords': {
      const all = await calculateAll(calculating, result.groups.flatMap(({ records }) => records));
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

async function calculateAll({ store, templates, template, calculated }: Calculating, records: readonly RecordData[]): Promise<readonly RecordData[]> {
  if (records.length === 0) return records;
  const followed: Followed = { store, templates, records: new Map() };
  await follow(followed, template, records, linksNeeded(templates, template, calculated));
  const source: RecordSource = { templates, record: (target, id) => knownOf(followed.records.get(`${target.id}/${id}`)) ?? null };
  return records.map((record) => withValues(source, template, calculated, record));
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

function withValues(source: RecordSource, template: Template, attributes: readonly CalculatedAttribute[], record: RecordData): RecordData {
  const values = Object.assign(emptyRecord<Scalar>(), record.values);
  const failures = emptyRecord<FailureData>();
  for (const attribute of attributes) {
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
