/**
 * The dates and the emptiness of 1C as messages have them. 1C keeps the wall clock of its server, and has no nothing:
 * the first second of the year 1 and a reference of zeros stand for it. Pure.
 */
import { Temporal } from 'temporal-polyfill';
import { failure, isObject, setMember, type Value, type ValueObject } from '../../sdk/index.ts';
import type { Dialect, EdmModel, EdmProperty, StructuredType } from './edm.ts';

export interface ServerClock {
  connection: string;
  model: EdmModel;
  dialect: Dialect;
  /** Without it wall clocks stay what they are, texts without a zone. */
  timeZone?: string | undefined;
}

export const emptyDate = '0001-01-01T00:00:00';
export const emptyReference = '00000000-0000-0000-0000-000000000000';

/** A row that was read: instants for wall clocks where the zone is known, null for what 1C holds empty. Keys are never null. */
export const toMessage = (clock: ServerClock, type: StructuredType | undefined, row: ValueObject): ValueObject =>
  clock.dialect === '1c' ? mapRow(clock, type, row, '', readValue) : row;

/** A row or a key that is to be sent: the other way round. Failures: `odata.timeZoneNeeded`, `connection.valueWrongType`. */
export const toServer = (clock: ServerClock, type: StructuredType | undefined, row: ValueObject): ValueObject =>
  clock.dialect === '1c' ? mapRow(clock, type, row, '', writeValue) : row;

/** A value that may be an instant, as the server's clock shows it. */
export const onServerClock = (clock: ServerClock, value: Value, path: string): Value =>
  typeof value === 'string' && zoned.test(value) && clock.dialect === '1c' && clock.timeZone !== undefined ? wallClockOf(clock, value, path) : value;

/** What a value is and where it stands; the path of a refusal is put together only when there is one. */
interface Place {
  type: StructuredType | undefined;
  property: EdmProperty;
  /** Of the row, empty for the outermost. */
  within: string;
  name: string;
}

type Convert = (clock: ServerClock, value: Value, place: Place) => Value;

/** Copied only when some value is another one: most values of most rows stay what they are. */
function mapRow(clock: ServerClock, type: StructuredType | undefined, row: ValueObject, within: string, convert: Convert): ValueObject {
  let mapped: Record<string, Value> | undefined;
  for (const name of Object.keys(row)) {
    const value = row[name] ?? null;
    const property = type?.properties.get(name);
    let converted = value;
    if (Array.isArray(value) || isObject(value)) converted = mapParts(clock, { type, property, within, name }, value, convert);
    else if (property !== undefined) converted = convert(clock, value, { type, property, within, name });
    if (converted !== value) setMember((mapped ??= { ...row }), name, converted);
  }
  return mapped ?? row;
}

function mapParts(clock: ServerClock, place: Omit<Place, 'property'> & { property: EdmProperty | undefined }, value: Value, convert: Convert): Value {
  const { type, property, within, name } = place;
  const inner = clock.model.types.get(property?.type ?? type?.navigations.get(name)?.type ?? '');
  const one = (item: Value, at: string): Value => {
    if (isObject(item)) return mapRow(clock, inner, item, pathOf(within, at), convert);
    return property === undefined ? item : convert(clock, item, { type, property, within, name: at });
  };
  return Array.isArray(value) ? value.map((item: Value, index) => one(item, `${name}[${index}]`)) : one(value, name);
}

const pathOf = (within: string, name: string): string => (within === '' ? name : `${within}.${name}`);

const readValue: Convert = (clock, value, { type: owner, property: { type, role }, within, name }) => {
  if (typeof value !== 'string') return value;
  const empty = (type === 'Edm.DateTime' && value === emptyDate) || ((type === 'Edm.Guid' || role.kind === 'composite') && value === emptyReference);
  if (empty && owner?.keys.includes(name) !== true) return null;
  return type === 'Edm.DateTime' && clock.timeZone !== undefined && value !== emptyDate ? instantOf(clock, value, pathOf(within, name)) : value;
};

const writeValue: Convert = (clock, value, { property: { type }, within, name }) => {
  if (value === null && type === 'Edm.DateTime') return emptyDate;
  if (value === null && type === 'Edm.Guid') return emptyReference;
  return type === 'Edm.DateTime' ? onServerClock(clock, value, pathOf(within, name)) : value;
};

const zoned = /T\d\d:\d\d(?::\d\d(?:\.\d{1,9})?)?(?:Z|[+-]\d\d:\d\d)$/;

/** An hour that a clock shows twice counts as the first of the two, one that it leaves out as the hour after. */
function instantOf(clock: ServerClock, text: string, path: string): string {
  return inZone(clock, path, (timeZone) => Temporal.PlainDateTime.from(text).toZonedDateTime(timeZone).toInstant().toString());
}

/** 1C has no parts of a second. */
function wallClockOf(clock: ServerClock, text: string, path: string): string {
  return inZone(clock, path, (timeZone) => Temporal.Instant.from(text).toZonedDateTimeISO(timeZone).toPlainDateTime().toString({ smallestUnit: 'second' }));
}

function inZone({ connection, timeZone = '' }: ServerClock, field: string, convert: (timeZone: string) => string): string {
  try {
    return convert(timeZone);
  } catch (cause) {
    if (!(cause instanceof RangeError)) throw cause;
    throw isZone(timeZone) ? failure('connection.valueWrongType', { connection, attribute: field, expected: '2026-11-22T12:00:00Z', actual: cause.message }, { cause }) : failure('odata.timeZoneNeeded', { connection, field }, { cause });
  }
}

function isZone(timeZone: string): boolean {
  try {
    Temporal.Instant.fromEpochMilliseconds(0).toZonedDateTimeISO(timeZone);
    return true;
  } catch {
    return false;
  }
}
