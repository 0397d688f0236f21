/** SliceLast and SliceFirst of a periodic register: for each set of dimensions the record nearest to a moment. */
import type { Base } from './base.ts';
import { conditionOf } from './filter.ts';
import type { Quirks } from './quirks.ts';
import { Refusal } from './refusal.ts';
import { type Row, textOf } from './row.ts';
import type { SetRole } from './set-role.ts';

export interface SliceRequest {
  role: SetRole;
  base: Base;
  quirks: Quirks;
  last: boolean;
  period: string | undefined;
  /** A filter over the register's fields. */
  condition: string | undefined;
}

export function sliceOf({ role, base, quirks, last, period, condition }: SliceRequest): Row[] {
  if (!role.shape.properties.has('Period')) throw new Refusal(11, 'Period');
  const dimensions = role.shape.keys.filter((name) => name !== 'Period');
  const fits = conditionOf(condition, role, base, quirks);
  const nearest = new Map<string, Row>();
  for (const row of base.rows(role.set)) {
    const at = textOf(row['Period']);
    if ((period !== undefined && (last ? at > period : at < period)) || !fits(row)) continue;
    const name = dimensions.map((dimension) => textOf(row[dimension])).join('|');
    const known = nearest.get(name);
    if (!known || (last ? at > textOf(known['Period']) : at < textOf(known['Period']))) nearest.set(name, row);
  }
  return [...nearest.values()];
}
