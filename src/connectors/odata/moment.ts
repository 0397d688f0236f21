/** Times that a filter names instead of stating them: when the reading began, when it last ended well, and so long before or after. Pure. */
import { failure, type Value } from '../../sdk/index.ts';
import type { LiteralPlace } from './literal.ts';

export interface Moment {
  of: 'runStart' | 'lastSuccess';
  shiftMs: number;
}

export interface KnownTimes {
  /** When the reading began: the same for all of its pages. */
  runStartMs: number;
  /** Null when there has been no success yet; undefined when nobody told. */
  lastSuccessMs?: number | null;
  /** IANA name of the zone of the server's wall clock, where the service keeps such a clock. */
  timeZone?: string;
}

const units: Readonly<Record<string, number>> = { s: 1_000, m: 60_000, h: 3_600_000, d: 86_400_000, w: 604_800_000 };

/** `runStart-1d`, `lastSuccess`; undefined when it is none of that. */
export function parseMoment(text: string): Moment | undefined {
  const [, of, sign, count = '0', unit = 's'] = /^(runStart|lastSuccess)(?:([+-])(\d{1,6})([smhdw]))?$/.exec(text) ?? [];
  if (of !== 'runStart' && of !== 'lastSuccess') return undefined;
  return { of, shiftMs: (sign === '-' ? -1 : 1) * Number(count) * (units[unit] ?? 0) };
}

/** Before it nothing has happened: a first reading takes everything. */
const beginning = '0001-01-01T00:00:00';

/** The moment in the form of a field's type. Failures: `connection.valueMissing`, `odata.timeZoneNeeded`, `connection.valueWrongType`. */
export function momentValue(place: LiteralPlace, type: string, moment: Moment, times: KnownTimes): Value {
  const base = moment.of === 'runStart' ? times.runStartMs : times.lastSuccessMs;
  if (base === undefined) throw failure('connection.valueMissing', { connection: place.connection, attribute: moment.of });
  if (base === null) return shaped(place, type, beginning, `${beginning}Z`);
  const ms = base + moment.shiftMs;
  const instant = new Date(ms).toISOString();
  // V2 and V3 keep instants in a wall clock of UTC; 1C has the clock of its server, and only whole seconds.
  const wall = type === 'Edm.DateTime' && place.dialect === '1c' ? wallClockOf(place, ms, times.timeZone) : instant.slice(0, -1);
  return shaped(place, type, wall, instant);
}

function shaped(place: LiteralPlace, type: string, wall: string, instant: string): Value {
  switch (type) {
    case 'Edm.DateTime': return wall;
    case 'Edm.DateTimeOffset': return instant;
    case 'Edm.Date': return instant.slice(0, 10);
    default: throw failure('connection.valueWrongType', { connection: place.connection, attribute: place.field, expected: type, actual: 'date and time' });
  }
}

/** A zone that is guessed would shift what is read, and nobody would notice. */
function wallClockOf({ connection, field }: LiteralPlace, ms: number, timeZone: string | undefined): string {
  if (timeZone === undefined) throw failure('odata.timeZoneNeeded', { connection, field });
  const format = formatOf(timeZone);
  if (format === undefined) throw failure('odata.timeZoneNeeded', { connection, field });
  return format.format(ms).replace(' ', 'T');
}

/** Undefined for a name that is no zone. The Swedish order of a date is that of ISO. */
function formatOf(timeZone: string): Intl.DateTimeFormat | undefined {
  try {
    return new Intl.DateTimeFormat('sv-SE', { timeZone, dateStyle: 'short', timeStyle: 'medium' });
  } catch (error) {
    if (error instanceof RangeError) return undefined;
    throw error;
  }
}
