/**
 * Partitions of the journal's three tables by time. They are made ahead; one whose retention is over is detached,
 * its open messages move to the default partition with all that belongs to them, and the rest is dropped with it.
 */
import { retentionClasses, lowestIdAt } from '../../core/message-id.ts';
import { limits } from '../../core/limits.ts';
import { sqlErrorOf, type Session } from './pool.ts';

const dayMs = 86_400_000;

/** Length of a partition by class: a year by days would cost every search that names no time hundreds of locks. */
const periodsMs = [dayMs, dayMs, dayMs, 7 * dayMs] as const;

/** Each table and the column that holds the message's id. */
const tables = [
  { name: 'message', id: 'id' },
  { name: 'message_key', id: 'message' },
  { name: 'remote_call', id: 'run' },
] as const;

/** Messages that still need somebody; all others end with their day. */
export const openStates = ['pending', 'waiting', 'dead'] as const;
const openList = openStates.map((state) => `'${state}'`).join(', ');

/** Makes the partitions of today and the days ahead where they are missing; returns how many were made. */
export async function makePartitions(session: Session, daysAhead: number): Promise<number> {
  const today = await todayMs(session);
  const existing = await partitionNames(session);
  let made = 0;
  for (const [index, periodMs] of periodsMs.entries()) {
    for (let startMs = today - (today % periodMs); startMs <= today + daysAhead * dayMs; startMs += periodMs) {
      for (const table of tables) {
        if (existing.has(partitionName(table.name, index, startMs))) continue;
        await withLock(session, () => makeOne(session, table, index, startMs, startMs + periodMs));
        made += 1;
      }
    }
  }
  return made;
}

/**
 * Drops the partitions whose retention is over; returns their names. `nowMs` is a day that the caller pretends it is.
 * Messages that were moved on in earlier rounds and are finished since are removed too.
 */
export async function dropExpiredPartitions(session: Session, nowMs?: number): Promise<string[]> {
  const now = nowMs ?? (await todayMs(session));
  const dropped: string[] = [];
  for (const name of await partitionNames(session)) {
    const parts = /^message_c([0-3])_(\d{4})(\d\d)(\d\d)$/.exec(name);
    if (parts === null) continue;
    const [, classText, year, month, day] = parts;
    const index = Number(classText);
    const startMs = Date.UTC(Number(year), Number(month) - 1, Number(day));
    const [keptDays, periodMs] = [retentionClasses[index], periodsMs[index]];
    if (keptDays === undefined || periodMs === undefined || startMs + periodMs + keptDays * dayMs > now) continue;
    await withLock(session, () => dropOne(session, index, startMs));
    dropped.push(name);
  }
  for (const [index, kept] of retentionClasses.entries()) await clearDefault(session, index, lowestIdAt(now - kept * dayMs));
  return dropped;
}

async function makeOne(session: Session, table: (typeof tables)[number], index: number, startMs: number, endMs: number): Promise<void> {
  const parent = `zveno.${table.name}_c${index}`;
  const name = `zveno.${partitionName(table.name, index, startMs)}`;
  const [from, to] = [lowestIdAt(startMs), lowestIdAt(endMs)];
  // ATTACH leaves the parent open to readers and writers, which CREATE … PARTITION OF would not.
  // Rows that came while it was missing sit in the default partition and have to move first.
  await session.script(`
    CREATE TABLE ${name} (LIKE ${parent} INCLUDING ALL);
    WITH moved AS (DELETE FROM ${parent}_default WHERE ${table.id} >= '${from}' AND ${table.id} < '${to}' RETURNING *) INSERT INTO ${name} SELECT * FROM moved;
    ALTER TABLE ${parent} ATTACH PARTITION ${name} FOR VALUES FROM ('${from}') TO ('${to}')`);
}

async function dropOne(session: Session, index: number, startMs: number): Promise<void> {
  const old = (table: string): string => `zveno.${partitionName(table, index, startMs)}`;
  const known = await partitionNames(session);
  const present = tables.filter((table) => known.has(partitionName(table.name, index, startMs)));
  for (const table of present) await session.script(`ALTER TABLE zveno.${table.name}_c${index} DETACH PARTITION ${old(table.name)}`);
  for (const table of present) {
    const open = table.name === 'message' ? `state IN (${openList})` : `EXISTS (SELECT 1 FROM ${old('message')} m WHERE m.id = o.${table.id} AND m.state IN (${openList}))`;
    await session.script(`INSERT INTO zveno.${table.name} SELECT o.* FROM ${old(table.name)} o WHERE ${open}`);
  }
  for (const table of present) await session.script(`DROP TABLE ${old(table.name)}`);
}

async function clearDefault(session: Session, index: number, below: string): Promise<void> {
  await session.script(`
    WITH gone AS (DELETE FROM zveno.message_c${index}_default WHERE id < '${below}' AND state NOT IN (${openList}) RETURNING id),
      keys AS (DELETE FROM zveno.message_key_c${index}_default WHERE message IN (SELECT id FROM gone))
    DELETE FROM zveno.remote_call_c${index}_default WHERE run IN (SELECT id FROM gone)`);
}

/** In one transaction that gives up its wait for a lock soon, so that nobody queues behind it, and tries again. */
async function withLock(session: Session, work: () => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    await session.script(`BEGIN; SET LOCAL lock_timeout = ${limits.partitionLockMs.value}`);
    try {
      await work();
      await session.script('COMMIT');
      return;
    } catch (error) {
      if (!session.lost) await session.script('ROLLBACK');
      if (sqlErrorOf(error)?.code !== '55P03' || attempt >= limits.commitRetries.value) throw error;
    }
  }
}

async function todayMs(session: Session): Promise<number> {
  const { rows } = await session.query<{ day: string }>({ text: "SELECT to_char(clock_timestamp() AT TIME ZONE 'UTC', 'YYYY-MM-DD') AS day", values: [] });
  return Date.parse(`${rows[0]?.day}T00:00:00Z`);
}

async function partitionNames(session: Session): Promise<Set<string>> {
  const { rows } = await session.query<{ name: string }>({
    text: `SELECT c.relname AS name FROM pg_inherits i JOIN pg_class c ON c.oid = i.inhrelid JOIN pg_namespace n ON n.oid = c.relnamespace
      WHERE n.nspname = 'zveno' AND c.relkind = 'r'`,
    values: [],
  });
  return new Set(rows.map((row) => row.name));
}

const partitionName = (table: string, index: number, startMs: number): string => `${table}_c${index}_${new Date(startMs).toISOString().slice(0, 10).replaceAll('-', '')}`;
