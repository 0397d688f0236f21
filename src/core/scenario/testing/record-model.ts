/** Committed records in memory, for tests of the interpreter: versions, unique values and links are honest. */
import type { RecordWrite, VersionCheck } from '../../effect-set.ts';
import { failure, type Failure } from '../../failure.ts';
import { compareScalars, matches, rankOf, valueOf } from '../../filter.ts';
import type { ReadRequest, ReadResult, RecordQuery } from '../../query.ts';
import type { LinkAttribute, RecordData, Scalar, Template, TemplateCatalogue } from '../../template.ts';

interface LinkRow {
  owner: string;
  other: string;
}

export class RecordModel {
  readonly #templates: TemplateCatalogue;
  readonly #records: Map<string, Map<string, RecordData>>;
  readonly #links: Map<string, LinkRow[]>;

  constructor(templates: TemplateCatalogue, from?: RecordModel) {
    this.#templates = templates;
    this.#records = new Map([...(from?.sets() ?? [])].map(([template, records]) => [template, new Map(records)]));
    this.#links = new Map([...(from?.rows() ?? [])].map(([relation, rows]) => [relation, [...rows]]));
  }

  sets = (): Map<string, Map<string, RecordData>> => this.#records;
  rows = (): Map<string, LinkRow[]> => this.#links;

  all(name: string): readonly RecordData[] {
    const template = this.#named(name);
    return [...this.#of(template.id).values()].map((record) => this.#withLinks(record, template, template.attributes.filter(isElsewhere).map((attribute) => attribute.name)));
  }

  one(name: string, where: Readonly<Record<string, Scalar>>): RecordData | undefined {
    return this.all(name).find((record) => Object.entries(where).every(([attribute, value]) => compareScalars(valueOf(record, attribute), value) === 0));
  }

  /** Puts a record there as if it had been committed long ago. */
  add(name: string, id: string, values: Readonly<Record<string, Scalar>>): void {
    const template = this.#named(name);
    this.#of(template.id).set(id, { ...blank(template, id), values: { ...Object.fromEntries(columnsOf(template).map((attribute) => [attribute, null])), ...values } });
  }

  link(relation: string, owner: string, other: string): void {
    this.#links.set(relation, [...(this.#links.get(relation) ?? []), { owner, other }]);
  }

  /** Applies a whole set or nothing; a conflict of versions is a Failure of code `run.contended`. */
  commit(records: readonly RecordWrite[], checks: readonly VersionCheck[]): Failure | null {
    const draft = new RecordModel(this.#templates, this);
    const refusal = draft.#applyAll(records, checks);
    if (refusal !== null) return refusal;
    this.#records.clear();
    for (const [template, set] of draft.sets()) this.#records.set(template, set);
    this.#links.clear();
    for (const [relation, rows] of draft.rows()) this.#links.set(relation, rows);
    return null;
  }

  probe(records: readonly RecordWrite[], checks: readonly VersionCheck[]): Failure | null {
    return new RecordModel(this.#templates, this).#applyAll(records, checks);
  }

  read(request: ReadRequest, own: readonly RecordWrite[]): ReadResult {
    if (own.length === 0) return this.#read(request);
    const draft = new RecordModel(this.#templates, this);
    const refusal = draft.#applyAll(own, []);
    if (refusal !== null) throw refusal;
    return draft.#read(request);
  }

  #read(request: ReadRequest): ReadResult {
    if (request.kind === 'records' || request.kind === 'linkedRecords' || request.kind === 'aggregate') throw new Error('no run reads in this way');
    const template = this.#templates.byId(request.kind === 'query' ? request.query.template : request.template);
    if (template === undefined) throw new Error('unknown template');
    if (request.kind === 'query') return this.#query(template, request.query);
    if (request.kind === 'linked') return { kind: 'ids', ids: this.#linked(template, request.id, request.attribute) };
    const record = this.#of(template.id).get(request.id);
    return { kind: 'record', record: record === undefined ? null : this.#withLinks(record, template, request.links ?? []) };
  }

  #query(template: Template, query: RecordQuery): ReadResult {
    const links = template.attributes.filter(isElsewhere).map((attribute) => attribute.name);
    const { filter } = query;
    const found = [...this.#of(template.id).values()].filter((record) => filter === undefined || matches(template, filter, this.#withLinks(record, template, links)));
    found.sort((left, right) => {
      for (const { attribute, descending } of query.sort) {
        const order = compareScalars(rankOf(template, attribute, valueOf(left, attribute)), rankOf(template, attribute, valueOf(right, attribute)));
        if (order !== 0) return descending ? -order : order;
      }
      return (left.id < right.id ? -1 : 1) * (query.sort.at(-1)?.descending === true ? -1 : 1);
    });
    return { kind: 'page', records: found.slice(0, query.limit).map((record) => this.#withLinks(record, template, query.links ?? [])), cursor: null };
  }

  #linked(template: Template, id: string, name: string): readonly string[] {
    const attribute = template.attributes.find((candidate) => candidate.name === name);
    if (attribute?.kind !== 'link') throw new Error(`no link ${name}`);
    const { relation, side } = attribute;
    const far = side === 'owner' ? 'other' : 'owner';
    if (relation.storage === 'table') return (this.#links.get(relation.id) ?? []).filter((row) => row[side] === id).map((row) => row[far]);
    const column = this.#ownerAttribute(attribute).name;
    return [...this.#of(relation.owner).values()].filter((record) => record.values[column] === id).map((record) => record.id);
  }

  #withLinks(record: RecordData, template: Template, names: readonly string[]): RecordData {
    return { ...record, links: Object.fromEntries(names.map((name) => [name, this.#linked(template, record.id, name)])) };
  }

  #ownerAttribute(attribute: LinkAttribute): LinkAttribute {
    const found = this.#templates.byId(attribute.relation.owner)?.attributes.find((candidate) => candidate.kind === 'link' && candidate.relation.id === attribute.relation.id && candidate.side === 'owner');
    if (found?.kind !== 'link') throw new Error('no owner attribute');
    return found;
  }

  #applyAll(records: readonly RecordWrite[], checks: readonly VersionCheck[]): Failure | null {
    for (const check of checks) if (this.#of(check.template).get(check.id)?.version !== check.version) return failure('run.contended', { attempts: 1 });
    for (const write of records) {
      const refusal = this.#apply(write);
      if (refusal !== null) return refusal;
    }
    return this.#brokenRule();
  }

  #apply(write: RecordWrite): Failure | null {
    if ('relation' in write) {
      const rows = (this.#links.get(write.relation) ?? []).filter((row) => row.owner !== write.owner || row.other !== write.other);
      this.#links.set(write.relation, write.op === 'link' ? [...rows, { owner: write.owner, other: write.other }] : rows);
      return null;
    }
    const set = this.#of(write.template);
    const known = set.get(write.id);
    if (write.op === 'create') {
      const template = this.#templates.byId(write.template);
      if (known !== undefined || template === undefined) return failure('record.notUnique', { template: write.template, attribute: 'id', value: write.id });
      set.set(write.id, { ...blank(template, write.id), values: { ...Object.fromEntries(columnsOf(template).map((attribute) => [attribute, null])), ...write.values }, createdBy: write.by, origin: write.origin });
      return null;
    }
    if (known === undefined || known.version !== write.version) return failure('run.contended', { attempts: 1 });
    if (write.op === 'delete') set.delete(write.id);
    else set.set(write.id, { ...known, version: known.version + 1, values: { ...known.values, ...write.values }, changedBy: write.by, origin: write.origin });
    return null;
  }

  /** What constraints would say of the whole. */
  #brokenRule(): Failure | null {
    for (const template of this.#templates.all()) {
      for (const attribute of template.attributes) {
        const refusal = attribute.kind === 'link' ? this.#brokenLink(template, attribute) : attribute.unique ? this.#repeated(template, attribute.name) : null;
        if (refusal !== null) return refusal;
      }
    }
    return null;
  }

  #repeated(template: Template, attribute: string): Failure | null {
    const seen = new Set<Scalar>();
    for (const record of this.#of(template.id).values()) {
      const value = record.values[attribute] ?? null;
      if (value === null) continue;
      if (seen.has(value)) return failure('record.notUnique', { template: template.name, attribute, value: String(value) });
      seen.add(value);
    }
    return null;
  }

  #brokenLink(template: Template, attribute: LinkAttribute): Failure | null {
    if (attribute.side !== 'owner') return null;
    const { relation } = attribute;
    const targets = this.#of(relation.other);
    const missing = failure('record.linkMissing', { attribute: attribute.name, template: template.name });
    if (relation.storage === 'table') {
      const owners = this.#of(relation.owner);
      return (this.#links.get(relation.id) ?? []).some((row) => !owners.has(row.owner) || !targets.has(row.other)) ? missing : null;
    }
    const ids = [...this.#of(relation.owner).values()].flatMap((record) => record.values[attribute.name] ?? []);
    if (ids.some((id) => typeof id === 'string' && !targets.has(id))) return missing;
    if (relation.unique && new Set(ids).size < ids.length) return failure('record.notUnique', { template: template.name, attribute: attribute.name, value: '' });
    return null;
  }

  #of(template: string): Map<string, RecordData> {
    const known = this.#records.get(template);
    if (known !== undefined) return known;
    const made = new Map<string, RecordData>();
    this.#records.set(template, made);
    return made;
  }

  #named(name: string): Template {
    const template = this.#templates.byName(name);
    if (template === undefined) throw new Error(`no template ${name}`);
    return template;
  }
}

const isElsewhere = (attribute: Template['attributes'][number]): attribute is LinkAttribute => attribute.kind === 'link' && !(attribute.relation.storage === 'column' && attribute.side === 'owner');

const columnsOf = (template: Template): readonly string[] => template.attributes.filter((attribute) => !isElsewhere(attribute)).map((attribute) => attribute.name);

const blank = (template: Template, id: string): RecordData => ({
  id,
  template: template.id,
  version: 1,
  createdAt: '2026-01-01T00:00:00.000000Z',
  createdBy: null,
  changedAt: '2026-01-01T00:00:00.000000Z',
  changedBy: null,
  archived: false,
  origin: 'import',
  values: {},
  links: {},
});
