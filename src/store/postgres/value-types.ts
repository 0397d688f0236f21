/**
 * How values of the server become values of the program: whatever JavaScript's numbers and dates
 * would round stays exact text. Instants are UTC text with microseconds and a Z, intervals durations as the core keeps them.
 */
import pg from 'pg';
import { durationText } from '../../core/duration.ts';

const oid = { int8: 20, numeric: 1700, date: 1082, timestamp: 1114, timestamptz: 1184, interval: 1186, int8List: 1016, numericList: 1231, dateList: 1182, timestampList: 1115, timestamptzList: 1185, intervalList: 1187 } as const;

const asText: ReadonlySet<number> = new Set([oid.int8, oid.numeric, oid.date, oid.timestamp]);
const asTextList: ReadonlySet<number> = new Set([oid.int8List, oid.numericList, oid.dateList, oid.timestampList]);

/** The driver reads text[] (1009), but its list of type ids does not name it. */
const textList: (text: string) => (string | null)[] = pg.types.getTypeParser(1009 as number, 'text');

const parser = (type: number, format?: 'text' | 'binary'): ((text: string) => unknown) => {
  if (format === 'binary') return pg.types.getTypeParser(type, 'binary');
  if (asText.has(type)) return (text) => text;
  if (type === oid.timestamptz) return instant;
  if (type === oid.interval) return duration;
  if (asTextList.has(type)) return textList;
  if (type === oid.timestamptzList) return (text) => textList(text).map((item) => (item === null ? null : instant(item)));
  if (type === oid.intervalList) return (text) => textList(text).map((item) => (item === null ? null : duration(item)));
  return pg.types.getTypeParser(type, 'text');
};

// The driver types `getTypeParser` as overloads by format; one function that takes both has to be named as that.
export const valueTypes: pg.CustomTypesConfig = { getTypeParser: parser as typeof pg.types.getTypeParser };

/** "2026-11-22 12:10:22.5+00" → "2026-11-22T12:10:22.500000Z"; sessions run in UTC. Infinity stays as it is. */
function instant(text: string): string {
  const parts = /^(\d{4,}-\d\d-\d\d) (\d\d:\d\d:\d\d)(?:\.(\d{1,6}))?\+00$/.exec(text);
  return parts === null ? text : `${parts[1]}T${parts[2]}.${(parts[3] ?? '').padEnd(6, '0')}Z`;
}

/** "PT26H0.5S" and "PT-26H-0.5S": sessions print intervals by ISO 8601, a sign before each part. What has months is no duration and stays as it is. */
function duration(text: string): string {
  const parts = /^P(?:(-?\d+)D)?(?:T(?:(-?\d+)H)?(?:(-?\d+)M)?(?:(-)?(\d+)(?:\.(\d{1,6}))?S)?)?$/.exec(text);
  if (parts === null) return text;
  const [days, hours, minutes] = parts.slice(1, 4).map((part) => BigInt(part ?? 0));
  const seconds = BigInt(parts[5] ?? 0) * 1_000_000n + BigInt((parts[6] ?? '').padEnd(6, '0'));
  return durationText((((days ?? 0n) * 24n + (hours ?? 0n)) * 60n + (minutes ?? 0n)) * 60_000_000n + (parts[4] === undefined ? seconds : -seconds));
}
