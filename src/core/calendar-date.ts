/** Days of the calendar as the platform keeps them: "2026-11-22", years 0001 to 9999. Texts sort as days do. */

const shape = /^(\d{4})-(\d\d)-(\d\d)$/;

/** The day as it is kept, or undefined when the text names none. A day has no zone, so an instant is no day. */
export function calendarDateOf(text: string): string | undefined {
  const parts = shape.exec(text);
  return parts !== null && isDay(Number(parts[1]), Number(parts[2]), Number(parts[3])) ? text : undefined;
}

export function isDay(year: number, month: number, day: number): boolean {
  if (year < 1 || month < 1 || month > 12 || day < 1) return false;
  const lastDay = new Date(0);
  lastDay.setUTCFullYear(year, month, 0);
  return day <= lastDay.getUTCDate();
}
