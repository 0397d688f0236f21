import { accessRules } from '../src/core/access/role.ts';
import { randomBytes } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { ConfigurationStore, Publication, Published } from '../src/core/configuration/configuration-store.ts';
import type { NewObject } from '../src/core/configuration/plan.ts';
import type { Configuration } from '../src/core/configuration/published.ts';
import { processClock as clock } from '../src/cli/process-ports.ts';
import type { Log } from '../src/core/ports.ts';
import { planTemplates, type TemplatePlan } from '../src/core/template-plan.ts';
import { parseTemplateDocument } from '../src/core/configuration/template-document.ts';
import { postgresConfigurationStore } from '../src/store/postgres/configuration/configuration-store.ts';
import { openConfigurationSource } from '../src/store/postgres/configuration/source.ts';
import { migrate } from '../src/store/postgres/migrate.ts';
import { openReaders, openSession, type Readers } from '../src/store/postgres/pool.ts';
import { openSecretVault } from '../src/store/postgres/secrets.ts';
import { withPlatformDatabase, type PlatformDatabase } from './services/platform-database.ts';

const log: Log = { debug: () => undefined, info: () => undefined, warn: () => undefined, error: () => undefined };
const noTemplates: TemplatePlan = { templates: [], changes: [], refused: [] };

let database: PlatformDatabase;
let readers: Readers;
let store: ConfigurationStore;

beforeAll(async () => {
  database = await withPlatformDatabase({ migrate: (url) => migrate({ connectionString: url }, log) });
  readers = openReaders({ connectionString: database.url }, log);
  store = postgresConfigurationStore({ settings: { connectionString: database.url }, readers, clock, log });
}, 60_000);

afterAll(async () => {
  await readers.close();
  await database.drop();
});

const object = (name: string, extra: object = {}): NewObject => ({ kind: 'Route', name, document: { kind: 'Route', name, ...extra }, source: `kind: Route\nname: ${name}\n` });

const publication = (base: number, parts: Partial<Publication> = {}): Publication => ({ base, by: 'tester', note: 'a test', creates: [], changes: [], relaid: [], deletes: [], hideRecords: false, audit: [], ...parts });

const named = async (name: string, revision?: number): Promise<{ id: string; version: number; document: unknown; source: string | null } | undefined> =>
  (await store.load(revision)).stored.objects.find((candidate) => candidate.name === name);

const publish = async (parts: Partial<Publication>): Promise<number> => revisionOf(await store.publish(publication(await store.revision(), parts), noTemplates));

function revisionOf(published: Published): number {
  if (published.kind === 'job') throw new Error('nothing here has values to convert');
  return published.revision;
}

test('nothing was ever published until the first object is, whatever else was set', async () => {
  await store.setAddresses(new Map([['early', 1]]), 'tester');
  expect(await store.everPublished()).toBe(false);
  await store.setAddresses(new Map([['early', null]]), 'tester');
});

describe('publishing', () => {
  test('writes objects with a version each and moves the one revision on', async () => {
    const base = await store.revision();
    expect(await publish({ creates: [object('made', { z: 1, a: { y: [1, 'x', null] } })] })).toBe(base + 1);
    const made = await named('made');
    expect(made).toMatchObject({ version: 1, source: 'kind: Route\nname: made\n' });
    // The order of keys is the author's.
    expect(JSON.stringify(made?.document)).toBe('{"kind":"Route","name":"made","z":1,"a":{"y":[1,"x",null]}}');
  });

  test('keeps every version, so that an earlier revision can be read as it was', async () => {
    const first = await publish({ creates: [object('kept', { step: 1 })] });
    const id = (await named('kept'))?.id ?? '';
    const second = await publish({ changes: [{ ...object('kept', { step: 2 }), id }] });
    const third = await publish({ deletes: [{ id }] });
    expect((await named('kept', first))?.document).toMatchObject({ step: 1 });
    expect(await named('kept', second)).toMatchObject({ id, version: 2, document: { step: 2 } });
    expect(await named('kept', third)).toBeUndefined();
    expect(await named('kept')).toBeUndefined();
    expect(await store.everPublished()).toBe(true);
    await publish({ creates: [object('kept', { step: 3 })] });
    expect((await named('kept'))?.id).not.toBe(id);
  });

  test('of a changed layout keeps the version', async () => {
    await publish({ creates: [object('laid')] });
    const id = (await named('laid'))?.id ?? '';
    await publish({ relaid: [{ ...object('laid'), source: '# why\nkind: Route\nname: laid\n', id }] });
    expect(await named('laid')).toMatchObject({ version: 1, source: '# why\nkind: Route\nname: laid\n' });
  });

  test('by two at once lets one through and tells the other who was first', async () => {
    const base = await store.revision();
    const results = await Promise.allSettled(['left', 'right'].map((name) => store.publish(publication(base, { by: name, creates: [object(`race_${name}`)] }), noTemplates)));
    const [failed] = results.flatMap((result) => (result.status === 'rejected' ? [result.reason as unknown] : []));
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const winner = (await store.history(1))[0]?.by;
    expect(failed).toMatchObject({ code: 'config.changedMeanwhile', parameters: { by: winner, revision: base + 1, base } });
    expect(['left', 'right'].filter((name) => name !== winner)).toHaveLength(1);
    expect(await named(`race_${winner === 'left' ? 'right' : 'left'}`)).toBeUndefined();
  });

  test('that fails half-way leaves nothing behind', async () => {
    const base = await store.revision();
    await expect(store.publish(publication(base, { creates: [object('twice'), object('twice')] }), noTemplates)).rejects.toThrow();
    expect(await store.revision()).toBe(base);
    expect(await named('twice')).toBeUndefined();
  });

  test('of hostile names and values stores them as they are', async () => {
    const evil = `'; DROP TABLE zveno.configuration_object; --`;
    await publish({ creates: [object('evil', { text: evil, quote: '"\\u0041 $1', emoji: '🛒' })] });
    expect((await named('evil'))?.document).toMatchObject({ text: evil, quote: '"\\u0041 $1', emoji: '🛒' });
  });

  test('a revision that does not exist is refused with the newest one', async () => {
    const newest = await store.revision();
    await expect(store.load(newest + 5)).rejects.toMatchObject({ code: 'config.unknownRevision', parameters: { newest } });
  });
});

describe('templates', () => {
  const newId = (): string => randomBytes(4).toString('hex');
  const planned = async (...documents: object[]): Promise<TemplatePlan> => planTemplates(await store.newestTemplates(), documents.map(parseTemplateDocument), newId);
  const book = { kind: 'Template', name: 'Book', attributes: { title: 'text' } };

  test('appear with the revision that brings them, and not before', async () => {
    const base = await store.revision();
    const revision = revisionOf(await store.publish(publication(base), await planned(book)));
    expect((await store.load(revision)).templates.byName('Book')?.attributes.map(({ name }) => name)).toEqual(['title']);
    expect((await store.load(base)).templates.byName('Book')).toBeUndefined();
  });

  test('with records are not hidden silently, and are when that is asked for', async () => {
    const template = (await store.load()).templates.byName('Book');
    if (template === undefined) throw new Error('the template of the test before is missing');
    expect(await store.countRecords(template)).toBe(0);
    const session = await openSession({ connectionString: database.url }, 'plain', log);
    await session.script(`INSERT INTO zveno_data.r_${template.id} (id, version, created_at, changed_at, archived, origin) VALUES (gen_random_uuid(), 1, now(), now(), false, 'api')`);
    await session.close();
    expect(await store.countRecords(template)).toBe(1);
    const base = await store.revision();
    await expect(store.publish(publication(base), await planned())).rejects.toMatchObject({ code: 'template.hasRecords', parameters: { template: 'Book', count: 1 } });
    expect(await store.revision()).toBe(base);
    await store.publish(publication(base, { hideRecords: true }), await planned());
    expect((await store.load()).templates.byName('Book')).toBeUndefined();
    await store.publish(publication(await store.revision()), await planned(book));
    const back = (await store.load()).templates.byName('Book');
    expect(back?.id).toBe(template.id);
    expect(await store.countRecords(template)).toBe(1);
  });
});

describe('addresses', () => {
  test('make a revision only when they differ, and null removes one', async () => {
    const base = await store.revision();
    expect(await store.setAddresses(new Map<string, string | number>([['partner', 'http://127.0.0.1:1'], ['port', 5432]]), 'tester')).toBe(base + 1);
    expect(await store.setAddresses(new Map([['port', 5432]]), 'tester')).toBeNull();
    expect([...(await store.load()).stored.addresses]).toEqual([['partner', 'http://127.0.0.1:1'], ['port', 5432]]);
    await store.setAddresses(new Map([['partner', null], ['port', null]]), 'tester');
    expect((await store.load()).stored.addresses.size).toBe(0);
  });

  test.each([['a b', 'x'], ['ok', ''], ['ok', 'x'.repeat(501)], ['ok', 'x\0'], ['', 'x']])('%j = %j is refused', async (name, value) => {
    await expect(async () => await store.setAddresses(new Map([[name, value]]), 'tester')).rejects.toMatchObject({ code: 'address.value' });
  });
});

describe('secrets', () => {
  const key = randomBytes(32).toString('hex');
  const opened = (given = key) => openSecretVault(readers, { given, file: '/nowhere' });
  const canary = 'canary-3f9a1c77';

  test('come back only through a function, and their versions show in the configuration', async () => {
    const vault = await opened();
    await vault.set('partner-test', canary, 'tester');
    expect(await vault.reveal('partner-test', (text) => text.length)).toBe(canary.length);
    const before = await store.revision();
    await vault.set('partner-test', `${canary}!`, 'tester');
    expect(await store.revision()).toBe(before + 1);
    expect((await store.load()).stored.secrets.get('partner-test')).toBe(2);
    expect(await vault.list()).toMatchObject([{ name: 'partner-test', version: 2, setBy: 'tester', setAt: expect.stringMatching(/^\d{4}-.*Z$/) }]);
  });

  test('are nowhere in the database as text', async () => {
    const session = await openSession({ connectionString: database.url }, 'plain', log);
    const { rows: tables } = await session.query<{ name: string }>({ text: `SELECT format('%I.%I', schemaname, tablename) AS name FROM pg_tables WHERE schemaname LIKE 'zveno%'`, values: [] });
    for (const { name } of tables) {
      const { rows } = await session.query<{ row: string }>({ text: `SELECT t::text AS row FROM ${name} t`, values: [] });
      for (const { row } of rows) expect([row.includes(canary), row.includes(Buffer.from(canary).toString('hex'))]).toEqual([false, false]);
    }
    await session.close();
  });

  test('moved from one row to another do not open, and the self-check names the secret', async () => {
    const vault = await opened();
    await vault.set('second', 'another text', 'tester');
    const session = await openSession({ connectionString: database.url }, 'plain', log);
    await session.script(`UPDATE zveno.secret SET sealed = (SELECT sealed FROM zveno.secret WHERE name = 'partner-test') WHERE name = 'second'`);
    await session.close();
    await expect(vault.reveal('second', (text) => text)).rejects.toMatchObject({ code: 'secret.unreadable', parameters: { name: 'second' } });
    await expect(vault.check()).rejects.toMatchObject({ code: 'secret.unreadable' });
    await vault.set('second', 'set again', 'tester');
    await vault.check();
  });

  test('under another master key stop the start and say which key is missing', async () => {
    const given = randomBytes(32).toString('base64');
    await expect(openSecretVault(readers, { given, file: '/nowhere' })).rejects.toMatchObject({ code: 'secret.otherKey', parameters: { where: 'ZVENO_MASTER_KEY' } });
    await expect(openSecretVault(readers, { given: undefined, file: '/nowhere/master.key' })).rejects.toMatchObject({ code: 'secret.keyMissing' });
  });

  test.each([['no spaces', 'x', 'secret.name'], ['empty', '', 'secret.empty'], ['long', 'x'.repeat(65_537), 'secret.tooLong']])('%s is refused', async (name, text, code) => {
    const failed: unknown = await (await opened()).set(name, text, 'tester').catch((reason: unknown) => reason);
    expect(failed).toMatchObject({ code });
  });

  test('one that nobody set is named with the command that sets it', async () => {
    await expect((await opened()).reveal('absent', (text) => text)).rejects.toMatchObject({ code: 'secret.unknown', message: expect.stringContaining('zveno secrets set absent') });
  });

  test('are sealed anew under a new master key, from where it was cut short, with both keys good meanwhile', async () => {
    const fresh = randomBytes(32).toString('base64');
    const running = await opened();
    await running.set('long-lived', 'kept', 'tester', { expiresAt: '2099-01-01T00:00:00Z' });
    const version = (await store.load()).stored.secrets.get('long-lived');
    const both = await opened(`${fresh},${key}`);
    const cut = new Error('cut short');
    await expect(both.rewrap(() => { throw cut; })).rejects.toBe(cut);
    expect(await both.reveal('long-lived', (text) => text)).toBe('kept');
    await expect(opened(fresh)).rejects.toMatchObject({ code: 'secret.otherKey' });
    expect(await both.rewrap(() => undefined)).toBeGreaterThan(0);
    expect(await both.rewrap(() => undefined)).toBe(0);
    expect(await (await opened(fresh)).reveal('long-lived', (text) => text)).toBe('kept');
    await expect(opened()).rejects.toMatchObject({ code: 'secret.otherKey' });
    expect((await store.load()).stored.secrets.get('long-lived')).toBe(version);
    expect((await both.list()).find(({ name }) => name === 'long-lived')).toMatchObject({ expiresAt: '2099-01-01T00:00:00.000000Z' });
  });
});

describe('a source of snapshots', () => {
  const snapshot = async (revision?: number): Promise<Configuration> => {
    const { stored, templates } = await store.load(revision);
    const none = { connection: () => undefined, route: () => undefined, scenario: () => undefined, connections: () => [], routes: () => [], scenarios: () => [], template: () => undefined, access: accessRules([], []), broken: [] };
    return { revision: stored.revision, templates, ...none };
  };

  test('follows a publication that wakes it', async () => {
    const wakes: (() => void)[] = [];
    await using source = await openConfigurationSource({ load: () => snapshot(), loadAt: (past) => snapshot(past), revision: () => store.revision(), clock, log, onWake: (listener) => { wakes.push(listener); return () => undefined; } });
    const changed = new Promise<Configuration>((resolve) => source.onChange(resolve));
    const revision = await publish({ creates: [object('woken')] });
    for (const wake of wakes) wake();
    expect((await changed).revision).toBe(revision);
    expect(source.current().revision).toBe(revision);
  });

  test('reaches a revision that is asked for without being woken, and waits for one to come', async () => {
    await using source = await openConfigurationSource({ load: () => snapshot(), loadAt: (past) => snapshot(past), revision: () => store.revision(), clock, log });
    const revision = await publish({ creates: [object('asked')] });
    expect((await source.atLeast(revision)).revision).toBe(revision);
    const later = source.atLeast(revision + 1);
    await publish({ creates: [object('awaited')] });
    expect((await later).revision).toBe(revision + 1);
  });

  test('gives a past revision once, however often it is asked for, and refuses one that never was', async () => {
    let loads = 0;
    const past = async (asked: number): Promise<Configuration> => {
      loads += 1;
      return snapshot(asked);
    };
    await using source = await openConfigurationSource({ load: () => snapshot(), loadAt: past, revision: () => store.revision(), clock, log });
    const before = source.current();
    const revision = await publish({ creates: [object('past')] });
    await source.atLeast(revision);
    expect(await source.at(revision)).toBe(source.current());
    const [first, again] = await Promise.all([source.at(before.revision), source.at(before.revision)]);
    expect([first.revision, again === first, loads]).toEqual([before.revision, true, 1]);
    await expect(source.at(revision + 1_000)).rejects.toMatchObject({ code: 'config.unknownRevision' });
    await expect(source.at(revision + 1_000)).rejects.toMatchObject({ code: 'config.unknownRevision' });
    expect(loads).toBe(3);
  });

  test('gives up waiting when the caller does, and when it is closed', async () => {
    const source = await openConfigurationSource({ load: () => snapshot(), loadAt: (past) => snapshot(past), revision: () => store.revision(), clock, log });
    const stop = new AbortController();
    const waiting = source.atLeast(1_000_000, stop.signal);
    stop.abort(new Error('enough'));
    await expect(waiting).rejects.toThrow('enough');
    const second = source.atLeast(1_000_000);
    await source.close();
    await expect(second).rejects.toMatchObject({ code: 'config.sourceClosed' });
  });

  test('keeps its snapshot while the database is away, and goes on after', async () => {
    let away = false;
    const revision = async (): Promise<number> => {
      if (away) throw new Error('no database');
      return await store.revision();
    };
    await using source = await openConfigurationSource({ load: () => snapshot(), loadAt: (past) => snapshot(past), revision, clock, log });
    const before = source.current().revision;
    away = true;
    const next = await publish({ creates: [object('unseen')] });
    const reached = source.atLeast(next);
    expect(source.current().revision).toBe(before);
    away = false;
    expect((await reached).revision).toBe(next);
  });

  test('a listener that fails does not keep the others on the old revision', async () => {
    await using source = await openConfigurationSource({ load: () => snapshot(), loadAt: (past) => snapshot(past), revision: () => store.revision(), clock, log });
    const seen: number[] = [];
    source.onChange(() => { throw new Error('mine'); });
    source.onChange(({ revision }) => void seen.push(revision));
    const revision = await publish({ creates: [object('listened')] });
    await source.atLeast(revision);
    expect(seen).toEqual([revision]);
  });
});
