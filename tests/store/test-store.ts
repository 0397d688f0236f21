/** A store over a fresh database, with real time, and the pieces that its tests are made of. */
import { randomBytes, randomUUID } from 'node:crypto';
import { mkdtemp } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { withPlatformDatabase, type PlatformDatabase } from '../services/platform-database.ts';
import type { EffectSet, MessageRow } from '../../src/core/effect-set.ts';
import { emptyEffectSet } from '../../src/core/effect-set.ts';
import { messageId } from '../../src/core/message-id.ts';
import type { Clock, CrashPoints, Log, Random } from '../../src/core/ports.ts';
import { openDiskBlobs } from '../../src/store/blobs/disk.ts';
import { migrate } from '../../src/store/postgres/migrate.ts';
import type { ConnectionSettings } from '../../src/store/postgres/pool.ts';
import { createPostgresStore, type PostgresStore, type PostgresStoreOptions } from '../../src/store/postgres/store.ts';
import { testRecordTables, testRecords, testTemplates } from './test-records.ts';

export const quietLog: Log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
export const realClock: Clock = { wallMs: () => Date.now(), monotonicMs: () => performance.now(), sleep: (ms, signal) => sleep(ms, undefined, { signal }) };
export const realRandom: Random = { bytes: (n) => new Uint8Array(randomBytes(n)), fraction: () => Math.random() };
export const noCrashes: CrashPoints = { reach: () => undefined };

export interface TestDatabase extends PlatformDatabase {
  settings: ConnectionSettings;
  /** As the platform's role. */
  sql<Row extends pg.QueryResultRow>(text: string, values?: unknown[]): Promise<Row[]>;
}

export async function testDatabase(): Promise<TestDatabase> {
  const database = await withPlatformDatabase({
    // Not the shape that other tests call the platform's: it has tables of these tests besides.
    key: testRecordTables,
    migrate: async (url) => {
      await migrate({ connectionString: url }, quietLog);
      await onClient(url, (client) => client.query(testRecordTables));
    },
  });
  return {
    ...database,
    settings: database.connection,
    sql: (text, values = []) => onClient(database.url, async (client) => (await client.query(text, values)).rows),
  };
}

async function onClient<T>(url: string, work: (client: pg.Client) => Promise<T>): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

export const testBlobFolder = (): Promise<string> => mkdtemp(join(tmpdir(), 'zveno-blobs-'));

export async function testStore(database: TestDatabase, options: Partial<PostgresStoreOptions> = {}): Promise<PostgresStore> {
  return createPostgresStore({
    connection: database.settings,
    records: testRecords,
    templates: () => testTemplates,
    blobs: options.blobs ?? (await openDiskBlobs(await testBlobFolder(), realRandom)),
    clock: realClock,
    random: realRandom,
    log: quietLog,
    crashPoints: noCrashes,
    ...options,
  });
}

export const uuid = (): string => randomUUID();
export const freshId = (days: 1 | 7 | 30 | 365 = 30, ms = Date.now()): string => messageId(ms, randomBytes(10), days);
export const set = (parts: Partial<EffectSet>): EffectSet => ({ ...emptyEffectSet(uuid()), ...parts });

export const messageRow = (parts: Partial<MessageRow> = {}): MessageRow => ({
  id: freshId(),
  direction: 'in',
  state: 'done',
  route: 'route-1',
  routeVersion: 1,
  routeName: 'orders',
  connectionName: 'shop',
  scenarioNames: ['take'],
  parent: null,
  depth: 0,
  effectId: null,
  orderKey: null,
  idempotencyKey: null,
  caller: 'anonymous',
  receivedAt: '2026-11-22T12:10:22.000001Z',
  contentType: 'application/json',
  payload: { kind: 'bytes', bytes: new Uint8Array([1, 2, 3]) },
  reply: null,
  replyStatus: null,
  attempts: 0,
  failure: null,
  trace: null,
  runState: null,
  keys: {},
  ...parts,
});

/** A set that queues one run. */
export const queuedRun = (row: Partial<MessageRow> = {}, dueInMs = 0): { id: string; set: EffectSet } => {
  const message = messageRow({ state: 'pending', ...row });
  return { id: message.id, set: set({ runs: [{ row: message, route: message.route ?? '', orderKey: message.orderKey, dueInMs }] }) };
};

export const createCustomer = (id: string, phone: string): EffectSet['records'][number] => ({ op: 'create', template: 'aaaaaaaa', templateVersion: 1, id, values: { phone }, origin: 'scenario', by: null });
export const updateCustomer = (id: string, version: number, phone: string): EffectSet['records'][number] => ({ op: 'update', template: 'aaaaaaaa', templateVersion: 1, id, version, values: { phone }, origin: 'scenario', by: null });
export const deleteCustomer = (id: string, version: number): EffectSet['records'][number] => ({ op: 'delete', template: 'aaaaaaaa', templateVersion: 1, id, version, origin: 'scenario', by: null });

export const finished = (id: string, state: MessageRow['state'] = 'done'): NonNullable<EffectSet['message']> => ({ op: 'update', id, state, attempts: 1, failure: null });
