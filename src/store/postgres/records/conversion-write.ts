/** Writes converted values. Rows are locked in the order of their ids, as every commit does. */
import type { ConversionWrite } from '../../../core/conversion-write.ts';
import { Decimal } from '../../../core/decimal.ts';
import type { Scalar } from '../../../core/template.ts';
import type { Statement } from '../statement.ts';
import { boundScalar } from './bound-scalar.ts';
import { columnOf, table } from './physical-names.ts';
import { columnType } from './table-shape.ts';

export function conversionStatements({ template, records, columns }: ConversionWrite): readonly Statement[] {
  if (records.length === 0) return [];
  const sets = columns.map(({ attribute, type }, index) => `${columnOf(attribute)} = w.v${index}::${columnType(type)}`);
  const values: Statement = {
    text: `UPDATE ${table(template)} AS r SET ${sets.join(', ')}
           FROM unnest($1::uuid[], ${columns.map((_, index) => `$${index + 2}::text[]`).join(', ')}) AS w(id, ${columns.map((_, index) => `v${index}`).join(', ')}) WHERE r.id = w.id`,
    values: [records, ...columns.map((column) => column.values.map((value) => textOf(boundScalar(column.type, value))))],
    about: { template },
  };
  const traded = columns.filter(({ unique }) => unique).map(({ attribute }) => `${columnOf(attribute)} = NULL`);
  if (traded.length === 0) return [values];
  return [{ text: `UPDATE ${table(template)} SET ${traded.join(', ')} WHERE id = ANY ($1::uuid[])`, values: [records], about: { template } }, values];
}

function textOf(value: Scalar): string | null {
  if (value === null) return null;
  return value instanceof Decimal ? value.toFixed() : String(value);
}
