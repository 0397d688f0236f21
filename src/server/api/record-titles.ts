/** Titles of records that are only named by their ids. */
import type { Caller } from '../../core/account.ts';
import type { ConfigurationSource } from '../../core/configuration/published.ts';
import { Decimal } from '../../core/decimal.ts';
import { limits } from '../../core/limits.ts';
import type { Filter } from '../../core/query.ts';
import type { RecordData, Template } from '../../core/template.ts';
import type { Engine } from '../../engine/engine.ts';
import { callerRecords } from '../sign-in.ts';

export class RecordTitles {
  readonly #engine: Engine;
  readonly #configuration: ConfigurationSource;

  constructor(engine: Engine, configuration: ConfigurationSource) {
    this.#engine = engine;
    this.#configuration = configuration;
  }

  /** By id, of those that are there and that the caller may see; null when the template is gone. */
  async of(caller: Caller, target: string, ids: readonly string[]): Promise<ReadonlyMap<string, string | null> | null> {
    const template = this.#configuration.current().templates.byId(target);
    if (template === undefined || template.retired === true) return null;
    const access = callerRecords(caller, template.name, 'read');
    const titles = new Map<string, string | null>();
    if (access === null) return titles;
    for (let from = 0; from < ids.length; from += limits.pageRows.value) {
      const named: Filter = { op: 'in', attribute: 'id', value: ids.slice(from, from + limits.pageRows.value) };
      const filter: Filter = access.filter === null ? named : { op: 'and', of: [named, access.filter] };
      const result = await this.#engine.read({ kind: 'query', query: { template: template.name, filter, sort: [], limit: limits.pageRows.value } });
      if (result.kind === 'page') for (const record of result.records) titles.set(record.id, titleOf(template, record));
    }
    return titles;
  }
}

function titleOf({ titleAttribute }: Template, { values }: RecordData): string | null {
  const value = titleAttribute === undefined ? null : (values[titleAttribute] ?? null);
  if (value instanceof Decimal) return value.toFixed();
  return value === null ? null : String(value);
}
