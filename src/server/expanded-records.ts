/**
 * Records as their reader asked to see them: chosen attributes, and linked records in place of their ids. A level of links costs
 * one statement whatever the number of records, and shows at each level what the caller may see there.
 */
import type { Caller } from '../core/account.ts';
import type { ConfigurationSource } from '../core/configuration/published.ts';
import { failure } from '../core/failure.ts';
import { limits } from '../core/limits.ts';
import type { Filter, LinkedRecords, ReadResult } from '../core/query.ts';
import { wantedBy, type Expansion, type RecordView } from '../core/record-view.ts';
import type { RecordData, Template } from '../core/template.ts';
import { isObject, type Value, type ValueObject } from '../core/value.ts';
import type { Engine } from '../engine/engine.ts';
import { recordJson } from './api/record-json.ts';
import { printListCursor } from './api/list-cursor.ts';
import { callerRecords } from './sign-in.ts';
import { VisibleLinks } from './visible-links.ts';

/** How many linked records the answer may still bring. */
interface Room {
  left: number;
}

export class ExpandedRecords {
  readonly #engine: Engine;
  readonly #links: VisibleLinks;

  constructor(engine: Engine, configuration: ConfigurationSource) {
    this.#engine = engine;
    this.#links = new VisibleLinks(engine, configuration);
  }

  /** The records may be seen; their links have not been looked at. */
  async shown(caller: Caller, template: Template, records: readonly RecordData[], view: RecordView): Promise<readonly ValueObject[]> {
    return this.#shown(caller, template, records, view, { left: limits.expandedRecords.value });
  }

  /** One page of what a multiple link of a record leads to. */
  async linked(caller: Caller, template: Template, id: string, expansion: Expansion, after: string | null): Promise<{ records: readonly ValueObject[]; cursor: string | null }> {
    const [group] = await this.#groups(caller, template, [id], expansion, { left: expansion.limit }, after);
    if (group === undefined) return { records: [], cursor: null };
    const records = await this.#shown(caller, expansion.target, group.records, expansion.view, { left: limits.expandedRecords.value });
    return { records, cursor: group.next === null ? null : printListCursor(linkList(template, id, expansion), group.next) };
  }

  async #shown(caller: Caller, template: Template, records: readonly RecordData[], view: RecordView, room: Room): Promise<readonly ValueObject[]> {
    const visible = await this.#links.visible(caller, template, records);
    const expanded: Readonly<Record<string, Value>>[] = visible.map(() => ({}));
    for (const expansion of view.expansions) {
      const values = expansion.link.multiple ? await this.#multiple(caller, template, visible, expansion, room) : await this.#single(caller, visible, expansion, room);
      visible.forEach((_, index) => {
        const { value, cursor } = values[index] ?? { value: null, cursor: null };
        expanded[index] = withLink(expanded[index] ?? {}, expansion.link.name, value, cursor);
      });
    }
    return visible.map((record, index) => chosen({ ...recordJson(record), ...expanded[index] }, view.attributes));
  }

  async #single(caller: Caller, records: readonly RecordData[], { link, target, view }: Expansion, room: Room): Promise<readonly Shown[]> {
    const idOf = (record: RecordData): string | null => {
      const id = record.values[link.name];
      return typeof id === 'string' ? id : null;
    };
    const ids = [...new Set(records.flatMap((record) => idOf(record) ?? []))];
    taken(room, ids.length, target, link.name);
    const filter = readable(caller, target);
    const found = filter === undefined || ids.length === 0 ? [] : await this.#byId(target, ids, filter, view);
    const shown = await this.#shown(caller, target, found, view, room);
    const byId = new Map(found.map(({ id }, index) => [id, shown[index] ?? null]));
    return records.map((record) => ({ value: byId.get(idOf(record) ?? '') ?? null, cursor: null }));
  }

  async #byId(target: Template, ids: readonly string[], filter: Filter | null, view: RecordView): Promise<readonly RecordData[]> {
    const result: ReadResult = await this.#engine.read({ kind: 'records', template: target.id, ids, ...wantedBy(view), ...(filter === null ? {} : { filter }) });
    return result.kind === 'records' ? result.records : [];
  }

  async #multiple(caller: Caller, template: Template, records: readonly RecordData[], expansion: Expansion, room: Room): Promise<readonly Shown[]> {
    const groups = await this.#groups(caller, template, records.map(({ id }) => id), expansion, room, null);
    const found = groups.flatMap((group) => group.records);
    const shown = await this.#shown(caller, expansion.target, found, expansion.view, room);
    const byId = new Map<string, Shown>();
    let from = 0;
    for (const { id, records: linked, next } of groups) {
      byId.set(id, { value: shown.slice(from, (from += linked.length)), cursor: next === null ? null : printListCursor(linkList(template, id, expansion), next) });
    }
    return records.map(({ id }) => byId.get(id) ?? { value: [], cursor: null });
  }

  async #groups(caller: Caller, template: Template, ids: readonly string[], { link, target, limit, view }: Expansion, room: Room, after: string | null): Promise<readonly LinkedRecords[]> {
    const filter = readable(caller, target);
    if (filter === undefined || ids.length === 0) return [];
    const query = { template: template.id, attribute: link.name, ids: [...new Set(ids)], limit, most: room.left, ...wantedBy(view), ...(filter === null ? {} : { filter }), ...(after === null ? {} : { after }) };
    const result: ReadResult = await this.#engine.read({ kind: 'linkedRecords', query });
    const groups = result.kind === 'linkedRecords' ? result.groups : [];
    room.left -= groups.reduce((sum, group) => sum + group.records.length, 0);
    return groups;
  }
}

interface Shown {
  value: Value;
  /** Of the next page of a multiple link. */
  cursor: string | null;
}

/** What a cursor of linked records belongs to. */
export const linkList = (template: Template, id: string, { link }: Pick<Expansion, 'link'>): string => `${template.id}/${id}/${link.name}`;

/** Undefined: nothing; null: everything. */
const readable = (caller: Caller, target: Template): Filter | null | undefined => callerRecords(caller, target.name, 'read')?.filter;

function taken(room: Room, count: number, target: Template, attribute: string): void {
  room.left -= count;
  if (room.left < 0) throw failure('query.expandedTooMany', { template: target.name, attribute, limit: limits.expandedRecords.value });
}

/** Cursors of multiple links that go on stand together in `_more`. */
function withLink(expanded: Readonly<Record<string, Value>>, name: string, value: Value, cursor: string | null): Readonly<Record<string, Value>> {
  if (cursor === null) return { ...expanded, [name]: value };
  const more = expanded['_more'];
  return { ...expanded, [name]: value, _more: { ...(isObject(more) ? more : {}), [name]: cursor } };
}

const always: readonly string[] = ['id', '_version', '_more', '_failures'];

function chosen(record: ValueObject, attributes: ReadonlySet<string> | null): ValueObject {
  if (attributes === null) return record;
  return Object.fromEntries(Object.entries(record).filter(([name]) => attributes.has(name) || always.includes(name)));
}
