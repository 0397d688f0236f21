/** What a set may not bring into the store's tables, found before anything is sent. */
import type { EffectSet, MessageRow } from '../../../core/effect-set.ts';
import { failure } from '../../../core/failure.ts';
import { limits } from '../../../core/limits.ts';

/** Throws `store.keyTooLong` or `store.badText`, naming what it is about. */
export function checkSet(set: EffectSet): void {
  if (set.idempotency !== undefined) {
    checkKey('Idempotency key', set.idempotency.key, limits.idempotencyKeyCharacters.value);
    checkKey('Caller', set.idempotency.caller, limits.idempotencyKeyCharacters.value);
  }
  for (const queued of [...set.runs, ...set.outbox]) {
    checkRow(queued.row);
    if (queued.orderKey !== null) checkKey('Order key', queued.orderKey, limits.orderKeyCharacters.value);
  }
  if (set.message?.op === 'insert') checkRow(set.message.row);
  for (const timer of set.timers) {
    checkKey('Timer', timer.id, limits.timerKindCharacters.value);
    checkKey('Timer', timer.kind, limits.timerKindCharacters.value);
  }
}

function checkRow(row: MessageRow): void {
  if (row.orderKey !== null) checkKey('Order key', row.orderKey, limits.orderKeyCharacters.value);
  if (row.idempotencyKey !== null) checkKey('Idempotency key', row.idempotencyKey, limits.idempotencyKeyCharacters.value);
  checkKey('Caller', row.caller, limits.idempotencyKeyCharacters.value);
  if (row.contentType !== null) checkKey('Content type', row.contentType, limits.businessKeyCharacters.value);
  for (const [name, value] of Object.entries(row.keys)) checkKey(name, value, limits.businessKeyCharacters.value);
}

function checkKey(what: string, text: string, limit: number): void {
  if (text.length > limit) throw failure('store.keyTooLong', { what, length: text.length, limit });
  if (text.includes('\u0000') || !text.isWellFormed()) throw failure('store.badText', { what });
}
