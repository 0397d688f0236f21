/** Numbers that Russian registers give to companies, people and places. Spaces around and between the digits go. */

const digitsOf = (text: string): string | undefined => (text.length <= 40 && /^[\d\s\u00a0-]+$/.test(text) ? text.replace(/\D/g, '') : undefined);

const weighted = (digits: string, weights: readonly number[]): number => weights.reduce((sum, weight, index) => sum + weight * Number(digits[index]), 0);

const weightsOf10 = [2, 4, 10, 3, 5, 9, 4, 6, 8];
const weightsOf11 = [7, ...weightsOf10];
const weightsOf12 = [3, ...weightsOf11];

const checkDigit = (digits: string, weights: readonly number[]): boolean => (weighted(digits, weights) % 11) % 10 === Number(digits[weights.length]);

/** Taxpayer number: 10 digits of a company with one check digit, 12 of a person with two. */
export function innOf(text: string): string | undefined {
  const digits = digitsOf(text);
  // The number of zeros passes its own check and belongs to nobody.
  if (digits === undefined || /^0+$/.test(digits)) return undefined;
  if (digits.length === 10) return checkDigit(digits, weightsOf10) ? digits : undefined;
  return digits.length === 12 && checkDigit(digits, weightsOf11) && checkDigit(digits, weightsOf12) ? digits : undefined;
}

/** Reason of registration: office, two characters of the reason, number. */
export function kppOf(text: string): string | undefined {
  const trimmed = text.trim().toUpperCase();
  return /^\d{4}[\dA-Z]{2}\d{3}$/.test(trimmed) && !trimmed.startsWith('0000') ? trimmed : undefined;
}

/** Register number of a company: the last of 13 digits is the rest of the others by 11. */
export const ogrnOf = (text: string): string | undefined => withRest(digitsOf(text), 13, 11n, /^[15]/);

/** Register number of a sole trader: the last of 15 digits is the rest of the others by 13. */
export const ogrnipOf = (text: string): string | undefined => withRest(digitsOf(text), 15, 13n, /^[34]/);

function withRest(digits: string | undefined, length: number, by: bigint, sign: RegExp): string | undefined {
  if (digits?.length !== length || !sign.test(digits)) return undefined;
  const rest = (BigInt(digits.slice(0, -1)) % by) % 10n;
  return rest === BigInt(digits.slice(-1)) ? digits : undefined;
}

/** Six digits, the first of them not 0. */
export function postcodeOf(text: string): string | undefined {
  const digits = digitsOf(text);
  return digits !== undefined && /^[1-9]\d{5}$/.test(digits) ? digits : undefined;
}

/** Series and number of a Russian passport, kept as "4509 123456". */
export function passportOf(text: string): string | undefined {
  const digits = digitsOf(text);
  return digits?.length === 10 ? `${digits.slice(0, 4)} ${digits.slice(4)}` : undefined;
}
