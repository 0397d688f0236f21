/** What has to be tidied from time to time, by one node at a time. Every part may be repeated or cut short. */
import { limits } from '../../core/limits.ts';
import { lowestIdAt, retentionClasses } from '../../core/message-id.ts';
import type { Clock, Log } from '../../core/ports.ts';
import type { BlobRows } from './blob-rows.ts';
import { dropExpiredPartitions, makePartitions } from './partitions.ts';
import { contract } from './records/contract.ts';
import { openSession, type ConnectionSettings, type Session } from './pool.ts';

export interface HousekeepingReport {
  partitionsMade: number;
  partitionsDropped: readonly string[];
  idempotencyKeys: number;
  apiReplies: number;
  setMarks: number;
  signatures: number;
  sessions: number;
  signInFailures: number;
  signInPlaces: number;
  auditRows: number;
  changes: number;
  orderKeys: number;
  jobs: number;
  messageFiles: number;
  blobs: number;
  /** Attributes whose values are gone now. */
  dropped: readonly string[];
}

/** Any number that nobody else locks in this database. Whoever holds it keeps partitions from being dropped. */
export const housekeepingLock = 7_310_006;

/** Null when another node is at it. */
export async function housekeep(settings: ConnectionSettings, blobs: BlobRows, ports: { clock: Clock; log: Log; changeDays: number }): Promise<HousekeepingReport | null> {
  const session = await openSession(settings, 'plain', ports.log);
  try {
    const { rows } = await session.query<{ mine: boolean }>({ text: 'SELECT pg_try_advisory_lock($1) AS mine', values: [housekeepingLock] });
    if (rows[0]?.mine !== true) return null;
    // Before the blobs, of which some may have been theirs.
    const dropped = (await contract(session, ports)).map(({ template, attribute }) => `${template}.${attribute}`);
    return {
      dropped,
      partitionsMade: await makePartitions(session, limits.partitionDaysAhead.value),
      partitionsDropped: await dropExpiredPartitions(session),
      idempotencyKeys: await removeAll(session, 'zveno.idempotency', 'expires_at <= clock_timestamp()'),
      apiReplies: await removeAll(session, 'zveno.api_reply', 'expires_at <= clock_timestamp()'),
      // A lost commit is looked up within seconds of the database being back, however long that takes.
      setMarks: await removeAll(session, 'zveno.set_mark', "at < clock_timestamp() - interval '7 days'"),
      // Twice the time for which one is good, and some.
      signatures: await removeAll(session, 'zveno.signature_use', "used_at < clock_timestamp() - interval '15 minutes'"),
      sessions: await removeAll(session, 'zveno.session', 'least(idle_until, expires_at) <= clock_timestamp()'),
      signInFailures: await removeAll(session, 'zveno.sign_in_failure', `until < clock_timestamp() AND last_at < clock_timestamp() - interval '${limits.signInForgottenMs.value} milliseconds'`),
      signInPlaces: await removeAll(session, 'zveno.sign_in_place', `seen_at < clock_timestamp() - interval '${limits.signInPlaceDays.value} days'`),
      auditRows: await removeOldAudit(session),
      changes: await removeAll(session, 'zveno.record_change', `at < clock_timestamp() - interval '${ports.changeDays} days'`),
      orderKeys: await forgetOrderKeys(session),
      // Before the blobs, of which some were theirs.
      jobs: await removeAll(session, 'zveno.job', `ended_at < clock_timestamp() - interval '${limits.jobKeptDays.value} days'`),
      messageFiles: await removeMessageFiles(session, ports.clock.wallMs()),
      blobs: await blobs.collect(limits.blobUnreferencedHours.value),
    };
  } finally {
    await session.close();
  }
}

async function removeAll(session: Session, table: string, condition: string): Promise<number> {
  let removed = 0;
  for (;;) {
    const { rowCount } = await session.query({
      text: `DELETE FROM ${table} WHERE ctid = ANY (ARRAY (SELECT ctid FROM ${table} WHERE ${condition} LIMIT $1 FOR UPDATE SKIP LOCKED))`,
      values: [limits.housekeepingRows.value],
    });
    removed += rowCount;
    if (rowCount < limits.housekeepingRows.value) return removed;
  }
}

/** Files of messages go with them; only those are looked up whose time has come. */
export async function removeMessageFiles(session: Session, nowMs: number): Promise<number> {
  let removed = 0;
  for (const [index, days] of retentionClasses.entries()) {
    const over = `message < '${lowestIdAt(nowMs - days * 86_400_000)}'`;
    removed += await removeAll(session, 'zveno.message_file', `class = ${index} AND ${over} AND NOT EXISTS (SELECT 1 FROM zveno.message m WHERE m.class = ${index} AND m.id = message_file.message)`);
  }
  return removed;
}

/** Rows of the audit log refuse to go, except to whoever says that it is their time. */
async function removeOldAudit(session: Session): Promise<number> {
  await session.script("SET zveno.audit_retention = 'on'");
  try {
    return await removeAll(session, 'zveno.audit', `at < clock_timestamp() - interval '${limits.auditDays.value} days'`);
  } finally {
    await session.script('RESET zveno.audit_retention');
  }
}

/**
 * Counters of idle keys go; the floor keeps what begins again above every number ever given, so that a dead letter
 * that comes back keeps its place. The lock makes takers of numbers wait until the new floor is there to be seen.
 */
export async function forgetOrderKeys(session: Session, idleDays: number = limits.orderKeyIdleDays.value): Promise<number> {
  await session.script(`BEGIN; SET LOCAL lock_timeout = ${limits.partitionLockMs.value}`);
  try {
    await session.script('LOCK TABLE zveno.order_key IN SHARE MODE');
    const { rows } = await session.query<{ count: string }>({
      text: `WITH gone AS (
          DELETE FROM zveno.order_key k WHERE k.changed_at <= clock_timestamp() - $1::float8 * interval '1 day'
            AND NOT EXISTS (SELECT 1 FROM zveno.inbox_queue q WHERE q.order_key = k.key AND q.scope = k.scope)
            AND NOT EXISTS (SELECT 1 FROM zveno.outbox_queue q WHERE q.order_key = k.key AND q.scope = k.scope)
          RETURNING k.last_no),
        floor AS (UPDATE zveno.order_floor SET no = greatest(no, (SELECT max(last_no) FROM gone)))
        SELECT count(*) AS count FROM gone`,
      values: [idleDays],
    });
    await session.script('COMMIT');
    return Number(rows[0]?.count ?? 0);
  } catch (error) {
    if (!session.lost) await session.script('ROLLBACK');
    throw error;
  }
}
