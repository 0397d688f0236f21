/**
 * A hand-written intake to compare with: Fastify and pg, no platform. A process of its own:
 *
 *   DATABASE_URL=… node bench/w1/reference.ts single | singleJournal | groupCommit
 *
 * The first line on standard output is `{"port":…}`.
 */
import type { AddressInfo } from 'node:net';
import Fastify from 'fastify';
import pg from 'pg';
import { mapByHand, type BenchOrder } from './order.ts';

const columns = ['number', 'buyer', 'email', 'phone', 'placed_at', 'day', 'note', 'line_count', 'pieces', 'total', 'articles', 'lines'] as const;
const types = ['text', 'text', 'text', 'text', 'timestamptz', 'text', 'text', 'integer', 'integer', 'numeric', 'text', 'text'] as const;

export type ReferenceKind = 'single' | 'singleJournal' | 'groupCommit';

export const referenceTables = `
  CREATE SCHEMA reference;
  ${['single', 'singlejournal', 'groupcommit'].map((name) => `CREATE TABLE reference.${name} (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), ${columns.map((column, index) => `${column} ${types[index] ?? ''}${column === 'number' ? ' COLLATE "C" NOT NULL UNIQUE' : ''}`).join(', ')});`).join('\n')}
  CREATE TABLE reference.journal (id uuid PRIMARY KEY DEFAULT gen_random_uuid(), received_at timestamptz NOT NULL DEFAULT clock_timestamp(), route text NOT NULL, status integer NOT NULL, body bytea NOT NULL, reply bytea NOT NULL);
`;

export const referenceTable = (kind: ReferenceKind): string => `reference.${kind.toLowerCase()}`;

type Row = ReturnType<typeof mapByHand>;

const updated = columns.slice(1).map((column) => `${column} = excluded.${column}`).join(', ');
const upsertOne = (kind: ReferenceKind): string => `INSERT INTO ${referenceTable(kind)} (${columns.join(', ')}) VALUES (${columns.map((_, index) => `$${index + 1}`).join(', ')}) ON CONFLICT (number) DO UPDATE SET ${updated}`;

interface Store {
  put(row: Row, body: Buffer, reply: string): Promise<void>;
}

function single(pool: pg.Pool): Store {
  const text = upsertOne('single');
  return { put: async (row) => void (await pool.query({ name: 'put', text, values: [...row] })) };
}

function singleJournal(pool: pg.Pool): Store {
  const text = `WITH stored AS (${upsertOne('singleJournal')}) INSERT INTO reference.journal (route, status, body, reply) VALUES ('orders', 200, $13, $14)`;
  return { put: async (row, body, reply) => void (await pool.query({ name: 'put', text, values: [...row, body, Buffer.from(reply)] })) };
}

/** All that wait while a statement is under way go with the next one. */
function groupCommit(pool: pg.Pool): Store {
  const text = `INSERT INTO ${referenceTable('groupCommit')} (${columns.join(', ')}) SELECT * FROM unnest(${types.map((type, index) => `$${index + 1}::${type}[]`).join(', ')}) ON CONFLICT (number) DO UPDATE SET ${updated}`;
  const waiting: { row: Row; done: () => void; failed: (error: unknown) => void }[] = [];
  let busy = false;
  const flush = async (): Promise<void> => {
    if (busy || waiting.length === 0) return;
    busy = true;
    const batch = waiting.splice(0, 200);
    try {
      await pool.query({ name: 'put', text, values: columns.map((_, index) => batch.map(({ row }) => row[index])) });
      for (const { done } of batch) done();
    } catch (error) {
      for (const { failed } of batch) failed(error);
    }
    busy = false;
    void flush();
  };
  return {
    put: (row) =>
      new Promise((done, failed) => {
        waiting.push({ row, done, failed });
        void flush();
      }),
  };
}

const stores: Readonly<Record<ReferenceKind, (pool: pg.Pool) => Store>> = { single, singleJournal, groupCommit };

async function serve(kind: ReferenceKind, connectionString: string): Promise<void> {
  const store = stores[kind](new pg.Pool({ connectionString, max: kind === 'groupCommit' ? 1 : 10 }));
  const app = Fastify();
  app.removeAllContentTypeParsers();
  app.addContentTypeParser('application/json', { parseAs: 'buffer' }, (_request, body, done) => done(null, body));
  app.post('/orders', async (request, reply) => {
    const body = request.body as Buffer; // the parser above gives nothing else
    const row = mapByHand(JSON.parse(body.toString('utf8')) as BenchOrder); // checked by the mapping
    const answer = JSON.stringify({ accepted: true, number: row[0] });
    await store.put(row, body, answer);
    return reply.type('application/json').send(answer);
  });
  await app.listen({ port: 0, host: '127.0.0.1' });
  process.stdout.write(`${JSON.stringify({ port: (app.server.address() as AddressInfo).port })}\n`); // a TCP server's address is never a text
}

if (import.meta.main) {
  const kind = process.argv[2];
  const connectionString = process.env['DATABASE_URL'];
  if ((kind !== 'single' && kind !== 'singleJournal' && kind !== 'groupCommit') || connectionString === undefined) throw new Error('DATABASE_URL=… node bench/w1/reference.ts single | singleJournal | groupCommit');
  await serve(kind, connectionString);
}
