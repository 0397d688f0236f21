/** A platform database with published templates, and the store's commit over it, for tests of records. */
import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import { parseTemplateDocument } from '../../src/core/configuration/template-document.ts';
import { emptyEffectSet, type CommitResult, type RecordWrite } from '../../src/core/effect-set.ts';
import type { Clock, Log } from '../../src/core/ports.ts';
import type { ReadRequest, RecordQuery } from '../../src/core/query.ts';
import { checkValues } from '../../src/core/record-values.ts';
import type { VersionedCatalogue } from '../../src/core/template-catalogue.ts';
import { planTemplates, type TemplatePlan } from '../../src/core/template-plan.ts';
import type { RecordData, Template } from '../../src/core/template.ts';
import type { ValueObject } from '../../src/core/value.ts';
import { migrate, readMigrations } from '../../src/store/postgres/migrate.ts';
import { openSession, type Session } from '../../src/store/postgres/pool.ts';
import { publishTemplates } from '../../src/store/postgres/records/publish.ts';
import { recordTables } from '../../src/store/postgres/records/record-tables.ts';
import { loadNewestTemplates, loadTemplates } from '../../src/store/postgres/records/template-rows.ts';
import { createPostgresStore, type PostgresStore } from '../../src/store/postgres/store.ts';
import { withPlatformDatabase } from '../services/platform-database.ts';

export const silent: Log = { debug() {}, info() {}, warn() {}, error() {} };
export const realClock: Clock = { wallMs: () => Date.now(), monotonicMs: () => performance.now(), sleep: (ms, signal) => sleep(ms, undefined, { signal }) };

export interface RecordDatabase {
  readonly url: string;
  readonly session: Session;
  readonly store: PostgresStore;
  templates(): VersionedCatalogue;
  template(name: string): Template;
  plan(documents: readonly object[]): Promise<TemplatePlan>;
  /** Plans and publishes; throws what the publication throws. */
  publish(documents: readonly object[]): Promise<TemplatePlan>;
  /** Publishes on a session of its own, which is ended while it builds an index that another transaction holds back. */
  interrupted(documents: readonly object[]): Promise<'killed' | 'published'>;
  commit(...writes: readonly RecordWrite[]): Promise<CommitResult>;
  /** A create write with checked values; links stored elsewhere are left out. */
  create(template: string, values: ValueObject, id?: string): Extract<RecordWrite, { op: 'create' }>;
  update(record: RecordData, values: ValueObject): Extract<RecordWrite, { op: 'update' }>;
  remove(record: RecordData): Extract<RecordWrite, { op: 'delete' }>;
  link(op: 'link' | 'unlink', template: string, attribute: string, id: string, to: string): RecordWrite;
  get(template: string, id: string, links?: readonly string[]): Promise<RecordData>;
  find(query: Partial<RecordQuery> & { template: string }): Promise<readonly RecordData[]>;
  linked(template: string, attribute: string, id: string): Promise<readonly string[]>;
  /** Forgets all templates and records; quicker than another database. */
  reset(): Promise<void>;
  rows(sql: string): Promise<Record<string, unknown>[]>;
  close(): Promise<void>;
}

export async function openRecordDatabase(): Promise<RecordDatabase> {
  const database = await withPlatformDatabase({ migrate: (url) => migrate({ connectionString: url }, silent), key: await migrationsKey() });
  const connection = { connectionString: database.url };
  const session = await openSession(connection, 'plain', silent);
  let templates = await loadTemplates(session);
  let revision = 0;
  const blobs = { put: async () => '', read: async () => new Uint8Array(), has: async () => true, remove: async () => {}, take: () => Promise.reject(new Error('no files here')), stream: () => Promise.reject(new Error('no files here')) };
  const random = { bytes: (n: number) => new Uint8Array(randomBytes(n)), fraction: () => 0.5 };
  const store = await createPostgresStore({ connection, records: recordTables, templates: () => templates, blobs, clock: realClock, random, log: silent, crashPoints: { reach() {} } });
  const template = (name: string): Template => {
    const found = templates.byName(name);
    if (found === undefined) throw new Error(`no template ${name}`);
    return found;
  };
  const plan = async (documents: readonly object[]): Promise<TemplatePlan> => planTemplates(await loadNewestTemplates(session), documents.map(parseTemplateDocument), () => randomBytes(4).toString('hex'));
  const read = (request: ReadRequest) => recordTables.read(store.readers, request, templates);

  return {
    url: database.url,
    session,
    store,
    templates: () => templates,
    template,
    plan,
    publish: async (documents) => {
      const planned = await plan(documents);
      await publishTemplates(session, planned, { revision: ++revision, clock: realClock, log: silent });
      templates = await loadTemplates(session, revision);
      return planned;
    },
    interrupted: async (documents) => {
      const planned = await plan(documents);
      const publishing = await openSession(connection, 'plain', silent);
      const reading = await openSession(connection, 'plain', silent);
      await reading.script(`BEGIN ISOLATION LEVEL REPEATABLE READ; LOCK TABLE zveno_data.r_${template('Item').id} IN ROW EXCLUSIVE MODE; SELECT 1`);
      const published = publishTemplates(publishing, planned, { revision: ++revision, clock: realClock, log: silent }).then(() => 'published' as const, () => 'killed' as const);
      const building = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE pid = $1 AND query LIKE 'CREATE INDEX CONCURRENTLY%' AND wait_event_type = 'Lock'";
      while ((await session.query({ text: building, values: [publishing.backend.pid] })).rows.length === 0) await sleep(20);
      const outcome = await published;
      await reading.script('ROLLBACK');
      await reading.close();
      await publishing.close().catch(() => undefined);
      return outcome;
    },
    commit: async (...writes) => {
      const [result] = await store.commit([{ ...emptyEffectSet(randomUUID()), records: writes }]);
      if (result === undefined) throw new Error('commit gave no result');
      return result;
    },
    create: (name, values, id = randomUUID()) => {
      const checked = checkValues(template(name), values, 'create');
      if (checked.problems.length > 0) throw new Error(JSON.stringify(checked.problems));
      return { op: 'create', template: template(name).id, templateVersion: template(name).version, id, values: checked.scalars, origin: 'api', by: 'ira' };
    },
    update: (record, values) => {
      const of = templates.byId(record.template);
      if (of === undefined) throw new Error('no such template');
      const checked = checkValues(of, values, 'update');
      if (checked.problems.length > 0) throw new Error(JSON.stringify(checked.problems));
      return { op: 'update', template: of.id, templateVersion: of.version, id: record.id, version: record.version, values: checked.scalars, origin: 'api', by: 'oleg' };
    },
    remove: (record) => ({ op: 'delete', template: record.template, templateVersion: templates.byId(record.template)?.version ?? 0, id: record.id, version: record.version, origin: 'api', by: null }),
    link: (op, name, attribute, id, to) => {
      const link = template(name).attributes.find((candidate) => candidate.name === attribute);
      if (link?.kind !== 'link') throw new Error(`no link ${attribute}`);
      const [owner, other] = link.side === 'owner' ? [id, to] : [to, id];
      return { op, relation: link.relation.id, owner, other, origin: 'scenario', by: null };
    },
    get: async (name, id, links) => {
      const result = await read({ kind: 'get', template: template(name).id, id, links: links ?? [] });
      if (result.kind !== 'record' || result.record === null) throw new Error(`no record ${id}`);
      return result.record;
    },
    find: async (query) => {
      const result = await read({ kind: 'query', query: { sort: [], limit: 100, ...query } });
      return result.kind === 'page' ? result.records : [];
    },
    linked: async (name, attribute, id) => {
      const result = await read({ kind: 'linked', template: name, id, attribute });
      return result.kind === 'ids' ? result.ids : [];
    },
    reset: async () => {
      await session.script('DROP SCHEMA zveno_data CASCADE; CREATE SCHEMA zveno_data; TRUNCATE zveno.template');
      templates = await loadTemplates(session);
    },
    rows: async (sql) => (await store.readers.query({ text: sql, values: [] })).rows,
    close: async () => {
      await store.close();
      await session.close();
      await database.drop();
    },
  };
}

/** The migrated template database is shared by all test files that use the same migrations. */
async function migrationsKey(): Promise<string> {
  return createHash('sha256').update(JSON.stringify(await readMigrations())).digest('hex').slice(0, 16);
}
