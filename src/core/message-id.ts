/**
 * Ids of messages and runs: UUIDv7 whose two low bits are the retention class, so that an id alone
 * names the partition that holds its row. The time in an id is for partitions and lists, never for order.
 */
import type { RetentionDays } from './effect-set.ts';

/** Index = class as stored. */
export const retentionClasses: readonly RetentionDays[] = [1, 7, 30, 365];

const uuidPattern = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/;

/** Lower-case, with hyphens: the one spelling in which ids are compared. */
export const isUuid = (text: string): boolean => uuidPattern.test(text);

/** `randomBytes`: at least ten fresh random bytes; `ms`: milliseconds since 1970. */
export function messageId(ms: number, randomBytes: Uint8Array, days: RetentionDays): string {
  if (randomBytes.length < 10) throw new Error('a message id takes ten random bytes');
  const bytes = new Uint8Array(16);
  const view = new DataView(bytes.buffer);
  view.setUint16(0, Math.floor(ms / 2 ** 32));
  view.setUint32(2, ms % 2 ** 32);
  bytes.set(randomBytes.subarray(0, 10), 6);
  view.setUint8(6, 0x70 | (view.getUint8(6) & 0x0f));
  view.setUint8(8, 0x80 | (view.getUint8(8) & 0x3f));
  view.setUint8(15, (view.getUint8(15) & 0xfc) | retentionClasses.indexOf(days));
  return spelled(bytes);
}

/** Class index 0…3 of an id. */
export const classOf = (id: string): number => Number.parseInt(id.slice(-1), 16) & 3;

/** Days that a message with this id is kept. */
export const retentionOf = (id: string): RetentionDays => retentionClasses[classOf(id)] ?? 365;

/** The least id of an instant: ids made at or after it are greater or equal. */
export const lowestIdAt = (ms: number): string => {
  const hex = Math.max(0, Math.floor(ms)).toString(16).padStart(12, '0');
  return `${hex.slice(0, 8)}-${hex.slice(8)}-0000-0000-000000000000`;
};

/** When the id was made, by the clock of the node that made it: milliseconds since 1970. */
export const millisecondsOf = (id: string): number => Number.parseInt(id.slice(0, 8) + id.slice(9, 13), 16);

function spelled(bytes: Uint8Array): string {
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, '0')).join('');
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-${hex.slice(12, 16)}-${hex.slice(16, 20)}-${hex.slice(20)}`;
}
