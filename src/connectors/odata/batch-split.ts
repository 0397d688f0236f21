/** A long list of operations as batches that a service takes. Pure. */
import { failure, limits } from '../../sdk/index.ts';
import type { BatchUnit } from './batch-multipart.ts';

/** What a member needs beside its path and body, in either form. */
const frameBytes = 600;

const bytesOf = ({ members }: BatchUnit): number => members.reduce((sum, { path, body }) => sum + frameBytes + path.length + Buffer.byteLength(body ?? '', 'utf8'), 0);

/**
 * Groups stay whole, and a member stays behind those that it refers to: both in one batch. Up to `aim` operations go together;
 * what belongs together may be more, but not more than `maxOps`. Throws `odata.batchTooLarge`.
 */
export function splitUnits(connection: string, units: readonly BatchUnit[], { maxOps, aim }: { maxOps: number; aim: number }): readonly (readonly BatchUnit[])[] {
  const batches: BatchUnit[][] = [];
  let [ops, bytes] = [0, 0];
  for (const piece of tied(units)) {
    const pieceOps = piece.reduce((sum, { members }) => sum + members.length, 0);
    const pieceBytes = piece.reduce((sum, unit) => sum + bytesOf(unit), 0);
    if (pieceOps > maxOps || pieceBytes > limits.remoteRequestBytes.value) throw failure('odata.batchTooLarge', { connection, count: pieceOps, limit: maxOps, bytes: pieceBytes, limitBytes: limits.remoteRequestBytes.value });
    if (batches.length === 0 || ops + pieceOps > aim || bytes + pieceBytes > limits.remoteRequestBytes.value) {
      batches.push([]);
      [ops, bytes] = [0, 0];
    }
    batches.at(-1)?.push(...piece);
    [ops, bytes] = [ops + pieceOps, bytes + pieceBytes];
  }
  return batches;
}

/** Neighbours that refer to each other may not be parted: `$id` means nothing in another batch. */
function tied(units: readonly BatchUnit[]): readonly (readonly BatchUnit[])[] {
  const pieces: BatchUnit[][] = [];
  for (const unit of units) {
    const wanted = new Set(unit.members.flatMap(({ after }) => after));
    const from = wanted.size === 0 ? -1 : pieces.findIndex((piece) => piece.some(({ members }) => members.some(({ id }) => wanted.has(id))));
    if (from < 0) pieces.push([unit]);
    else pieces.splice(from, Infinity, [...pieces.slice(from).flat(), unit]);
  }
  return pieces;
}
