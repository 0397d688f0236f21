/**
 * An accounting register with two accounts in a record. What a record is about besides its dimensions, the ext dimensions
 * (субконто), is not in the record itself: only virtual tables tell it, in numbered slots whose meaning depends on the account.
 */
import type { Base } from './base.ts';
import { conditionOf } from './filter.ts';
import type { Property, Shape } from './model.ts';
import { noiseOf } from './noise.ts';
import { Refusal } from './refusal.ts';
import { nothingType, type Row, rowsOf, textOf, zeroGuid } from './row.ts';
import type { SetRole } from './set-role.ts';
import type { VirtualCall } from './virtual-call.ts';

export const sides = ['Dr', 'Cr'] as const;
export type Side = (typeof sides)[number];
const slots = [1, 2, 3] as const;

/** A record with its ext dimensions beside the fields of the record. */
export interface Entry {
  record: Row;
  ext: Readonly<Record<Side, readonly ExtDimension[]>>;
}

interface ExtDimension {
  kind: string;
  type: string;
  value: string;
}

export class Ledger {
  readonly set: string;
  readonly records: SetRole;
  readonly #call: VirtualCall;
  readonly #base: Base;
  readonly #chart: string;
  readonly #targets: readonly string[];
  /** Fields of records that may be summed by: references but the accounts and those that each side has for itself. */
  readonly dimensions: readonly Property[];
  /** References that each side has for itself, by their common name: `Подразделение` of `ПодразделениеDr_Key`. */
  readonly sidedDimensions: readonly string[];
  /** Resources that both sides share. */
  readonly shared: readonly string[];
  /** Resources that each side has for itself, by their common name. */
  readonly sidedResources: readonly string[];

  constructor(call: VirtualCall) {
    const { role, base } = call;
    const records = base.role(`${role.set}_RecordType`);
    const chart = records?.shape.navigations.get('AccountDr')?.target;
    if (records?.holder?.set !== role.set || chart === undefined || !records.shape.properties.has('AccountCr_Key')) throw new Refusal(21, role.set);
    this.set = role.set;
    this.records = records;
    this.#call = call;
    this.#base = base;
    this.#chart = chart;
    this.#targets = [...base.roles.keys()].filter((set) => set.startsWith('Catalog_') && base.role(set)?.kind === 'object').slice(0, 3);
    const fields = [...records.shape.properties.values()];
    const guids = fields.filter(({ name, type }) => type === 'Edm.Guid' && !/^(Account[DC]r|Recorder)_Key$/.test(name));
    this.sidedDimensions = guids.flatMap(({ name }) => /^(.+)Dr_Key$/.exec(name)?.[1] ?? []);
    this.dimensions = guids.filter(({ name }) => !/[DC]r_Key$/.test(name));
    const resources = fields.filter(({ type }) => type === 'Edm.Double').map(({ name }) => name);
    this.sidedResources = resources.flatMap((name) => /^(.+)Dr$/.exec(name)?.[1] ?? []);
    this.shared = resources.filter((name) => !/[DC]r$/.test(name));
  }

  /** Active records of the period that fit the condition. */
  *entries(from: string | undefined, to: string | undefined): Generator<Entry> {
    const { quirks, argument } = this.#call;
    const fits = conditionOf(argument('Condition'), this.records, this.#base, quirks);
    for (const record of this.#base.rows(this.records.set)) {
      const period = textOf(record['Period']);
      if (record['Active'] === false || (from !== undefined && period < from) || (to !== undefined && period > to) || !fits(record)) continue;
      yield { record, ext: { Dr: this.#extOf(record, 'Dr'), Cr: this.#extOf(record, 'Cr') } };
    }
  }

  /** The condition on an account by an argument of this name: `Account_Key eq …`, `Account/Code eq …`. */
  accountFits(argument: string): (account: string) => boolean {
    const property: Property = { name: 'Account_Key', type: 'Edm.Guid', maxLength: undefined };
    const shape: Shape = { name: this.set, keys: [], properties: new Map([[property.name, property]]), navigations: new Map([['Account', { name: 'Account', target: this.#chart }]]) };
    const fits = conditionOf(this.#call.argument(argument), { ...this.#call.role, shape }, this.#base, this.#call.quirks);
    return (account) => fits({ Account_Key: account });
  }

  #extOf(record: Row, side: Side): ExtDimension[] {
    const account = this.#base.find(this.#chart, { Ref_Key: textOf(record[`Account${side}_Key`]) });
    return rowsOf(account?.['ExtDimensionTypes']).slice(0, slots.length).map((row, index) => this.#valueOf(textOf(row['ExtDimensionType_Key']), record, side, index));
  }

  /** The kind of an ext dimension decides the catalog of its values; some are left empty. */
  #valueOf(kind: string, record: Row, side: Side, index: number): ExtDimension {
    const type = this.#targets[noiseOf(kind, 1) % Math.max(1, this.#targets.length)];
    const noise = noiseOf(`${textOf(record['Recorder'])}${textOf(record['LineNumber'])}${side}`, index);
    const value = type === undefined || noise % 6 === 0 ? undefined : this.#base.keyAt(type, noise >>> 8);
    return value === undefined ? { kind, type: nothingType, value: '' } : { kind, type: `${this.#base.model.namespace}.${type}`, value };
  }
}

/** The slots as fields: `ExtDimensionDr1`, its type, and its kind; of one side without a suffix. */
export function extProperties(side: Side | ''): Property[] {
  return slots.flatMap((slot) => [
    { name: `ExtDimension${side}${slot}`, type: 'Edm.String', maxLength: undefined },
    { name: `ExtDimension${side}${slot}_Type`, type: 'Edm.String', maxLength: undefined },
    { name: `ExtDimensionType${side}${slot}_Key`, type: 'Edm.Guid', maxLength: undefined },
  ]);
}

export function extFields({ ext }: Entry, side: Side, suffix: Side | '' = side): Row {
  const row: Row = {};
  for (const slot of slots) {
    const found = ext[side][slot - 1];
    row[`ExtDimension${suffix}${slot}`] = found?.value ?? '';
    row[`ExtDimension${suffix}${slot}_Type`] = found?.type ?? nothingType;
    row[`ExtDimensionType${suffix}${slot}_Key`] = found?.kind ?? zeroGuid;
  }
  return row;
}
