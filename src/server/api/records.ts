/** Records: reading by queries, writing through the engine, so that `before` triggers and limits hold for the API too. */
import { randomUUID } from 'node:crypto';
import { recordOperations } from '../../api/records.ts';
import type { AggregateInput } from '../../core/aggregate.ts';
import type { Caller } from '../../core/account.ts';
import { failure } from '../../core/failure.ts';
import { checkFilter, queriedAttribute } from '../../core/filter.ts';
import { parseJson } from '../../core/json.ts';
import type { Filter } from '../../core/query.ts';
import { checkValues } from '../../core/record-values.ts';
import type { DirectWrite } from '../../core/scenario/machine-port.ts';
import { attributeNamed, nearestAttribute } from '../../core/template-catalogue.ts';
import type { Template } from '../../core/template.ts';
import type { ValueObject } from '../../core/value.ts';
import { failureJson } from './failure-json.ts';
import { good, handle, type Answered, type Handler } from './handler.ts';
import { bulkChangeJob } from '../../engine/jobs/bulk-change.ts';
import { wantedVersion } from './if-match.ts';
import { begun } from './jobs.ts';
import type { ApiParts } from './parts.ts';
import { readExpand } from '../../core/read-expand.ts';
import { readFilter } from '../../core/read-filter.ts';
import { RecordDesk } from './record-desk.ts';
import { SavedFilters } from './saved-filter-use.ts';

export function recordHandlers({ engine, configuration, savedFilters }: ApiParts): readonly Handler[] {
  const desk = new RecordDesk(engine, configuration);
  const saved = new SavedFilters(savedFilters);
  /** The order of a saved filter is one of records; groups have their own. */
  const figures = async (caller: Caller, template: Template, asked: readonly Filter[], { sort, ...rest }: AggregateInput & { savedFilter?: string; search?: string; archived?: 'without' | 'with' | 'only' }): Promise<Answered> => {
    const { conditions, fields: { sort: _records, ...fields } } = await saved.joined(caller, template, rest, asked);
    return desk.aggregate(caller, template, conditions, { ...fields, ...(sort === undefined ? {} : { sort }) });
  };
  return [
    handle(recordOperations.listRecords, async ({ params, query: { eq, filter, ...rest }, caller }) => {
      const template = desk.named(params.template);
      const { conditions, fields } = await saved.joined(caller, template, rest, conditionsOf(template, eq, filter));
      return desk.page(caller, template, conditions, fields);
    }),

    handle(recordOperations.queryRecords, async ({ params, body: { filter, expand, ...rest }, caller }) => {
      const template = desk.named(params.template);
      const { conditions, fields } = await saved.joined(caller, template, rest, filter === undefined ? [] : [readFilter(filter)]);
      return desk.page(caller, template, conditions, { ...fields, ...(expand === undefined ? {} : { expand: readExpand(expand) }) });
    }),

    handle(recordOperations.listFigures, async ({ params, query: { eq, filter, ...rest }, caller }) => {
      const template = desk.named(params.template);
      return figures(caller, template, conditionsOf(template, eq, filter), rest);
    }),

    handle(recordOperations.aggregateRecords, async ({ params, body: { filter, ...rest }, caller }) =>
      figures(caller, desk.named(params.template), filter === undefined ? [] : [readFilter(filter)], rest)),

    handle(recordOperations.getRecord, async ({ params, query, caller }) => desk.shown(caller, desk.named(params.template), params.id, query)),

    handle(recordOperations.listLinkedRecords, async ({ params, query, caller }) => desk.linked(caller, desk.named(params.template), params.id, params.attribute, query)),

    handle(recordOperations.createRecord, async ({ params, body, caller }) => {
      const template = desk.named(params.template);
      const written = await desk.write({ op: 'create', template: template.name, id: randomUUID(), values: body }, caller.account.id);
      return desk.written(caller, template, written.id, 201);
    }),

    handle(recordOperations.upsertRecord, async ({ params, query, body, caller }) => {
      const template = desk.named(params.template);
      const { key, values } = splitKey(template, query.by, body);
      const written = await desk.write({ op: 'upsert', template: template.name, id: randomUUID(), by: key, values }, caller.account.id);
      return desk.written(caller, template, written.id, written.op === 'created' ? 201 : 200);
    }),

    handle(recordOperations.changeRecord, async ({ params, body, headers, caller }) => {
      const template = desk.named(params.template);
      const version = wantedVersion(headers['if-match']);
      await desk.guarded(version, params.id, { op: 'update', template: template.name, id: params.id.toLowerCase(), version, values: body }, caller.account.id);
      return desk.written(caller, template, params.id, 200);
    }),

    handle(recordOperations.editRecords, async ({ params, body, caller, lang }) => {
      const template = desk.named(params.template);
      if ((body.filter === undefined) === (body.all !== true)) throw failure('http.exactlyOne', { fields: ['filter', 'all'] });
      const filter = body.filter === undefined ? null : checkFilter(template, readFilter(body.filter));
      const { problems } = checkValues(template, body.values, 'update');
      if (problems.length > 0) throw failure('run.values', { path: 'values', template: template.name }, { problems });
      const job = bulkChangeJob({ name: 'editRecords', values: body.values }, template.name, filter, caller.account.id);
      return begun(engine.jobs, await engine.jobs.start({ ...job, ...(body.problemBudget === undefined ? {} : { problemBudget: body.problemBudget }) }), lang);
    }),

    handle(recordOperations.deleteRecord, async ({ params, query: { expected }, headers, caller }) => {
      const template = desk.named(params.template);
      const version = wantedVersion(headers['if-match']);
      if (expected !== undefined) await desk.demandDeletion(template, params.id, expected, caller.account.id);
      await desk.guarded(version, params.id, { op: 'delete', template: template.name, id: params.id.toLowerCase(), version }, caller.account.id);
      return { status: 204 };
    }),

    ...[recordOperations.archiveRecord, recordOperations.restoreRecord].map((operation) =>
      handle(operation, async ({ params, headers, caller }) => {
        const template = desk.named(params.template);
        const version = wantedVersion(headers['if-match']);
        await desk.guarded(version, params.id, { op: 'archive', template: template.name, id: params.id.toLowerCase(), version, archived: operation.id === 'archiveRecord' }, caller.account.id);
        return desk.written(caller, template, params.id, 200);
      }),
    ),

    handle(recordOperations.cloneRecord, async ({ params, body, caller }) => {
      const template = desk.named(params.template);
      const id = randomUUID();
      await desk.write({ op: 'clone', template: template.name, id, of: params.id.toLowerCase(), depth: body.depth ?? 0, values: body.values ?? {} }, caller.account.id);
      return desk.written(caller, template, id, 201);
    }),

    handle(recordOperations.previewDeletion, async ({ params, caller, lang }) => {
      const { deleted, refusal } = await desk.deletion(desk.named(params.template), params.id, caller.account.id);
      const counts = Map.groupBy(deleted, ({ template }) => template);
      return good({ total: deleted.length, records: [...counts].map(([template, records]) => ({ template, count: records.length })), refusal: refusal === null ? null : failureJson(refusal, lang) });
    }),

    handle(recordOperations.changeLinks, async ({ params, body, headers, caller }) => {
      const template = desk.named(params.template);
      const version = wantedVersion(headers['if-match']);
      const { attribute } = params;
      if (attributeNamed(template, attribute) === undefined) throw failure('query.unknownAttribute', { template: template.name, attribute: attribute.slice(0, 80), nearest: nearestAttribute(template, attribute) });
      const change: DirectWrite = { op: 'update', template: template.name, id: params.id.toLowerCase(), version, values: {}, add: { [attribute]: body.add ?? [] }, exclude: { [attribute]: body.exclude ?? [] } };
      await desk.guarded(version, params.id, change, caller.account.id);
      return desk.written(caller, template, params.id, 200, [attribute]);
    }),
  ];
}

function conditionsOf(template: Template, eq: readonly string[] | undefined, filter: string | undefined): readonly Filter[] {
  return [...(eq ?? []).map((text) => equality(template, text)), ...(filter === undefined ? [] : [readFilter(parseJson(filter))])];
}

/** `attribute:value`, the value as its attribute understands a text. */
function equality(template: Template, text: string): Filter {
  const colon = text.indexOf(':');
  if (colon <= 0) throw failure('query.shape', { place: 'eq', expected: 'attribute:value' });
  const attribute = text.slice(0, colon);
  const value = text.slice(colon + 1);
  const queried = queriedAttribute(template, attribute);
  if (queried.kind !== 'value') return { op: 'linked', attribute, record: value };
  if (queried.type === 'boolean' && (value === 'true' || value === 'false')) return { op: 'eq', attribute, value: value === 'true' };
  return { op: 'eq', attribute, value };
}

/** Values of the key are taken out of the body: they find the record, and are written when it is created. */
function splitKey(template: Template, by: readonly string[], body: ValueObject): { key: ValueObject; values: ValueObject } {
  for (const name of by) {
    if (attributeNamed(template, name) === undefined) throw failure('query.unknownAttribute', { template: template.name, attribute: name.slice(0, 80), nearest: nearestAttribute(template, name) });
    if (!Object.hasOwn(body, name)) throw failure('run.keyMissing', { template: template.name, attribute: name });
  }
  const entries = Object.entries(body);
  return { key: Object.fromEntries(entries.filter(([name]) => by.includes(name))), values: Object.fromEntries(entries.filter(([name]) => !by.includes(name))) };
}
