/** Times of a clock on a wall, as instants. Pure. */

/** Of a text like `2020-12-03T17:00:00`; undefined when there is no such time. A time that summer time repeats is the first of the two. */
export function utcOfLocal(local: string, zone: string): string | undefined {
  const asUtc = Date.parse(`${local}Z`);
  if (Number.isNaN(asUtc) || !new Date(asUtc).toISOString().startsWith(local)) return undefined;
  const first = asUtc - offsetMs(zone, asUtc - offsetMs(zone, asUtc));
  return new Date(first).toISOString();
}

/** Throws a RangeError for a zone that is none; `+03:00` is one. */
export function offsetMs(zone: string, utcMs: number): number {
  const parts = formatOf(zone).formatToParts(new Date(utcMs));
  const part = (type: Intl.DateTimeFormatPartTypes): number => Number(parts.find((one) => one.type === type)?.value ?? 0);
  return Date.UTC(part('year'), part('month') - 1, part('day'), part('hour'), part('minute'), part('second')) - Math.floor(utcMs / 1_000) * 1_000;
}

const formatOf = (timeZone: string): Intl.DateTimeFormat =>
  new Intl.DateTimeFormat('en-US', { timeZone, hourCycle: 'h23', year: 'numeric', month: 'numeric', day: 'numeric', hour: 'numeric', minute: 'numeric', second: 'numeric' });

export function isZone(zone: string): boolean {
  try {
    offsetMs(zone, 0);
    return true;
  } catch {
    return false;
  }
}
