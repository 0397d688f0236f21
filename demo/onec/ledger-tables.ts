/** The virtual tables of an accounting register. */
import { Decimal } from '../../src/core/decimal.ts';
import { type Entry, extFields, extProperties, Ledger, type Side, sides } from './ledger.ts';
import type { Property, Shape } from './model.ts';
import { numberOf, orderRows } from './reading.ts';
import { type Row, textOf } from './row.ts';
import { chosenDimensions, closing, type Ending, type Movement, periodOf, type Sums, type TotalsName, totalsOf, turnover } from './totals.ts';
import type { Computed, VirtualCall } from './virtual-call.ts';

const guid = (name: string): Property => ({ name, type: 'Edm.Guid', maxLength: undefined });
const text = (name: string): Property => ({ name, type: 'Edm.String', maxLength: undefined });
const double = (name: string): Property => ({ name, type: 'Edm.Double', maxLength: undefined });

/** A balance and its two halves: what is owed to us, what we owe. */
const balance = (name: string, value: (sums: Sums) => Decimal): Ending[] => [
  { name, value },
  { name: `${name}Dr`, value: (sums) => Decimal.max(value(sums), 0) },
  { name: `${name}Cr`, value: (sums) => Decimal.max(value(sums).negated(), 0) },
];
const turnovers: Ending[] = [{ name: 'Turnover', value: turnover }, { name: 'TurnoverDr', value: ({ receipt }) => receipt }, { name: 'TurnoverCr', value: ({ expense }) => expense }];
const endings: Readonly<Record<TotalsName, readonly Ending[]>> = {
  Balance: balance('Balance', closing),
  Turnovers: turnovers,
  BalanceAndTurnovers: [...balance('OpeningBalance', ({ opening }) => opening), ...turnovers, ...balance('ClosingBalance', closing)],
};

/** Sums by account: each record moves the accounts of both its sides. */
export function ledgerTotals(call: VirtualCall, name: TotalsName): Computed {
  const ledger = new Ledger(call);
  const { argument } = call;
  return totalsOf({
    type: `${ledger.set}_${name}`, name, endings,
    dimensions: [guid('Account_Key'), ...extProperties(''), ...ledger.dimensions, ...ledger.sidedDimensions.map((title) => guid(`${title}_Key`))],
    resources: [...ledger.shared, ...ledger.sidedResources],
    movements: movementsOf(ledger),
    from: name === 'Balance' ? undefined : argument('StartPeriod'),
    to: argument(name === 'Balance' ? 'Period' : 'EndPeriod'),
    by: argument('Dimensions'),
  });
}

function* movementsOf(ledger: Ledger): Generator<Movement> {
  const fits = ledger.accountFits('AccountCondition');
  for (const entry of ledger.entries(undefined, undefined)) {
    for (const side of sides) {
      const account = textOf(entry.record[`Account${side}_Key`]);
      if (fits(account)) yield { period: periodOf(entry.record), incoming: side === 'Dr', of: ofSide(ledger, entry, side, account), amounts: amountsOf(ledger, entry.record, side) };
    }
  }
}

function ofSide(ledger: Ledger, entry: Entry, side: Side, account: string): Row {
  const own = ledger.sidedDimensions.map((title) => [`${title}_Key`, entry.record[`${title}${side}_Key`] ?? '']);
  return { ...entry.record, ...extFields(entry, side, ''), ...Object.fromEntries(own), Account_Key: account };
}

const amountsOf = (ledger: Ledger, record: Row, side: Side): ReadonlyMap<string, string> => new Map([
  ...ledger.shared.map((name) => [name, textOf(record[name])] as const),
  ...ledger.sidedResources.map((title) => [title, textOf(record[`${title}${side}`])] as const),
]);

/** What moved between each two accounts. */
export function turnoversBetween(call: VirtualCall): Computed {
  const ledger = new Ledger(call);
  const { argument } = call;
  const [debited, credited] = [ledger.accountFits('AccountCondition'), ledger.accountFits('BalancedAccountCondition')];
  const all = [guid('AccountDr_Key'), ...extProperties('Dr'), guid('AccountCr_Key'), ...extProperties('Cr'), ...ledger.dimensions, ...ledger.sidedDimensions.flatMap((title) => sides.map((side) => guid(`${title}${side}_Key`)))];
  const by = chosenDimensions(all, argument('Dimensions'));
  const columns = [...ledger.shared.map((name) => [name, `${name}Turnover`] as const), ...ledger.sidedResources.flatMap((title) => sides.map((side) => [`${title}${side}`, `${title}Turnover${side}`] as const))];
  const groups = new Map<string, { of: Row; sums: Map<string, Decimal> }>();
  for (const entry of ledger.entries(argument('StartPeriod'), argument('EndPeriod'))) {
    if (!debited(textOf(entry.record['AccountDr_Key'])) || !credited(textOf(entry.record['AccountCr_Key']))) continue;
    const of: Row = { ...entry.record, ...extFields(entry, 'Dr'), ...extFields(entry, 'Cr') };
    const key = JSON.stringify(by.map(({ name }) => of[name]));
    const group = groups.get(key) ?? { of, sums: new Map<string, Decimal>() };
    groups.set(key, group);
    for (const [field, title] of columns) group.sums.set(title, (group.sums.get(title) ?? new Decimal(0)).plus(textOf(entry.record[field]) || '0'));
  }
  const rows = [...groups.values()].map(({ of, sums }): Row => ({
    ...Object.fromEntries(by.map(({ name }) => [name, of[name] ?? ''])),
    ...Object.fromEntries([...sums].map(([title, sum]) => [title, sum.toFixed()])),
  }));
  return { shape: shapeOf(ledger, 'DrCrTurnovers', [...by, ...columns.map(([, title]) => double(title))]), rows };
}

/** Each ext dimension of each record, a row of its own. */
export function extDimensions(call: VirtualCall): Computed {
  const ledger = new Ledger(call);
  const rows: Row[] = [];
  for (const { record, ext } of ledger.entries(undefined, undefined)) {
    for (const side of sides) {
      for (const { kind, type, value } of ext[side]) rows.push({ ...placeOf(record), RecordType: side === 'Dr' ? 'Debit' : 'Credit', Kind_Key: kind, Value: value, Value_Type: type });
    }
  }
  return { shape: shapeOf(ledger, 'ExtDimensions', [...place, text('RecordType'), guid('Kind_Key'), text('Value'), text('Value_Type')]), rows };
}

/** The records with their ext dimensions in slots. `Top` counts rows, and so may cut a record set in its middle. */
export function recordsWithExtDimensions(call: VirtualCall): Computed {
  const ledger = new Ledger(call);
  const { argument } = call;
  const rows = [...ledger.entries(argument('StartPeriod'), argument('EndPeriod'))].map((entry): Row => ({ ...entry.record, ...extFields(entry, 'Dr'), ...extFields(entry, 'Cr'), PointInTime: periodOf(entry.record) }));
  const fields = [...ledger.records.shape.properties.values()].filter(({ name }) => !place.some((known) => known.name === name));
  const shape = shapeOf(ledger, 'RecordsWithExtDimensions', [...place, ...fields, ...extProperties('Dr'), ...extProperties('Cr'), { ...text('PointInTime'), type: 'Edm.DateTime' }]);
  return { shape, rows: orderRows(rows, argument('Order'), { ...call.role, shape, kind: 'keyed' }, call.base).slice(0, numberOf(argument('Top'), 'Top', Infinity)) };
}

const place: readonly Property[] = [{ ...text('Period'), type: 'Edm.DateTime' }, text('Recorder'), text('Recorder_Type'), { ...text('LineNumber'), type: 'Edm.Int64' }];
const placeOf = (record: Row): Row => Object.fromEntries(place.map(({ name }) => [name, record[name] ?? '']));

const shapeOf = (ledger: Ledger, name: string, properties: readonly Property[]): Shape =>
  ({ name: `${ledger.set}_${name}`, keys: [], properties: new Map(properties.map((property) => [property.name, property])), navigations: new Map() });
