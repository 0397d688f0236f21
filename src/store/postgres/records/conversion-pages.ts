/** Which records a conversion has to look at: all that have a value, and those that others have written meanwhile. */
import type { ChangePosition } from '../../../core/publishing.ts';
import type { Queryable } from '../statement.ts';
import type { Conversion, Conversions, FormerValues } from './convert.ts';
import { column, table } from './physical-names.ts';
import { scalarOfColumn } from './record-rows.ts';

export const firstId = '00000000-0000-0000-0000-000000000000';

/** In the order of ids. */
export async function pageAfter(client: Queryable, conversions: Conversions, after: string, size: number): Promise<readonly FormerValues[]> {
  const { condition, values } = wanted(conversions, 3);
  return await rowsOf(client, conversions, `r.id > $1 AND ${condition} ORDER BY r.id LIMIT $2`, [after, size, ...values]);
}

export async function countRecords(client: Queryable, conversions: Conversions, most?: number): Promise<number> {
  const { condition, values } = wanted(conversions, 1);
  const { rows } = await client.query<{ count: string }>({
    text: `SELECT count(*) AS count FROM (SELECT 1 FROM ${table(conversions[0].template.id)} AS r WHERE ${condition}${most === undefined ? '' : ` LIMIT ${most}`}) AS found`,
    values,
  });
  return Number(rows[0]?.count ?? 0);
}

function wanted(conversions: Conversions, parameter: number): { condition: string; values: readonly unknown[] } {
  const [{ template, changesOnly }] = conversions;
  if (!changesOnly) return { condition: `(${conversions.map(({ from }) => `r.${column(from)} IS NOT NULL`).join(' OR ')})`, values: [] };
  const changed = `EXISTS (SELECT 1 FROM zveno.record_change AS c WHERE c.record = r.id AND c.template = $${parameter} AND c.attributes && $${parameter + 1}::text[])`;
  return { condition: changed, values: [template.id, conversions.map(({ from }) => from.id)] };
}

async function rowsOf(client: Queryable, conversions: Conversions, condition: string, values: readonly unknown[]): Promise<readonly FormerValues[]> {
  const { rows } = await client.query<Record<string, unknown> & { id: string }>({
    text: `SELECT r.id, ${conversions.map(({ from }, index) => `r.${column(from)} AS v${index}`).join(', ')} FROM ${table(conversions[0].template.id)} AS r WHERE ${condition}`,
    values,
  });
  return rows.map((row) => ({ id: row.id, values: conversions.map(({ from }, index) => scalarOfColumn(from, row[`v${index}`])) }));
}

/** Changes of transactions that are not seen yet all come after it. */
export async function presentPosition(client: Queryable): Promise<ChangePosition> {
  return { xid: await horizon(client), seq: '0' };
}

async function horizon(client: Queryable): Promise<string> {
  const { rows } = await client.query<{ xmin: string }>({ text: 'SELECT pg_snapshot_xmin(pg_current_snapshot())::text AS xmin', values: [] });
  const [row] = rows;
  if (row === undefined) throw new Error('the server does not show its oldest transaction');
  return row.xmin;
}

export interface ChangedRecords {
  groups: readonly { conversions: Conversions; rows: readonly FormerValues[] }[];
  /** Changes that were looked at. */
  changes: number;
  position: ChangePosition;
  /** Nothing more was there. */
  caughtUp: boolean;
}

/**
 * Records whose former columns were written after `position`, with what they hold now. `locked`: nobody else can write them,
 * so that everything is seen; else only what no transaction under way can come before.
 */
export async function changedAfter(client: Queryable, all: readonly Conversions[], position: ChangePosition, size: number, locked: boolean): Promise<ChangedRecords> {
  const end = locked ? null : await horizon(client);
  const attributes = all.flatMap((conversions) => conversions.map(({ from }) => from.id));
  const { rows } = await client.query<{ xid: string; seq: string; record: string; attributes: string[] }>({
    text: `SELECT c.xid::text AS xid, c.seq::text AS seq, c.record, c.attributes FROM zveno.record_change AS c
           WHERE (c.xid, c.seq) > ($1::xid8, $2::bigint) AND ($3::xid8 IS NULL OR c.xid < $3::xid8) AND c.template = ANY ($4::text[]) AND c.attributes && $5::text[] AND c.op <> 'delete'
           ORDER BY c.xid, c.seq LIMIT $6`,
    values: [position.xid, position.seq, end, all.map(([{ template }]) => template.id), attributes, size],
  });
  const groups = [];
  for (const conversions of all) {
    const own = new Set(conversions.map(({ from }) => from.id));
    const ids = [...new Set(rows.filter((row) => row.attributes.some((attribute) => own.has(attribute))).map(({ record }) => record))].sort();
    if (ids.length > 0) groups.push({ conversions, rows: await rowsOf(client, conversions, 'r.id = ANY ($1::uuid[]) ORDER BY r.id', [ids]) });
  }
  const last = rows.at(-1);
  const caughtUp = rows.length < size;
  const seen = last === undefined ? position : { xid: last.xid, seq: last.seq };
  return { groups, changes: rows.length, caughtUp, position: caughtUp && end !== null && BigInt(end) > BigInt(seen.xid) ? { xid: end, seq: '0' } : seen };
}

/** Values of one conversion, page by page. */
export async function* valuesOf(client: Queryable, conversion: Conversion): AsyncGenerator<readonly FormerValues[]> {
  for (let after = firstId; ; ) {
    const rows = await pageAfter(client, [conversion], after, 1_000);
    const last = rows.at(-1);
    if (last === undefined) return;
    yield rows;
    if (rows.length < 1_000) return;
    after = last.id;
  }
}
