/** Values of many rows as lists, one a column: the table `w` of a statement that writes them together. */
import type { Attribute } from '../../../core/template.ts';
import { textArray } from '../text-array.ts';
import { columnType } from './table-shape.ts';

type Text = string | boolean | number | null;

export class ValueLists {
  readonly #lists: Buffer[] = [];
  readonly #before: readonly unknown[];

  /** `before`: parameters that are the same for all rows, from `$1` on. */
  constructor(before: readonly unknown[]) {
    this.#before = before;
  }

  /** An expression for the row's value. */
  add(values: readonly Text[], type: string): string {
    this.#lists.push(textArray(values));
    const column = `w.c${this.#lists.length}`;
    return type === 'text' ? column : `${column}::${type}`;
  }

  get values(): readonly unknown[] {
    return [...this.#before, ...this.#lists];
  }

  /** To stand behind FROM. */
  get from(): string {
    const parameters = this.#lists.map((_, index) => `$${this.#before.length + index + 1}::text[]`).join(', ');
    return `unnest(${parameters}) AS w(${this.#lists.map((_, index) => `c${index + 1}`).join(', ')})`;
  }
}

export const typeOfColumn = (attribute: Attribute): string => (attribute.kind === 'scalar' ? columnType(attribute.type) : 'uuid');
