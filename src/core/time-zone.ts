/** Names of time zones, as the IANA database spells them. */

const shape = /^[A-Za-z][A-Za-z0-9_+-]*(\/[A-Za-z0-9_+-]+)*$/;

/** True for a zone that this Node knows, in its own spelling; offsets such as "+03:00" are no zones. */
export function isTimeZone(name: string): boolean {
  if (name.length > 64 || !shape.test(name)) return false;
  try {
    const known = new Intl.DateTimeFormat('en', { timeZone: name }).resolvedOptions().timeZone;
    // An alias resolves to another name; the same name in other letters is a slip of the pen.
    return known === name || known.toLowerCase() !== name.toLowerCase();
  } catch {
    return false;
  }
}
