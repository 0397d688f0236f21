/** Phone numbers, kept in the one form of E.164: a plus and digits. */

/**
 * Spaces, brackets, dots and hyphens between the digits go. A Russian number may begin with +7, 7 or 8;
 * any other needs its plus and country code. Undefined when it is no phone number.
 */
export function phoneOf(text: string): string | undefined {
  if (text.length > 40 || !/^\s*\+?[\d\s().\u00a0-]+$/.test(text)) return undefined;
  const digits = text.replace(/\D/g, '');
  if (text.trimStart().startsWith('+')) return digits.startsWith('7') ? russian(digits) : /^[1-9]\d{6,14}$/.test(digits) ? `+${digits}` : undefined;
  return /^[78]\d{10}$/.test(digits) ? russian(`7${digits.slice(1)}`) : undefined;
}

/** Zone seven: ten digits after the country code, the first of which is never 0, 1 or 2. */
const russian = (digits: string): string | undefined => (/^7[3-9]\d{9}$/.test(digits) ? `+${digits}` : undefined);
