/** Collects what independent records say: the partners' own files, the external table, and the platform's records by SQL. */
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { countOf, type Evidence, type Sequence } from '../../../src/sdk/testing/crash/verdict.ts';
import { connectionToRunning } from '../../../src/store/embedded/running.ts';
import type { CampaignOrder } from './campaign-order.ts';
import type { PartnerLine } from './partner-process.ts';
import type { Stage } from './stage.ts';

export interface Collected {
  evidence: Evidence;
  /** Repeats that the partners and the external table dropped. */
  repeats: { partner: number; charger: number };
  counts: Readonly<Record<string, number>>;
}

export async function collect(stage: Stage, sent: readonly CampaignOrder[], acknowledged: ReadonlySet<string>): Promise<Collected> {
  const [notices, charges, records, shipments] = await Promise.all([stage.partner.lines(), stage.charger.lines(), readRecords(stage), readShipments(stage)]);
  const accepted = (lines: readonly PartnerLine[]): string[] => lines.flatMap(({ kind, about }) => (kind === 'accepted' ? [about] : []));
  const isQuote = (about: string): boolean => about.startsWith('quote-');
  const quotes = accepted(notices).filter(isQuote).map((about) => about.slice('quote-'.length));
  const all = ['orders', 'ackOrders', 'askOrders', 'chargeOrders'];
  const witness = (name: string, routes: readonly string[], found: Iterable<string>, parked: 'none' | 'atMostOne' = 'none') => ({ name, routes, counts: countOf(found), parked });
  const repeated = (lines: readonly PartnerLine[]): PartnerLine[] => lines.filter(({ kind }) => kind === 'repeated');
  return {
    evidence: {
      sent,
      acknowledged,
      parked: new Set(records.parked),
      witnesses: [
        witness('the record template OrderReceipt', all, records.receipts),
        witness('the record template Shadow', all, records.shadows),
        witness('the record template Order', ['orders', 'ackOrders'], records.orders),
        witness('the record template Arrival', ['ackOrders'], records.arrivals.map(({ number }) => number)),
        witness("the partner's record of notices", all, accepted(notices).filter((about) => !isQuote(about))),
        witness("the partner's record of quotes", ['askOrders'], quotes),
        witness("the charger's record", ['chargeOrders'], accepted(charges), 'atMostOne'),
        witness('the external table shipment', ['orders'], shipments),
      ],
      sequences: sequences(records.arrivals),
      impossible: [
        ...strangeRepeats(notices),
        ...repeated(charges).map(({ about }) => `${about}: the charger was asked twice, though its route parks what nobody knows`),
        ...records.stuck,
      ],
    },
    repeats: { partner: repeated(notices).length, charger: repeated(charges).length },
    counts: { receipts: records.receipts.length, shadows: records.shadows.length, notices: accepted(notices).length, charges: accepted(charges).length, shipments: shipments.length, parked: records.parked.length },
  };
}

/** Each order is known under one effect id only, at its first time and at every repeat. */
function strangeRepeats(lines: readonly PartnerLine[]): string[] {
  const ids = new Map<string, string>();
  return lines.flatMap(({ about, effectId }) => {
    const known = ids.get(about);
    ids.set(about, effectId);
    return known === undefined || known === effectId ? [] : [`${about}: the partner was asked under two effect ids`];
  });
}

interface Arrival {
  number: string;
  customer: string;
  seq: number;
}

function sequences(arrivals: readonly Arrival[]): Sequence[] {
  const of = new Map<string, number[]>();
  for (const { customer, seq } of arrivals) of.set(customer, [...(of.get(customer) ?? []), seq]);
  return [...of].map(([name, numbers]) => ({ name: `customer ${name}`, numbers }));
}

interface Records {
  receipts: string[];
  shadows: string[];
  orders: string[];
  /** In the order of their creation. */
  arrivals: Arrival[];
  parked: string[];
  /** What a person would have to look at though nothing forced it. */
  stuck: string[];
}

async function readRecords({ dataFolder }: Stage): Promise<Records> {
  return withPlatform(dataFolder, async (client) => {
    const tables = await templateTables(client);
    const numbers = async (template: string): Promise<string[]> => (await client.query<{ number: string }>(tables.select(template, ['number']))).rows.map(({ number }) => number);
    const arrivals = await client.query<{ number: string; customer: string; seq: string }>(`${tables.select('Arrival', ['number', 'customer', 'seq'])} ORDER BY created_at`);
    const open = await client.query<{ direction: string; state: string; key: string | null; code: string | null }>(
      "SELECT direction, state, idempotency_key AS key, failure_code AS code FROM zveno.message WHERE state <> 'done'",
    );
    const parked = open.rows.filter(({ direction, state }) => direction === 'in' && state === 'dead');
    return {
      receipts: await numbers('OrderReceipt'),
      shadows: await numbers('Shadow'),
      orders: await numbers('Order'),
      arrivals: arrivals.rows.map(({ seq, ...row }) => ({ ...row, seq: Number(seq) })),
      parked: parked.flatMap(({ key }) => (key === null ? [] : [key])),
      stuck: open.rows
        .filter((row) => !(parked.includes(row) && row.code === 'run.unknownOutcome'))
        .map(({ direction, state, key, code }) => `a message (${direction}${key === null ? '' : `, ${key}`}) is ${state} because of ${code ?? 'nothing'}`),
    };
  });
}

/** What is still in the queues. */
export function waiting({ dataFolder }: Stage): Promise<number> {
  return withPlatform(dataFolder, async (client) => {
    const { rows } = await client.query<{ count: string }>('SELECT (SELECT count(*) FROM zveno.inbox_queue) + (SELECT count(*) FROM zveno.outbox_queue) AS count');
    return Number(rows[0]?.count);
  });
}

const databaseMs = 60_000;

async function withPlatform<T>(dataFolder: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  // It may have been killed a moment ago; its supervisor starts it again.
  for (const until = performance.now() + databaseMs; performance.now() < until; await sleep(100)) {
    const connection = await connectionToRunning(dataFolder);
    if (connection !== undefined) return withClient(connection, work);
  }
  throw new Error(`the platform's database does not run again after ${databaseMs / 1000} s`);
}

async function withClient<T>(connection: pg.ClientConfig, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ ...connection });
  client.on('error', () => undefined); // the query that waits reports it
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** Record tables by system names, from the published templates. */
async function templateTables(client: pg.Client): Promise<{ select(template: string, attributes: readonly string[]): string }> {
  const { rows } = await client.query<{ id: string; name: string; body: { attributes: readonly { id: string; name: string }[] } }>('SELECT DISTINCT ON (id) id, name, body FROM zveno.template ORDER BY id, version DESC');
  return {
    select(template, attributes) {
      const found = rows.find(({ name }) => name === template);
      if (found === undefined) throw new Error(`there is no template ${template}`);
      const columns = attributes.map((name) => `a_${found.body.attributes.find((attribute) => attribute.name === name)?.id ?? ''} AS ${name}`);
      return `SELECT ${columns.join(', ')} FROM zveno_data.r_${found.id}`;
    },
  };
}

async function readShipments({ warehouse }: Stage): Promise<string[]> {
  return withClient({ ...warehouse.connection }, async (client) => (await client.query<{ order_number: string }>('SELECT order_number FROM shipment')).rows.map((row) => row.order_number));
}
