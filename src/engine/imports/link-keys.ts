/** Records that the cells of a set name by a key, looked up at once for each column. */
import { failure } from '../../core/failure.ts';
import type { ImportColumn } from '../../core/import/import-plan.ts';
import { limits } from '../../core/limits.ts';
import { attributeNamed } from '../../core/template-catalogue.ts';
import type { Template } from '../../core/template.ts';
import type { JobTurn } from '../jobs/kind.ts';
import type { TableRow } from './table-rows.ts';

export class LinkKeys {
  /** Ids by column and key. */
  readonly #found = new Map<string, readonly string[]>();

  static async load(turn: JobTurn, template: Template, columns: readonly (ImportColumn | null)[], rows: readonly TableRow[]): Promise<LinkKeys> {
    const keys = new LinkKeys();
    for (const [index, column] of columns.entries()) {
      if (column === null || column.key === null) continue;
      const cells = new Set(rows.map(({ cells: all }) => (all[index] ?? '').trim()).filter((cell) => cell !== ''));
      if (cells.size > 0) await keys.#look(turn, template, { ...column, key: column.key }, [...cells]);
    }
    return keys;
  }

  /** Throws `import.linkMissing`, `import.linkAmbiguous`. */
  idOf({ header, attribute }: ImportColumn, cell: string): string | null {
    const key = cell.trim();
    if (key === '') return null;
    const [id, ...others] = this.#found.get(nameOf(attribute, key)) ?? [];
    if (id === undefined) throw failure('import.linkMissing', { column: header, key: key.slice(0, 80) });
    if (others.length > 0) throw failure('import.linkAmbiguous', { column: header, key: key.slice(0, 80) });
    return id;
  }

  async #look(turn: JobTurn, template: Template, { attribute, key }: ImportColumn & { key: string }, cells: readonly string[]): Promise<void> {
    const link = attributeNamed(template, attribute);
    if (link?.kind !== 'link') return;
    const page = await turn.read({ kind: 'query', query: { template: link.target, filter: { op: 'in', attribute: key, value: cells }, sort: [], limit: limits.pageRows.value } });
    if (page.kind !== 'page') throw new Error(`a query was answered with ${page.kind}`);
    for (const { id, values } of page.records) {
      const name = nameOf(attribute, String(values[key] ?? ''));
      this.#found.set(name, [...(this.#found.get(name) ?? []), id]);
    }
  }
}

const nameOf = (attribute: string, key: string): string => `${attribute}\n${key}`;
