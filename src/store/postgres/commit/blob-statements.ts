/** Bodies that a set names have to be there, and stay: naming one keeps the collector away from it. */
import type { EffectSet, Payload } from '../../../core/effect-set.ts';
import { failure } from '../../../core/failure.ts';
import type { Statement } from '../statement.ts';

export function blobStatements(set: EffectSet): Statement[] {
  return [...hashesOf(set)].sort().map((hash) => ({
    name: 'blob.name',
    text: 'UPDATE zveno.blob SET named_at = clock_timestamp() WHERE hash = $1 RETURNING 1',
    values: [Buffer.from(hash, 'hex')],
    expect: { rows: 1, otherwise: { kind: 'refused', failure: failure('store.blobMissing', { hash }).toData() } },
  }));
}

function hashesOf(set: EffectSet): Set<string> {
  const rows = [...set.runs, ...set.outbox].map((queued) => queued.row);
  if (set.message?.op === 'insert') rows.push(set.message.row);
  const payloads: (Payload | null | undefined)[] = [
    ...rows.flatMap((row) => [row.payload, row.reply]),
    set.message?.op === 'update' ? set.message.reply : null,
    set.idempotency?.reply,
    ...set.intents.map((intent) => intent.request),
    ...set.jobs.map((job) => (job.op === 'insert' ? job.row.file : job.file)),
  ];
  const files = rows.flatMap((row) => (row.files ?? []).map(({ hash }) => hash));
  return new Set([...files, ...payloads.flatMap((payload) => (payload?.kind === 'blob' ? [payload.hash] : []))]);
}
