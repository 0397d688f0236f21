/** Takes links to records that a caller may not see out of what he is shown. */
import type { Caller } from '../core/account.ts';
import type { ConfigurationSource } from '../core/configuration/published.ts';
import { limits } from '../core/limits.ts';
import type { Filter } from '../core/query.ts';
import type { LinkAttribute, RecordData, Template } from '../core/template.ts';
import type { Engine } from '../engine/engine.ts';
import { callerRecords } from './sign-in.ts';

export class VisibleLinks {
  readonly #engine: Engine;
  readonly #configuration: ConfigurationSource;

  constructor(engine: Engine, configuration: ConfigurationSource) {
    this.#engine = engine;
    this.#configuration = configuration;
  }

  /** Costs a query for each template that is linked to and not wholly open to the caller. */
  async visible(caller: Caller, template: Template, records: readonly RecordData[]): Promise<readonly RecordData[]> {
    const links = template.attributes.filter((attribute) => attribute.kind === 'link');
    const seen = new Map<string, ReadonlySet<string>>();
    for (const target of new Set(links.map((link) => link.target))) {
      const toTarget = links.filter((link) => link.target === target);
      const visible = await this.#visibleOf(caller, target, records.flatMap((record) => toTarget.flatMap((link) => linkedBy(record, link))));
      if (visible !== null) seen.set(target, visible);
    }
    return seen.size === 0 ? records : records.map((record) => withoutHidden(record, links, seen));
  }

  /** Null when all are. */
  async #visibleOf(caller: Caller, target: string, ids: readonly string[]): Promise<ReadonlySet<string> | null> {
    const template = this.#configuration.current().templates.byId(target);
    const access = template === undefined ? null : callerRecords(caller, template.name, 'read');
    if (access?.filter === null) return null;
    const visible = new Set<string>();
    if (access === null || template === undefined) return visible;
    const wanted = [...new Set(ids)];
    const size = Math.min(limits.queryListValues.value, limits.pageRows.value);
    for (let from = 0; from < wanted.length; from += size) {
      const named: Filter = { op: 'in', attribute: 'id', value: wanted.slice(from, from + size) };
      const result = await this.#engine.read({ kind: 'query', query: { template: template.name, filter: { op: 'and', of: [named, access.filter] }, sort: [], limit: size } });
      if (result.kind === 'page') for (const { id } of result.records) visible.add(id);
    }
    return visible;
  }
}

function linkedBy(record: RecordData, { name }: LinkAttribute): readonly string[] {
  const value = record.values[name];
  return [...(typeof value === 'string' ? [value] : []), ...(record.links[name] ?? [])];
}

function withoutHidden(record: RecordData, links: readonly LinkAttribute[], seen: ReadonlyMap<string, ReadonlySet<string>>): RecordData {
  const values = { ...record.values };
  const shown = { ...record.links };
  for (const { name, target } of links) {
    const visible = seen.get(target);
    if (visible === undefined) continue;
    const value = values[name];
    if (typeof value === 'string' && !visible.has(value)) values[name] = null;
    const ids = shown[name];
    if (ids !== undefined) shown[name] = ids.filter((id) => visible.has(id));
  }
  return { ...record, values, links: shown };
}
