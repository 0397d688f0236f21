/** UTC text with microseconds from wall-clock milliseconds (fractions allowed). */
export function instantText(wallMs: number): string {
  const whole = Math.floor(wallMs);
  const micros = Math.floor((wallMs - whole) * 1000);
  // A Date made from a given number is a calendar computation, not a reading of the clock.
  return `${new Date(whole).toISOString().slice(0, -1)}${String(micros).padStart(3, '0')}Z`;
}
