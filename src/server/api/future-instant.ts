/** Ends of what is handed out: tokens, keys, secrets. */
import { failure } from '../../core/failure.ts';

export const expiryOf = (text: string | null, nowMs: number): string | null => (text === null ? null : futureInstant(text, nowMs));

/** Throws `account.expiry` for what is no instant, or one that has passed. */
export function futureInstant(text: string, nowMs: number): string {
  const ms = /^\d{4}-\d\d-\d\dT[\d:.]+(?:Z|[+-]\d\d:\d\d)$/.test(text) ? Date.parse(text) : Number.NaN;
  if (Number.isNaN(ms) || ms <= nowMs) throw failure('account.expiry', { text });
  return new Date(ms).toISOString();
}
