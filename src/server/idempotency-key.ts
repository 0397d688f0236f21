/** The caller's mark of one request, by which its repeat is known. */
import { failure } from '../core/failure.ts';
import { limits } from '../core/limits.ts';

const visibleAscii = /^[\x21-\x7e]+$/;

/** Of Idempotency-Key; null without one. Throws `http.badHeader`. */
export function idempotencyKeyOf(header: string | string[] | undefined): string | null {
  if (header === undefined) return null;
  const text = Array.isArray(header) ? header.join(',') : header;
  if (!visibleAscii.test(text) || text.length > limits.idempotencyKeyCharacters.value) {
    throw failure('http.badHeader', { header: 'Idempotency-Key', rule: `1 to ${limits.idempotencyKeyCharacters.value} visible ASCII characters` });
  }
  return text;
}
