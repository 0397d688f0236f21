/** Balance, Turnovers and both of an accumulation register: sums of its records by their dimensions. */
import { Decimal } from '../../src/core/decimal.ts';
import type { Base } from './base.ts';
import { conditionOf } from './filter.ts';
import type { Property, Shape } from './model.ts';
import type { Quirks } from './quirks.ts';
import { Refusal } from './refusal.ts';
import { type Row, textOf } from './row.ts';
import type { SetRole } from './set-role.ts';

export interface TotalsRequest {
  role: SetRole;
  base: Base;
  quirks: Quirks;
  name: 'Balance' | 'Turnovers' | 'BalanceAndTurnovers';
  from: string | undefined;
  to: string | undefined;
  /** A filter over the records' fields. */
  condition: string | undefined;
}

interface Sums {
  receipt: Decimal;
  expense: Decimal;
  /** Of what came before the period. */
  opening: Decimal;
}

const ownFields = new Set(['Recorder', 'Recorder_Type', 'Recorder_Key', 'Period', 'LineNumber', 'Active', 'RecordType']);

export function totalsOf({ role, base, quirks, name, from, to, condition }: TotalsRequest): { shape: Shape; rows: Row[] } {
  const records = base.role(`${role.set}_RecordType`);
  if (records?.holder?.set !== role.set) throw new Refusal(21, name);
  const fields = [...records.shape.properties.values()].filter((property) => !ownFields.has(property.name));
  const resources = fields.filter(({ type }) => type === 'Edm.Double');
  const dimensions = fields.filter(({ type }) => type !== 'Edm.Double');
  const fits = conditionOf(condition, records, base, quirks);
  const groups = new Map<string, { row: Row; sums: Sums[] }>();
  for (const row of base.rows(records.set)) {
    const at = textOf(row['Period']);
    const before = from !== undefined && at < from;
    if (row['Active'] === false || (before && name !== 'BalanceAndTurnovers') || (to !== undefined && at > to) || !fits(row)) continue;
    const key = JSON.stringify(dimensions.map((dimension) => row[dimension.name]));
    const group = groups.get(key) ?? { row, sums: resources.map(() => ({ receipt: new Decimal(0), expense: new Decimal(0), opening: new Decimal(0) })) };
    groups.set(key, group);
    for (const [index, sums] of group.sums.entries()) {
      const side = row['RecordType'] === 'Expense' ? 'expense' : 'receipt';
      const amount = new Decimal(textOf(row[resources[index]?.name ?? '']) || '0');
      if (before) sums.opening = side === 'receipt' ? sums.opening.plus(amount) : sums.opening.minus(amount);
      else sums[side] = sums[side].plus(amount);
    }
  }
  const shown = resources.flatMap(({ name: resource }) => ends[name].map((end): Property => ({ name: `${resource}${end}`, type: 'Edm.Double', maxLength: undefined })));
  const properties = new Map([...dimensions, ...shown].map((property) => [property.name, property]));
  const rows = [...groups.values()].map(({ row, sums }) => totalRow(name, row, dimensions, resources, sums));
  return { shape: { name: `${role.set}_${name}`, keys: [], properties, navigations: new Map() }, rows };
}

type End = 'Balance' | 'OpeningBalance' | 'Turnover' | 'Receipt' | 'Expense' | 'ClosingBalance';

const ends: Readonly<Record<TotalsRequest['name'], readonly End[]>> = {
  Balance: ['Balance'],
  Turnovers: ['Turnover', 'Receipt', 'Expense'],
  BalanceAndTurnovers: ['OpeningBalance', 'Turnover', 'Receipt', 'Expense', 'ClosingBalance'],
};

function endOf(end: End, { receipt, expense, opening }: Sums): Decimal {
  switch (end) {
    case 'Receipt': return receipt;
    case 'Expense': return expense;
    case 'OpeningBalance': return opening;
    case 'ClosingBalance': return opening.plus(receipt).minus(expense);
    default: return receipt.minus(expense);
  }
}

function totalRow(name: TotalsRequest['name'], row: Row, dimensions: readonly Property[], resources: readonly Property[], sums: readonly Sums[]): Row {
  const total: Row = Object.fromEntries(dimensions.map((dimension) => [dimension.name, row[dimension.name] ?? '']));
  for (const [index, sum] of sums.entries()) {
    const resource = resources[index]?.name ?? '';
    for (const end of ends[name]) total[`${resource}${end}`] = endOf(end, sum).toFixed();
  }
  return total;
}
