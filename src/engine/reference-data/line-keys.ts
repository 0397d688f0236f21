/** Which record each key of the files is: one that is there, or one that is to be made. Keys stand in memory, values do not. */
import type { Problem } from '../../core/failure.ts';
import type { Carried } from '../../core/reference-data/carried.ts';
import { keyText, type RecordLine } from '../../core/reference-data/record-line.ts';
import type { RecordReader } from '../../core/reference-data/record-transfer.ts';
import type { Filter } from '../../core/query.ts';
import type { Scalar, ScalarAttribute, Template, TemplateCatalogue } from '../../core/template.ts';
import { limits } from '../../core/limits.ts';

export interface Entry {
  id: string;
  /** It was not there when the files were read first. */
  isNew: boolean;
  /** It is there by now. */
  isThere: boolean;
  line: number;
}

interface Known {
  entries: Map<string, Entry>;
  skipped: number;
}

export class LineKeys {
  readonly #context: { stored: TemplateCatalogue; readonly newId: () => string };
  readonly #byTemplate = new Map<string, Known>();

  constructor(context: { stored: TemplateCatalogue; readonly newId: () => string }) {
    this.#context = context;
  }

  /** A line is either known by its key, counted as one without, or a problem. */
  add({ template, key: attribute }: Carried, line: number, { key, problems }: RecordLine): readonly Problem[] {
    const known = this.#of(template);
    if (key === null) {
      if (!problems.some(({ path }) => path === attribute.name)) known.skipped += 1;
      return problems.filter(({ path }) => path === attribute.name);
    }
    const text = keyText(key);
    const first = known.entries.get(text);
    if (first !== undefined) return [{ path: attribute.name, code: 'reference.repeatedKey', parameters: { key: text.slice(0, 80), other: first.line } }];
    known.entries.set(text, { id: this.#context.newId(), isNew: true, isThere: false, line });
    return [];
  }

  /** Finds out which of the keys are there already. */
  async find({ template, key: attribute }: Carried, keys: readonly Scalar[], reader: RecordReader): Promise<void> {
    const { entries } = this.#of(template);
    for (const [text, id] of await this.idsOf(template, attribute, keys, reader)) {
      const entry = entries.get(text);
      if (entry !== undefined) Object.assign(entry, { id, isNew: false, isThere: true });
    }
  }

  /** Undefined for a line without a key, or one whose key another line has. */
  entryOf({ template }: Carried, key: Scalar, line: number): Entry | undefined {
    const entry = key === null ? undefined : this.#of(template).entries.get(keyText(key));
    return entry?.line === line ? entry : undefined;
  }

  /** Of a record that comes along. */
  comes(template: Template, key: string): Entry | undefined {
    return this.#byTemplate.get(template.id)?.entries.get(key);
  }

  countsOf({ template }: Carried): { skipped: number; known: number } {
    const { entries, skipped } = this.#of(template);
    return { skipped, known: [...entries.values()].filter(({ isNew }) => !isNew).length };
  }

  /** Records with a key, as they are stored. */
  async countStored({ template, key }: Carried, reader: RecordReader): Promise<number> {
    const stored = this.#storedKey(template, key);
    if (stored === undefined) return 0;
    const page = await reader.read({ kind: 'query', query: { template: template.id, filter: { op: 'isNotNull', attribute: stored.name }, sort: [], limit: 1, count: true } });
    return page.kind === 'page' ? (page.count ?? 0) : 0;
  }

  /** By the text of the key; of those that are there. */
  async idsOf(template: Template, key: ScalarAttribute, keys: readonly Scalar[], reader: RecordReader): Promise<ReadonlyMap<string, string>> {
    const stored = this.#storedKey(template, key);
    const found = new Map<string, string>();
    if (stored === undefined) return found;
    const wanted = keys.filter((one) => one !== null);
    for (let from = 0; from < wanted.length; from += limits.pageRows.value) {
      const filter: Filter = { op: 'in', attribute: stored.name, value: wanted.slice(from, from + limits.pageRows.value) };
      const page = await reader.read({ kind: 'query', query: { template: template.id, filter, sort: [], limit: limits.pageRows.value } });
      if (page.kind === 'page') for (const record of page.records) found.set(keyText(record.values[stored.name] ?? null), record.id);
    }
    return found;
  }

  /** The key as the table has it now; undefined while there is no table, or when the key is another attribute there. */
  #storedKey(template: Template, key: ScalarAttribute): ScalarAttribute | undefined {
    const found = this.#context.stored.byId(template.id)?.attributes.find(({ id }) => id === key.id);
    return found?.kind === 'scalar' ? found : undefined;
  }

  #of({ id }: Template): Known {
    const known = this.#byTemplate.get(id) ?? { entries: new Map<string, Entry>(), skipped: 0 };
    this.#byTemplate.set(id, known);
    return known;
  }
}
