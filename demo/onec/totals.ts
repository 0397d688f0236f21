/** Balance, Turnovers and both: sums of what moved, by its dimensions. What moved is told by stock.ts and ledger.ts. */
import { Decimal } from '../../src/core/decimal.ts';
import type { Property, Shape } from './model.ts';
import { Refusal } from './refusal.ts';
import { type Row, textOf } from './row.ts';

export type TotalsName = 'Balance' | 'Turnovers' | 'BalanceAndTurnovers';

/** Something that moved in or out. */
export interface Movement {
  period: string;
  incoming: boolean;
  /** Values of the dimensions. */
  of: Row;
  /** By resource; a resource that is not in it did not move. */
  amounts: ReadonlyMap<string, string>;
}

export interface TotalsRequest {
  /** Name of the type of the rows. */
  type: string;
  name: TotalsName;
  dimensions: readonly Property[];
  resources: readonly string[];
  movements: Iterable<Movement>;
  from: string | undefined;
  to: string | undefined;
  /** Names of the dimensions to sum by, separated by commas; all of them unless told. */
  by: string | undefined;
  /** How the sums of a resource are called. */
  endings: Readonly<Record<TotalsName, readonly Ending[]>>;
}

export interface Sums {
  receipt: Decimal;
  expense: Decimal;
  /** Of what came before the period. */
  opening: Decimal;
}

export interface Ending {
  name: string;
  value: (sums: Sums) => Decimal;
}

export function totalsOf(request: TotalsRequest): { shape: Shape; rows: Row[] } {
  const { type, name, resources, from, to, endings } = request;
  const dimensions = chosenDimensions(request.dimensions, request.by);
  const groups = new Map<string, { of: Row; sums: Map<string, Sums> }>();
  for (const { period, incoming, of, amounts } of request.movements) {
    const before = from !== undefined && period < from;
    if ((before && name !== 'BalanceAndTurnovers') || (to !== undefined && period > to)) continue;
    const key = JSON.stringify(dimensions.map((dimension) => of[dimension.name]));
    const group = groups.get(key) ?? { of, sums: new Map(resources.map((resource) => [resource, noSums()])) };
    groups.set(key, group);
    for (const [resource, amount] of amounts) add(group.sums.get(resource), new Decimal(amount || '0'), incoming, before);
  }
  const columns = resources.flatMap((resource) => endings[name].map((ending) => ({ resource, ending, title: `${resource}${ending.name}` })));
  const shown = columns.map(({ title }): Property => ({ name: title, type: 'Edm.Double', maxLength: undefined }));
  const rows = [...groups.values()].map(({ of, sums }): Row => ({
    ...Object.fromEntries(dimensions.map((dimension) => [dimension.name, of[dimension.name] ?? ''])),
    ...Object.fromEntries(columns.map(({ resource, ending, title }) => [title, ending.value(sums.get(resource) ?? noSums()).toFixed()])),
  }));
  return { shape: { name: type, keys: [], properties: new Map([...dimensions, ...shown].map((property) => [property.name, property])), navigations: new Map() }, rows };
}

/** A dimension goes by the name of its field, or without the `_Key` of a reference; a composite one takes its type along. */
export function chosenDimensions(dimensions: readonly Property[], by: string | undefined): readonly Property[] {
  if (by === undefined || by.trim() === '') return dimensions;
  const names = by.split(',').map((name) => name.trim());
  const isOf = ({ name }: Property, wanted: string): boolean => [wanted, `${wanted}_Key`, `${wanted}_Type`].includes(name);
  const unknown = names.find((wanted) => !dimensions.some((dimension) => isOf(dimension, wanted)));
  if (unknown !== undefined) throw new Refusal(10, unknown);
  return dimensions.filter((dimension) => names.some((wanted) => isOf(dimension, wanted)));
}

const noSums = (): Sums => ({ receipt: new Decimal(0), expense: new Decimal(0), opening: new Decimal(0) });

function add(sums: Sums | undefined, amount: Decimal, incoming: boolean, before: boolean): void {
  if (!sums) return;
  if (before) sums.opening = incoming ? sums.opening.plus(amount) : sums.opening.minus(amount);
  else if (incoming) sums.receipt = sums.receipt.plus(amount);
  else sums.expense = sums.expense.plus(amount);
}

export const closing = ({ opening, receipt, expense }: Sums): Decimal => opening.plus(receipt).minus(expense);
export const turnover = ({ receipt, expense }: Sums): Decimal => receipt.minus(expense);

/** The period of a record, for those who look at records one by one. */
export const periodOf = (row: Row): string => textOf(row['Period']);
