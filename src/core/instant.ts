/** Instants as the platform keeps them: UTC text with microseconds, "2026-11-22T12:10:22.000001Z". Texts sort as instants do. */

const shape = /^(\d{4})-(\d\d)-(\d\d)[Tt ](\d\d):(\d\d):(\d\d)(?:[.,](\d{1,9}))?(?:([Zz])|([+-])(\d\d):?(\d\d)?)$/;

/**
 * The instant that a text with an offset names (RFC 3339), or undefined when it names none.
 * A text without an offset is a local time, not an instant. Digits after the microsecond are dropped.
 */
export function instantOf(text: string): string | undefined {
  const parts = shape.exec(text);
  if (parts === null) return undefined;
  const [year, month, day, hour, minute, second] = parts.slice(1, 7).map(Number) as [number, number, number, number, number, number];
  if (!isTimeOfDay(hour, minute, second) || !isDate(year, month, day)) return undefined;
  const offset = parts[8] === undefined ? offsetMinutes(parts[9], parts[10], parts[11]) : 0;
  if (offset === undefined) return undefined;
  const at = new Date(0);
  at.setUTCFullYear(year, month - 1, day);
  at.setUTCHours(hour, minute - offset, second);
  const utcYear = at.getUTCFullYear();
  if (utcYear < 1 || utcYear > 9999) return undefined;
  return `${at.toISOString().slice(0, 19)}.${(parts[7] ?? '').padEnd(6, '0').slice(0, 6)}Z`;
}

const isTimeOfDay = (hour: number, minute: number, second: number): boolean => hour < 24 && minute < 60 && second < 60;

function isDate(year: number, month: number, day: number): boolean {
  if (year < 1 || month < 1 || month > 12 || day < 1) return false;
  const lastDay = new Date(0);
  lastDay.setUTCFullYear(year, month, 0);
  return day <= lastDay.getUTCDate();
}

function offsetMinutes(sign: string | undefined, hours: string | undefined, minutes: string | undefined): number | undefined {
  const h = Number(hours ?? 0);
  const m = Number(minutes ?? 0);
  if (h > 23 || m > 59) return undefined;
  return (sign === '-' ? -1 : 1) * (h * 60 + m);
}
