/** Which records the rows of a set name by their key, looked up at once. */
import { Decimal } from '../../core/decimal.ts';
import { failure } from '../../core/failure.ts';
import { limits } from '../../core/limits.ts';
import type { Filter } from '../../core/query.ts';
import type { Scalar } from '../../core/template.ts';
import type { JobTurn } from '../jobs/kind.ts';

/** Values of the key as they are stored, in the order of its attributes. */
export type Key = readonly Scalar[];

export class KnownKeys {
  readonly #ids = new Map<string, readonly string[]>();

  static async load(turn: JobTurn, template: string, by: readonly string[], keys: readonly Key[]): Promise<KnownKeys> {
    const known = new KnownKeys();
    // A query has a bound of conditions.
    const each = by.length === 1 ? limits.pageRows.value : Math.floor(limits.queryConditions.value / (by.length + 2));
    for (let at = 0; by.length > 0 && at < keys.length; at += each) await known.#look(turn, template, by, keys.slice(at, at + each));
    return known;
  }

  /** Null when there is no such record. Throws `run.severalMatches`. */
  idOf(template: string, key: Key): string | null {
    const [id, ...others] = this.#ids.get(keyText(key)) ?? [];
    if (others.length > 0) throw failure('run.severalMatches', { template, key: key.map(String).join(', ').slice(0, 200), records: `${id}, …` });
    return id ?? null;
  }

  async #look(turn: JobTurn, template: string, by: readonly string[], keys: readonly Key[]): Promise<void> {
    const page = await turn.read({ kind: 'query', query: { template, filter: anyOf(by, keys), sort: [], limit: limits.pageRows.value } });
    if (page.kind !== 'page') throw new Error(`a query was answered with ${page.kind}`);
    for (const { id, values } of page.records) {
      const text = keyText(by.map((name) => values[name] ?? null));
      this.#ids.set(text, [...(this.#ids.get(text) ?? []), id]);
    }
  }
}

/** The same for the same key. */
export const keyText = (key: Key): string => JSON.stringify(key.map((value) => (value instanceof Decimal ? value.toFixed() : value)));

function anyOf(by: readonly string[], keys: readonly Key[]): Filter {
  const [only] = by;
  if (only !== undefined && by.length === 1) return { op: 'in', attribute: only, value: keys.map(([value = null]) => value) };
  return { op: 'or', of: keys.map((key) => ({ op: 'and', of: by.map((attribute, at) => ({ op: 'eq', attribute, value: key[at] ?? null })) })) };
}
