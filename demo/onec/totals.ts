/** Balance and Turnovers of an accumulation register: sums of its records by their dimensions. */
import { Decimal } from '../../src/core/decimal.ts';
import type { Base } from './base.ts';
import { filterOf } from './filter.ts';
import type { Property, Shape } from './model.ts';
import type { Quirks } from './quirks.ts';
import { Refusal } from './refusal.ts';
import { type Row, textOf } from './row.ts';
import type { SetRole } from './set-role.ts';

export interface TotalsRequest {
  role: SetRole;
  base: Base;
  quirks: Quirks;
  name: 'Balance' | 'Turnovers';
  from: string | undefined;
  to: string | undefined;
  /** A filter over the records' fields. */
  condition: string | undefined;
}

interface Sums {
  receipt: Decimal;
  expense: Decimal;
}

const ownFields = new Set(['Recorder', 'Recorder_Type', 'Recorder_Key', 'Period', 'LineNumber', 'Active', 'RecordType']);

export function totalsOf({ role, base, quirks, name, from, to, condition }: TotalsRequest): { shape: Shape; rows: Row[] } {
  const records = base.role(`${role.set}_RecordType`);
  if (records?.holder?.set !== role.set) throw new Refusal(21, name);
  const fields = [...records.shape.properties.values()].filter((property) => !ownFields.has(property.name));
  const resources = fields.filter(({ type }) => type === 'Edm.Double');
  const dimensions = fields.filter(({ type }) => type !== 'Edm.Double');
  const fits = condition === undefined || condition.trim() === '' ? () => true : filterOf(condition, records, base, quirks);
  const groups = new Map<string, { row: Row; sums: Sums[] }>();
  for (const row of base.rows(records.set)) {
    const at = textOf(row['Period']);
    if (row['Active'] === false || (from !== undefined && at < from) || (to !== undefined && at > to) || !fits(row)) continue;
    const key = JSON.stringify(dimensions.map((dimension) => row[dimension.name]));
    const group = groups.get(key) ?? { row, sums: resources.map(() => ({ receipt: new Decimal(0), expense: new Decimal(0) })) };
    groups.set(key, group);
    for (const [index, sums] of group.sums.entries()) {
      const side = row['RecordType'] === 'Expense' ? 'expense' : 'receipt';
      sums[side] = sums[side].plus(textOf(row[resources[index]?.name ?? '']) || '0');
    }
  }
  const shown = resources.flatMap(({ name: resource }) => endsOf(name).map((end): Property => ({ name: `${resource}${end}`, type: 'Edm.Double', maxLength: undefined })));
  const properties = new Map([...dimensions, ...shown].map((property) => [property.name, property]));
  const rows = [...groups.values()].map(({ row, sums }) => totalRow(name, row, dimensions, resources, sums));
  return { shape: { name: `${role.set}_${name}`, keys: [], properties, navigations: new Map() }, rows };
}

const endsOf = (name: TotalsRequest['name']): string[] => (name === 'Balance' ? ['Balance'] : ['Turnover', 'Receipt', 'Expense']);

function totalRow(name: TotalsRequest['name'], row: Row, dimensions: readonly Property[], resources: readonly Property[], sums: readonly Sums[]): Row {
  const total: Row = Object.fromEntries(dimensions.map((dimension) => [dimension.name, row[dimension.name] ?? '']));
  for (const [index, { receipt, expense }] of sums.entries()) {
    const resource = resources[index]?.name ?? '';
    for (const end of endsOf(name)) total[`${resource}${end}`] = (end === 'Receipt' ? receipt : end === 'Expense' ? expense : receipt.minus(expense)).toFixed();
  }
  return total;
}
