/** Virtual tables: functions of a register's set, computed whole whatever part of them is asked for. */
import { extDimensions, ledgerTotals, recordsWithExtDimensions, turnoversBetween } from './ledger-tables.ts';
import { literalText, readArguments } from './key.ts';
import type { BoundFunction, Model } from './model.ts';
import { Refusal } from './refusal.ts';
import type { SetRole } from './set-role.ts';
import { sliceOf } from './slice.ts';
import { stockTotals } from './stock.ts';
import type { Computed, VirtualCall } from './virtual-call.ts';

export const functionOf = (model: Model, { set, shape }: SetRole, name: string): BoundFunction | undefined =>
  model.functions.find((known) => known.name === name && (known.binding === set || known.binding === shape.name));

/** Arguments stand in brackets or in the query. One that the function does not have is not implemented. */
export function readCall({ name, parameters }: BoundFunction, inside: string | undefined, query: ReadonlyMap<string, string>): VirtualCall['argument'] {
  const given = readArguments(inside ?? '');
  const unknown = [...given.keys()].find((argument) => !parameters.includes(argument));
  if (unknown !== undefined) throw new Refusal(21, `${name}: ${unknown}`, 501);
  return (argument) => {
    const literal = given.get(argument) ?? query.get(argument);
    return literal === undefined ? undefined : literalText(literal);
  };
}

export function computeTable(call: VirtualCall, name: string): Computed {
  const { role, argument } = call;
  const ledger = role.set.startsWith('AccountingRegister_');
  switch (name) {
    case 'SliceLast': case 'SliceFirst': return { shape: role.shape, rows: sliceOf({ ...call, last: name === 'SliceLast', period: argument('Period'), condition: argument('Condition') }) };
    case 'Balance': case 'Turnovers': case 'BalanceAndTurnovers': return ledger ? ledgerTotals(call, name) : stockTotals(call, name);
    case 'DrCrTurnovers': return turnoversBetween(call);
    case 'ExtDimensions': return extDimensions(call);
    case 'RecordsWithExtDimensions': return recordsWithExtDimensions(call);
    default: throw new Refusal(21, name);
  }
}

