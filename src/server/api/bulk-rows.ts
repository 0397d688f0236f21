/** Rows of a bulk call as writes; what is wrong with a row by itself is known before anything is tried. */
import { randomUUID } from 'node:crypto';
import { failure, type Failure, type FailureData } from '../../core/failure.ts';
import { checkValues, recordIdOf } from '../../core/record-values.ts';
import { shown } from '../../core/scalar.ts';
import type { DirectWrite } from '../../core/scenario/machine-port.ts';
import { keyName } from '../../core/scenario/record-search.ts';
import { attributeNamed, nearestAttribute } from '../../core/template-catalogue.ts';
import type { Template } from '../../core/template.ts';
import type { Value, ValueObject } from '../../core/value.ts';

export interface BulkRows {
  writes: readonly DirectWrite[];
  refused: ReadonlyMap<number, FailureData>;
}

export const createdRows = (template: Template, rows: readonly ValueObject[]): BulkRows => ({
  writes: rows.map((values) => ({ op: 'create', template: template.name, id: randomUUID(), values })),
  refused: new Map(),
});

/** Throws for a key that the template does not have. */
export function upsertedRows(template: Template, by: readonly string[], rows: readonly ValueObject[], placeOf: PlaceOf = placeOfRow): BulkRows {
  assertKey(template, by);
  const repeats = new Repeats(placeOf);
  const writes = rows.map((row, index): DirectWrite => {
    const key = keyIn(by, row);
    const record = recordNamed(template, key);
    if (record !== null) repeats.note(index, record, by.map((name) => `${name} = ${shown(key[name])}`).join(', '));
    // A key with a hole is refused by the write itself.
    return { op: 'upsert', template: template.name, id: randomUUID(), by: key, values: members(Object.entries(row).filter(([name]) => !by.includes(name))) };
  });
  return { writes, refused: repeats.refused };
}

/** Throws for attributes that the template does not have. */
export function assertKey(template: Template, by: readonly string[]): void {
  for (const name of by) {
    if (attributeNamed(template, name) === undefined) throw failure('query.unknownAttribute', { template: template.name, attribute: name.slice(0, 80), nearest: nearestAttribute(template, name) });
  }
}

const keyIn = (by: readonly string[], row: ValueObject): ValueObject => members(by.map((name) => [name, Object.hasOwn(row, name) ? (row[name] ?? null) : null]));

/** The same for rows that name the same record; null when the key is not one. */
export const keyOfRow = (template: Template, by: readonly string[], row: ValueObject): string | null => recordNamed(template, keyIn(by, row));

function recordNamed(template: Template, key: ValueObject): string | null {
  const { scalars, problems } = checkValues(template, key, 'update');
  return problems.length > 0 ? null : keyName(template, scalars);
}

/** Each row names its record by `id`, and by `_version` the state that it is to change. */
export function changedRows(template: Template, rows: readonly ValueObject[]): BulkRows {
  const repeats = new Repeats(placeOfRow);
  const writes = rows.map((row, index): DirectWrite => {
    const { id: given, _version: version } = row;
    const id = typeof given === 'string' ? recordIdOf(given) : undefined;
    if (id === undefined) repeats.refuse(index, wrong('id', 'record id', given));
    else repeats.note(index, id, id);
    if (version !== undefined && !Number.isSafeInteger(version)) repeats.refuse(index, wrong('_version', 'integer', version));
    const values = members(Object.entries(row).filter(([name]) => name !== 'id' && name !== '_version'));
    return { op: 'update', template: template.name, id: id ?? '', version: typeof version === 'number' ? version : null, values };
  });
  return { writes, refused: repeats.refused };
}

const wrong = (attribute: string, expected: string, got: Value | undefined): Failure => failure('record.wrongType', { attribute, expected, got: got === undefined ? '–' : shown(got) });

/** Without a prototype: any name may be a key. */
const members = (entries: readonly (readonly [string, Value])[]): ValueObject => Object.assign(Object.create(null) as Record<string, Value>, Object.fromEntries(entries));

/** How a person finds a row. */
type PlaceOf = (index: number) => string;

const placeOfRow: PlaceOf = (index) => `rows[${index}]`;

class Repeats {
  readonly #placeOf: PlaceOf;
  readonly refused = new Map<number, FailureData>();
  readonly #first = new Map<string, number>();

  constructor(placeOf: PlaceOf) {
    this.#placeOf = placeOf;
  }

  /** A row whose record was named by an earlier one is refused. */
  note(index: number, name: string, key: string): void {
    const first = this.#first.get(name);
    if (first === undefined) this.#first.set(name, index);
    else this.refuse(index, failure('bulk.keyTwice', { key: key.slice(0, 200), first: this.#placeOf(first) }));
  }

  refuse(index: number, reason: Failure): void {
    this.refused.set(index, reason.toData());
  }
}
