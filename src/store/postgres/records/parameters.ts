/** Collects the bound values of a statement while its text is written. */
import { Decimal } from '../../../core/decimal.ts';
import type { Scalar } from '../../../core/template.ts';

export class Parameters {
  readonly values: unknown[] = [];

  /** Its place in the text, like `$3`. */
  add(value: Scalar | number): string {
    this.values.push(boundValue(value));
    return `$${this.values.length}`;
  }

  addList(values: readonly Scalar[]): string {
    this.values.push(values.map(boundValue));
    return `$${this.values.length}`;
  }
}

const boundValue = (value: Scalar | number): string | number | boolean | null => (value instanceof Decimal ? value.toFixed() : value);
