/** Rows that come into the queues, the fence of the row that is being worked on, and what becomes of it. */
import type { EffectSet, Fence, QueueWrite, TimerWrite } from '../../../core/effect-set.ts';
import { limits } from '../../../core/limits.ts';
import { queueTables } from '../queue-tables.ts';
import type { Mismatch, Statement } from '../statement.ts';
import { valueText } from '../value-text.ts';

const leaseLost: Mismatch = { kind: 'fenced' };

interface Queued {
  queue: 'inbox' | 'outbox';
  message: string;
  scope: string;
  connection: string | null;
  orderKey: string | null;
  dueInMs: number;
  awaited: boolean;
}

export function queuedBy(set: EffectSet): Queued[] {
  return [
    ...set.runs.map((run): Queued => ({ queue: 'inbox', message: run.row.id, scope: run.route, connection: null, orderKey: run.orderKey, dueInMs: run.dueInMs, awaited: run.awaited === true })),
    ...set.outbox.map((out): Queued => ({ queue: 'outbox', message: out.row.id, scope: out.route, connection: out.connection, orderKey: out.orderKey, dueInMs: out.dueInMs, awaited: false })),
  ];
}

/** Locks the leased row until the end of the transaction. */
export function fenceStatement(fence: Fence): Statement {
  const { table, id } = queueTables[fence.queue];
  const awaited = fence.awaited === true;
  if (awaited && fence.queue === 'timer') throw new Error('nobody waits for a timer');
  return {
    name: `fence.${fence.queue}${awaited ? '.awaited' : ''}`,
    text: `SELECT 1 FROM ${table} WHERE ${id} = $1 AND owner = $2 AND fence = $3${awaited ? ' AND awaited' : ''} FOR UPDATE`,
    values: [fence.message, fence.owner, fence.fence],
    expect: { rows: 1, otherwise: leaseLost },
  };
}

/** Takes as many numbers under each key as the set queues messages; the locked row puts commits of one key in line. */
export function orderKeyStatements(queued: readonly Pick<Queued, 'queue' | 'scope' | 'orderKey'>[]): Statement[] {
  const taken = new Map<string, { key: string; scope: string; queue: string; count: number }>();
  for (const { orderKey, scope, queue } of queued) {
    if (orderKey === null) continue;
    const name = JSON.stringify([orderKey, scope, queue]);
    const entry = taken.get(name) ?? { key: orderKey, scope, queue, count: 0 };
    entry.count += 1;
    taken.set(name, entry);
  }
  return [...taken.entries()]
    .sort(([one], [other]) => (one < other ? -1 : 1))
    .map(([, { key, scope, queue, count }]) => ({
      name: 'orderKey.take',
      text: `INSERT INTO zveno.order_key AS k (key, scope, queue, last_no) VALUES ($1, $2, $3, (SELECT f.no FROM zveno.order_floor f) + $4::bigint)
        ON CONFLICT (key, scope, queue) DO UPDATE SET last_no = k.last_no + $4::bigint, changed_at = clock_timestamp()`,
      values: [key, scope, queue, count],
    }));
}

/** One row a statement: a key's queue at its limit has to name the set that passed it. */
export function queueStatements(queued: readonly Queued[]): Statement[] {
  const behind = new Map<string, number>();
  // The last of a key takes the last number, so numbers are dealt from the end.
  return queued
    .toReversed()
    .map((row) => {
      const name = JSON.stringify([row.orderKey, row.scope, row.queue]);
      const back = behind.get(name) ?? 0;
      behind.set(name, back + 1);
      return row.orderKey === null ? unordered(row) : ordered(row, row.orderKey, back);
    })
    .toReversed();
}

const dueAt = (parameter: string): string => `clock_timestamp() + ${parameter}::bigint * interval '1 millisecond'`;

const unordered = (row: Queued): Statement => ({
  name: `${row.queue}.insert`,
  text: `INSERT INTO ${queueTables[row.queue].table} (message, scope, connection, due_at, awaited) VALUES ($1, $2, $3, ${dueAt('$4')}, $5)`,
  values: [row.message, row.scope, row.connection, Math.round(row.dueInMs), row.awaited],
});

const ordered = (row: Queued, key: string, back: number): Statement => ({
  name: `${row.queue}.insertOrdered`,
  text: `INSERT INTO ${queueTables[row.queue].table} (message, scope, connection, due_at, order_key, order_no, awaited)
    SELECT $1::uuid, $2::text, $3::text, ${dueAt('$4')}, $5::text, (SELECT k.last_no FROM zveno.order_key k WHERE k.key = $5 AND k.scope = $2 AND k.queue = '${row.queue}') - $6::bigint, $7::boolean
    WHERE (SELECT count(*) FROM (SELECT 1 FROM ${queueTables[row.queue].table} q WHERE q.order_key = $5 AND q.scope = $2 LIMIT ${limits.orderKeyQueue.value}) w) < ${limits.orderKeyQueue.value}
    RETURNING 1`,
  values: [row.message, row.scope, row.connection, Math.round(row.dueInMs), key, back, row.awaited],
  expect: { rows: 1, otherwise: { kind: 'queueFull' } },
});

export function queueWriteStatements(fence: Fence, write: QueueWrite): Statement[] {
  const { table, id } = queueTables[fence.queue];
  switch (write.op) {
    case 'remove':
      return [removal(fence)];
    case 'retry':
      return [
        {
          name: `${fence.queue}.retry`,
          text: `UPDATE ${table} SET owner = NULL, lease_until = NULL, due_at = ${dueAt('$2')}, attempts = $3 WHERE ${id} = $1`,
          values: [fence.message, Math.round(write.dueInMs), write.attempts],
        },
      ];
    case 'park':
      if (fence.queue === 'timer') throw new Error('a timer cannot be parked');
      return [parked(fence, write.block), write.block ? blocked(fence) : removal(fence)];
    default:
      return write satisfies never;
  }
}

const removal = (fence: Fence): Statement => ({
  name: `${fence.queue}.remove`,
  text: `DELETE FROM ${queueTables[fence.queue].table} WHERE ${queueTables[fence.queue].id} = $1`,
  values: [fence.message],
});

const parked = (fence: Fence, block: boolean): Statement => ({
  name: `${fence.queue}.park`,
  text: `INSERT INTO zveno.dead_letter (message, queue, scope, connection, order_key, order_no, blocks)
    SELECT q.message, '${fence.queue}', q.scope, q.connection, q.order_key, q.order_no, $2 FROM ${queueTables[fence.queue].table} q WHERE q.message = $1
    ON CONFLICT (message) DO UPDATE SET blocks = excluded.blocks, parked_at = clock_timestamp()`,
  values: [fence.message, block],
});

const blocked = (fence: Fence): Statement => ({
  name: `${fence.queue}.block`,
  text: `UPDATE ${queueTables[fence.queue].table} SET owner = NULL, lease_until = NULL, blocked = true WHERE message = $1`,
  values: [fence.message],
});

/** A timer of a known id is planned anew, whatever its lease: the worker that held it is fenced off. */
export const timerStatement = (timer: TimerWrite): Statement => ({
  name: timer.unlessHeld === true ? 'timer.writeUnheld' : 'timer.write',
  text: `INSERT INTO zveno.timer AS t (id, kind, payload, due_at) VALUES ($1, $2, $3, ${dueAt('$4')})
    ON CONFLICT (id) DO UPDATE SET kind = excluded.kind, payload = excluded.payload, due_at = excluded.due_at, attempts = 0, owner = NULL, lease_until = NULL${timer.unlessHeld === true ? ' WHERE t.owner IS NULL' : ''}`,
  values: [timer.id, timer.kind, valueText(timer.payload), Math.round(timer.dueInMs)],
});
