/** Reads and writes records through the engine, and answers as the API does. */
import { readAggregate, type AggregateInput } from '../../core/aggregate.ts';
import type { Caller } from '../../core/account.ts';
import type { ConfigurationSource } from '../../core/configuration/published.ts';
import { Failure, failure, type FailureData } from '../../core/failure.ts';
import { checkFilter, matches } from '../../core/filter.ts';
import { limits } from '../../core/limits.ts';
import type { AggregateQuery, Filter, ReadResult, RecordQuery, Sort } from '../../core/query.ts';
import { recordView, wantedBy, type ExpandInput, type RecordView, type ViewInput } from '../../core/record-view.ts';
import type { DirectWrite, RunResult } from '../../core/scenario/machine-port.ts';
import { templateNamed } from '../../core/template-catalogue.ts';
import type { RecordData, Template } from '../../core/template.ts';
import type { ValueObject } from '../../core/value.ts';
import type { Engine } from '../../engine/engine.ts';
import { assertSortable, readableTargets, withoutHiddenLinks } from '../hidden-links.ts';
import { ExpandedRecords, linkList } from '../expanded-records.ts';
import { callerRecords } from '../sign-in.ts';
import { VisibleLinks } from '../visible-links.ts';
import { good, type Answered } from './handler.ts';
import { readListCursor } from './list-cursor.ts';

interface QueryFields {
  sort?: string[];
  search?: string;
  limit?: number;
  cursor?: string;
  links?: string[];
  select?: string[];
  expand?: readonly ExpandInput[];
  count?: boolean;
  archived?: 'without' | 'with' | 'only';
}

type Page = Pick<Extract<ReadResult, { kind: 'page' }>, 'records' | 'cursor' | 'count' | 'ranked' | 'hits'>;

export class RecordDesk {
  readonly #engine: Engine;
  readonly #configuration: ConfigurationSource;
  readonly #links: VisibleLinks;
  readonly #expanded: ExpandedRecords;

  constructor(engine: Engine, configuration: ConfigurationSource) {
    this.#engine = engine;
    this.#configuration = configuration;
    this.#links = new VisibleLinks(engine, configuration);
    this.#expanded = new ExpandedRecords(engine, configuration);
  }

  named(name: string): Template {
    return templateNamed(this.#configuration.current().templates, name);
  }

  /** What the caller may not see is left out, also from counts and from links. */
  async page(caller: Caller, template: Template, given: readonly Filter[], fields: QueryFields): Promise<Answered> {
    const view = this.view(template, fields);
    const { records, cursor, count, ranked, hits } = await this.#query(caller, template, given, { ...fields, hits: true }, view);
    return good({ records: await this.#expanded.shown(caller, template, records, view), cursor, ...(count === undefined ? {} : { count }), ...(ranked === undefined ? {} : { ranked }), ...(hits === undefined ? {} : { hits: hitsJson(hits) }) });
  }

  view(template: Template, { select, links, expand }: ViewInput): RecordView {
    const input: ViewInput = { ...(select === undefined ? {} : { select }), ...(links === undefined ? {} : { links }), ...(expand === undefined ? {} : { expand }) };
    return recordView(this.#configuration.current().templates, template, input);
  }

  /** One page of what a multiple link leads to. A record that the caller may not see is as one that is not there. */
  async linked(caller: Caller, template: Template, id: string, attribute: string, fields: ViewInput & { limit?: number; cursor?: string }): Promise<Answered> {
    const { id: record } = await this.visible(caller, template, id);
    const [expansion] = this.view(template, { expand: [{ link: attribute, limit: fields.limit ?? limits.expandedAtOnce.value, ...(fields.select === undefined ? {} : { select: fields.select }), ...(fields.expand === undefined ? {} : { expand: fields.expand }) }] }).expansions;
    if (expansion === undefined) throw new Error('an expansion was asked for');
    const after = readListCursor(linkList(template, record, expansion), fields.cursor);
    return good(await this.#expanded.linked(caller, template, record, expansion, after));
  }

  /** One page after another, each read when it is asked for. */
  async *pages(caller: Caller, template: Template, given: readonly Filter[], fields: Omit<QueryFields, 'limit' | 'cursor'>): AsyncGenerator<readonly RecordData[]> {
    for await (const records of this.#pages(caller, template, given, fields, this.view(template, fields))) yield await this.#links.visible(caller, template, records);
  }

  /** The same as their reader asked to see them. */
  async *shownPages(caller: Caller, template: Template, given: readonly Filter[], fields: Omit<QueryFields, 'limit' | 'cursor'>): AsyncGenerator<readonly ValueObject[]> {
    const view = this.view(template, fields);
    for await (const records of this.#pages(caller, template, given, fields, view)) yield await this.#expanded.shown(caller, template, records, view);
  }

  async *#pages(caller: Caller, template: Template, given: readonly Filter[], fields: Omit<QueryFields, 'limit' | 'cursor'>, view: RecordView): AsyncGenerator<readonly RecordData[]> {
    for (let cursor: string | null | undefined; cursor !== null; ) {
      const page: Page = await this.#query(caller, template, given, { ...fields, limit: limits.pageRows.value, ...(cursor === undefined ? {} : { cursor }) }, view);
      yield page.records;
      cursor = page.cursor;
    }
  }

  async #query(caller: Caller, template: Template, given: readonly Filter[], { sort, search, limit, cursor, count, archived, hits }: QueryFields & Pick<RecordQuery, 'hits'>, view: RecordView): Promise<Page> {
    const filter = this.#filter(caller, template, given, archived);
    const order = (sort ?? []).map(sortOf);
    assertSortable(caller, this.#configuration.current().templates, template, order);
    const query: RecordQuery = {
      template: template.name,
      sort: order,
      limit: limit ?? 100,
      count: count ?? false,
      ...(filter === undefined ? {} : { filter }),
      ...(search === undefined ? {} : { search }),
      ...(cursor === undefined ? {} : { cursor }),
      ...(hits === true ? { hits } : {}),
      ...wantedBy(view),
    };
    const result = await this.#engine.read({ kind: 'query', query });
    if (result.kind !== 'page') throw new Error(`a query was answered with ${result.kind}`);
    return result;
  }

  /** The first records that meet a condition, as far as the caller may see them, and how many there are in all. */
  async matching(caller: Caller, template: Template, filter: Filter | null, archived: NonNullable<QueryFields['archived']>, limit: number): Promise<{ records: readonly RecordData[]; count: number }> {
    const { records, count = 0 } = await this.#query(caller, template, filter === null ? [] : [filter], { archived, limit, count: true }, this.view(template, {}));
    return { records, count };
  }

  /** Figures over the records that the caller may see. */
  async aggregate(caller: Caller, template: Template, given: readonly Filter[], fields: AggregateInput & Pick<QueryFields, 'archived' | 'search'>): Promise<Answered> {
    const asked = readAggregate(template, fields);
    const { templates } = this.#configuration.current();
    const filter = this.#filter(caller, template, given, fields.archived);
    const names = [...asked.groups, ...asked.figures].flatMap(({ attribute }) => attribute ?? []);
    const query: AggregateQuery = { template: template.name, ...asked, ...(fields.search === undefined ? {} : { search: fields.search }), readable: readableTargets(caller, templates, template, names), ...(filter === undefined ? {} : { filter }) };
    const result = await this.#engine.read({ kind: 'aggregate', query });
    if (result.kind !== 'aggregate') throw new Error(`an aggregate was answered with ${result.kind}`);
    return good({ groups: result.rows.map(({ by, values }) => ({ by, values })), more: result.more });
  }

  /** What was asked, of what the caller may see. */
  #filter(caller: Caller, template: Template, given: readonly Filter[], archived: QueryFields['archived']): Filter | undefined {
    const access = callerRecords(caller, template.name, 'read');
    if (access === null) throw failure('access.forbidden', { account: caller.account.name, permission: `${template.name}: read` });
    const asked = given.map((filter) => withoutHiddenLinks(caller, this.#configuration.current().templates, template, filter));
    const open = access.filter === null ? asked : [...asked, access.filter];
    const all = archived === 'with' ? open : [...open, { op: 'eq', attribute: '_archived', value: archived === 'only' } as const];
    return all.length > 1 ? { op: 'and', of: all } : all[0];
  }

  /** A record that the caller has just written. */
  async written(caller: Caller, template: Template, id: string, status: number, links?: string[]): Promise<Answered> {
    const view = this.view(template, links === undefined ? {} : { links });
    return this.#answer(caller, template, await this.#record(template, id, view), view, status);
  }

  /** A record that the caller may not see is as one that is not there. */
  async shown(caller: Caller, template: Template, id: string, fields: ViewInput): Promise<Answered> {
    const view = this.view(template, fields);
    return this.#answer(caller, template, await this.visible(caller, template, id, view), view, 200);
  }

  async visible(caller: Caller, template: Template, id: string, view: RecordView = this.view(template, {})): Promise<RecordData> {
    const access = callerRecords(caller, template.name, 'read');
    // A condition may look at any attribute.
    const record = await this.#record(template, id, access?.filter === null ? view : { ...view, attributes: null });
    if (access === null || (access.filter !== null && !matches(template, checkFilter(template, access.filter), record))) throw failure('record.unknown', { template: template.name, id });
    return record;
  }

  async #record(template: Template, id: string, view: RecordView): Promise<RecordData> {
    const result = await this.#engine.read({ kind: 'get', template: template.name, id: id.toLowerCase(), ...wantedBy(view) });
    if (result.kind !== 'record') throw new Error(`a record was asked for, ${result.kind} was answered`);
    if (result.record === null) throw failure('record.unknown', { template: template.name, id });
    return result.record;
  }

  async #answer(caller: Caller, template: Template, record: RecordData, view: RecordView, status: number): Promise<Answered> {
    const [shown = {}] = await this.#expanded.shown(caller, template, [record], view);
    const address = `/api/v1/records/${encodeURIComponent(template.name)}/${record.id}`;
    return { status, body: shown, headers: { etag: `"${record.version}"`, ...(status === 201 ? { location: address } : {}) } };
  }

  async write(one: DirectWrite, by: string): Promise<RunResult['written'][number]> {
    const [written] = await this.#engine.write([one], by, 'api');
    if (written === undefined) throw new Error('a write told nothing of what it wrote');
    return written;
  }

  /** What a deletion would take with it, and why it would be refused. */
  async deletion(template: Template, id: string, by: string): Promise<{ deleted: RunResult['written']; refusal: FailureData | null }> {
    const { written, refusal } = await this.#engine.rehearseWrites([{ op: 'delete', template: template.name, id: id.toLowerCase(), version: null }], by);
    return { deleted: written.filter(({ op }) => op === 'deleted'), refusal };
  }

  async demandDeletion(template: Template, id: string, expected: number, by: string): Promise<void> {
    const { deleted } = await this.deletion(template, id, by);
    if (deleted.length !== expected) throw failure('record.deletionChanged', { expected, actual: deleted.length });
  }

  /** Of a write with If-Match, a record that changed meanwhile is a failed precondition. */
  async guarded(version: number | null, id: string, one: DirectWrite, by: string): Promise<void> {
    try {
      await this.#engine.write([one], by, 'api');
    } catch (error) {
      if (version === null || !(error instanceof Failure) || error.code !== 'run.recordChanged') throw error;
      throw failure('http.preconditionFailed', { id, expected: version, actual: error.parameters['actual'] ?? '?' }, { cause: error });
    }
  }
}

/** In the order of the records. */
const hitsJson = (hits: NonNullable<Page['hits']>): ValueObject[] =>
  [...hits].map(([id, found]) => ({ id, attributes: found.map(({ attribute, fragment }) => ({ attribute, fragment: fragment.map((part) => ({ ...part })) })) }));

const sortOf = (text: string): Sort => (text.startsWith('-') ? { attribute: text.slice(1), descending: true } : { attribute: text, descending: false });
