/** What lines want of their records: values checked as any others are, links as ids, and how that differs from what is there. */
import type { Problem } from '../../core/failure.ts';
import { compareScalars } from '../../core/filter.ts';
import { checkValues, isOwnColumn } from '../../core/record-values.ts';
import type { Carried, CarriedAttribute } from '../../core/reference-data/carried.ts';
import { keyText, linkedIds, type RecordLine } from '../../core/reference-data/record-line.ts';
import type { RecordReader } from '../../core/reference-data/record-transfer.ts';
import { rolesOf } from '../../core/role-list.ts';
import type { RecordData, Scalar, TemplateCatalogue } from '../../core/template.ts';
import { brokenValidations } from '../../core/validation.ts';
import type { Value } from '../../core/value.ts';
import type { Entry, LineKeys } from './line-keys.ts';

export interface Wanted {
  line: number;
  entry: Entry;
  problems: readonly Problem[];
  /** Values of a new record, own links included. */
  scalars: Readonly<Record<string, Scalar>>;
  /** Own links to records that are not there yet: attribute and id. */
  late: readonly (readonly [attribute: string, id: string])[];
  archived: boolean;
  isChange: boolean;
  /** Of the record that is there. */
  version: number;
  wasArchived: boolean;
  changed: Readonly<Record<string, Scalar>>;
  before: Readonly<Record<string, Scalar>>;
  links: readonly { op: 'link' | 'unlink'; relation: string; other: string }[];
}

interface Line {
  line: number;
  read: RecordLine;
  entry: Entry;
}

type Link = Extract<CarriedAttribute, { kind: 'link' }>;

export class WantedRecords {
  readonly #context: { templates: TemplateCatalogue; stored: TemplateCatalogue; readonly isRole: (name: string) => boolean };
  readonly #keys: LineKeys;
  readonly #carried: Carried;
  readonly #reader: RecordReader;

  constructor(context: { templates: TemplateCatalogue; stored: TemplateCatalogue; readonly isRole: (name: string) => boolean }, keys: LineKeys, carried: Carried, reader: RecordReader) {
    this.#context = context;
    this.#keys = keys;
    this.#carried = carried;
    this.#reader = reader;
  }

  async of(lines: readonly Line[]): Promise<readonly Wanted[]> {
    const records = await this.#records(lines.filter(({ entry }) => entry.isThere).map(({ entry }) => entry.id));
    const here = await this.#linkedHere(lines);
    return lines.map((line) => this.#wanted(line, records.get(line.entry.id), here));
  }

  #wanted({ line, read, entry }: Line, record: RecordData | undefined, here: ReadonlyMap<string, ReadonlyMap<string, string>>): Wanted {
    const { template, attributes } = this.#carried;
    const problems: Problem[] = [...read.problems];
    const values: Record<string, Value> = Object.assign(Object.create(null), read.values);
    for (const one of attributes) if (one.kind === 'link' && read.links.has(one.attribute.name)) values[one.attribute.name] = this.#idsOf(one, read, here, problems);
    const checked = checkValues(template, values, entry.isNew ? 'create' : 'update');
    problems.push(...checked.problems, ...this.#unknownRoles(checked.scalars));
    const before = this.#before(record, Object.keys(checked.scalars));
    if (problems.length === 0) problems.push(...brokenValidations(template, (name) => (Object.hasOwn(checked.scalars, name) ? checked.scalars[name] : (this.#before(record, [name])[name] ?? null))));
    const changed = Object.fromEntries(Object.entries(checked.scalars).filter(([name, value]) => !same(value, before[name] ?? null)));
    const links = this.#linkChanges(checked.links, record);
    const late = attributes.flatMap((one): [string, string][] => {
      const id = one.kind === 'link' && isOwnColumn(one.attribute) ? checked.scalars[one.attribute.name] : null;
      return one.kind === 'link' && typeof id === 'string' && (read.links.get(one.attribute.name) ?? []).some((key) => this.#keys.comes(one.target, keyText(key))?.isThere === false) ? [[one.attribute.name, id]] : [];
    });
    const wasArchived = record?.archived ?? false;
    return {
      line, entry, problems, scalars: checked.scalars, late, archived: read.archived, version: record?.version ?? 0, wasArchived, changed, links,
      before: Object.fromEntries(Object.keys(changed).map((name) => [name, before[name] ?? null])),
      isChange: Object.keys(changed).length > 0 || links.length > 0 || read.archived !== wasArchived,
    };
  }

  #idsOf({ attribute, target }: Link, read: RecordLine, here: ReadonlyMap<string, ReadonlyMap<string, string>>, problems: Problem[]): Value {
    const ids = (read.links.get(attribute.name) ?? []).flatMap((key) => {
      const text = keyText(key);
      const id = this.#keys.comes(target, text)?.id ?? here.get(target.id)?.get(text);
      if (id === undefined) problems.push({ path: attribute.name, code: 'reference.unknownLink', parameters: { attribute: attribute.name, key: text.slice(0, 80), template: target.name } });
      return id ?? [];
    });
    return attribute.multiple ? ids : (ids[0] ?? null);
  }

  /** By template and key, records that links name and that do not come along. */
  async #linkedHere(lines: readonly Line[]): Promise<ReadonlyMap<string, ReadonlyMap<string, string>>> {
    const here = new Map<string, Map<string, string>>();
    for (const one of this.#carried.attributes) {
      if (one.kind !== 'link') continue;
      const keys = new Map(lines.flatMap(({ read }) => (read.links.get(one.attribute.name) ?? []).map((key) => [keyText(key), key] as const)));
      const asked = [...keys].filter(([text]) => this.#keys.comes(one.target, text) === undefined).map(([, key]) => key);
      const found = await this.#keys.idsOf(one.target, one.targetKey, asked, this.#reader);
      here.set(one.target.id, new Map([...(here.get(one.target.id) ?? []), ...found]));
    }
    return here;
  }

  async #records(ids: readonly string[]): Promise<ReadonlyMap<string, RecordData>> {
    const { template, attributes } = this.#carried;
    const stored = this.#context.stored.byId(template.id);
    if (ids.length === 0 || stored === undefined) return new Map();
    const links = attributes.flatMap(({ attribute }) => stored.attributes.filter((one) => one.id === attribute.id && one.kind === 'link' && one.multiple).map(({ name }) => name));
    const found = await this.#reader.read({ kind: 'records', template: template.id, ids, links });
    return new Map(found.kind === 'records' ? found.records.map((record) => [record.id, record]) : []);
  }

  /** What the record holds in these attributes; an attribute that the table has not got yet is empty. */
  #before(record: RecordData | undefined, names: readonly string[]): Readonly<Record<string, Scalar>> {
    if (record === undefined) return {};
    const stored = this.#context.stored.byId(this.#carried.template.id)?.attributes ?? [];
    return Object.fromEntries(names.map((name) => {
      const attribute = this.#carried.template.attributes.find((one) => one.name === name);
      const former = stored.find(({ id }) => id === attribute?.id);
      return [name, former === undefined ? null : (record.values[former.name] ?? null)];
    }));
  }

  #linkChanges(wanted: Readonly<Record<string, readonly string[]>>, record: RecordData | undefined): Wanted['links'] {
    return this.#carried.attributes.flatMap((one): Wanted['links'] => {
      const ids = one.kind === 'link' ? wanted[one.attribute.name] : undefined;
      if (one.kind !== 'link' || ids === undefined) return [];
      const now = record === undefined ? [] : linkedIds(one, record);
      const relation = one.attribute.relation.id;
      return [...now.filter((id) => !ids.includes(id)).map((other) => ({ op: 'unlink' as const, relation, other })), ...ids.filter((id) => !now.includes(id)).map((other) => ({ op: 'link' as const, relation, other }))];
    });
  }

  #unknownRoles(scalars: Readonly<Record<string, Scalar>>): readonly Problem[] {
    return this.#carried.attributes.flatMap(({ attribute }) =>
      attribute.kind === 'scalar' && attribute.type === 'role' ? rolesOf(scalars[attribute.name]).filter((role) => !this.#context.isRole(role)).map((role) => ({ path: attribute.name, code: 'record.unknownRole' as const, parameters: { attribute: attribute.name, role: role.slice(0, 80), nearest: '–' } })) : [],
    );
  }
}

const same = (left: Scalar, right: Scalar): boolean => (left === null || right === null ? left === right : compareScalars(left, right) === 0);
