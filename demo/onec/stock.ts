/** An accumulation register: what came in and what went out, by its dimensions. */
import { conditionOf } from './filter.ts';
import type { Property } from './model.ts';
import { Refusal } from './refusal.ts';
import { type Row, textOf } from './row.ts';
import { closing, type Ending, type Movement, periodOf, type TotalsName, totalsOf, turnover } from './totals.ts';
import type { Computed, VirtualCall } from './virtual-call.ts';

const ownFields = new Set(['Recorder', 'Recorder_Type', 'Recorder_Key', 'Period', 'LineNumber', 'Active', 'RecordType']);

const endings: Readonly<Record<TotalsName, readonly Ending[]>> = {
  Balance: [{ name: 'Balance', value: closing }],
  Turnovers: [{ name: 'Turnover', value: turnover }, { name: 'Receipt', value: ({ receipt }) => receipt }, { name: 'Expense', value: ({ expense }) => expense }],
  BalanceAndTurnovers: [
    { name: 'OpeningBalance', value: ({ opening }) => opening },
    { name: 'Turnover', value: turnover }, { name: 'Receipt', value: ({ receipt }) => receipt }, { name: 'Expense', value: ({ expense }) => expense },
    { name: 'ClosingBalance', value: closing },
  ],
};

export function stockTotals(call: VirtualCall, name: TotalsName): Computed {
  const { role, base, quirks, argument } = call;
  const records = base.role(`${role.set}_RecordType`);
  if (records?.holder?.set !== role.set) throw new Refusal(21, name);
  const fields = [...records.shape.properties.values()].filter((property) => !ownFields.has(property.name));
  const resources = fields.filter(({ type }) => type === 'Edm.Double');
  const fits = conditionOf(argument('Condition'), records, base, quirks);
  return totalsOf({
    type: `${role.set}_${name}`, name, endings,
    dimensions: fields.filter(({ type }) => type !== 'Edm.Double'),
    resources: resources.map((resource) => resource.name),
    movements: movementsOf(base.rows(records.set), resources, fits),
    from: name === 'Balance' ? undefined : argument('StartPeriod'),
    to: argument(name === 'Balance' ? 'Period' : 'EndPeriod'),
    by: argument('Dimensions'),
  });
}

function* movementsOf(rows: Iterable<Row>, resources: readonly Property[], fits: (row: Row) => boolean): Generator<Movement> {
  for (const row of rows) {
    if (row['Active'] === false || !fits(row)) continue;
    yield { period: periodOf(row), incoming: row['RecordType'] !== 'Expense', of: row, amounts: new Map(resources.map(({ name }) => [name, textOf(row[name])])) };
  }
}
