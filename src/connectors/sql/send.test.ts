import { randomUUID } from 'node:crypto';
import pg from 'pg';
import { afterAll, beforeEach, describe, expect, it } from 'vitest';
import { withPlatformDatabase } from '../../../tests/services/platform-database.ts';
import { Decimal, Secret, type OpenConnection, type Receipt } from '../../sdk/index.ts';
import { callOf, contextOf, sendOnce, type ContextOptions, type Sample } from '../../sdk/testing/context.ts';
import definition from './index.ts';
import { startBreakingProxy } from './testing/breaking-proxy.ts';

const database = await withPlatformDatabase();
const direct = new pg.Client({ connectionString: database.url });
await direct.connect();
afterAll(async () => {
  await direct.end();
  await database.drop();
});

const properties = {
  host: '127.0.0.1', port: database.connection.port, database: database.connection.database, user: database.connection.user,
  password: new Secret(database.connection.password), tls: 'off', statementTimeoutMs: 5_000,
};

const query = async (text: string): Promise<unknown[]> => (await direct.query<Record<string, unknown>>(text)).rows;

async function using<T>(use: (open: OpenConnection) => Promise<T>, more: Record<string, unknown> = {}, options: ContextOptions = {}): Promise<T> {
  const open = definition.open(contextOf(definition, { ...properties, ...more }, { name: 'warehouse', ...options }));
  try {
    return await use(open);
  } finally {
    await open.close();
  }
}

const send = (sample: Sample, more: Record<string, unknown> = {}): Promise<Receipt> => using((open) => sendOnce(open, callOf(sample)), more);
const cities = (request: Sample['request'], operation = 'select', more: Record<string, unknown> = {}): Promise<Receipt> =>
  send({ operation, properties: { table: 'cities', ...(operation === 'select' ? {} : { ledger: false }), ...more }, request });
const custom = (sql: string, request: Sample['request'] = {}, more: Record<string, unknown> = {}): Promise<Receipt> =>
  send({ operation: 'custom', properties: { sql, ledger: false, ...more }, request });

beforeEach(async () => {
  await query(`
    DROP TABLE IF EXISTS cities, "Заказы ""x""", exact, children, parents, zveno_effects;
    CREATE TABLE cities (code int PRIMARY KEY, "countryCode" text, "cityName" text);
    INSERT INTO cities VALUES (1, 'RUS', 'Омск'), (2, 'RUS', 'Тверь'), (3, 'KAZ', 'Алматы'), (4, NULL, 'Нигде');
    CREATE TABLE "Заказы ""x""" ("Номер; DROP TABLE cities" text);
    CREATE TABLE exact (i8 bigint, n numeric, f float8, t timestamptz, l timestamp, d date, j jsonb, b bytea, flag boolean, texts text[], numbers numeric[], id uuid);
    CREATE TABLE zveno_effects (effect_id uuid PRIMARY KEY, at timestamptz NOT NULL);`);
});

describe('select', () => {
  it('gives the rows that fit every condition of the filter', async () => {
    expect(await cities({ Filter: [{ Name: 'countryCode', Value: 'RUS' }] })).toMatchObject({ kind: 'ok', response: { rowCount: 2, rows: [{ code: 1, countryCode: 'RUS', cityName: 'Омск' }, { code: 2 }] } });
    expect(await cities({ Filter: [{ Name: 'countryCode', Value: 'RUS' }, { Name: 'code', Value: 2 }] })).toMatchObject({ response: { rowCount: 1 } });
    expect(await cities({ Filter: { countryCode: ['KAZ', null] } })).toMatchObject({ response: { rowCount: 2 } });
    expect(await cities({ Filter: [{ Name: 'countryCode', Value: null }] })).toMatchObject({ response: { rows: [{ code: 4 }] } });
    expect(await cities({})).toMatchObject({ response: { rowCount: 4 } });
  });

  it('binds values: an injection by value finds nothing and changes nothing', async () => {
    expect(await cities({ Filter: [{ Name: 'countryCode', Value: "RUS' OR '1'='1" }] })).toMatchObject({ kind: 'ok', response: { rowCount: 0 } });
    await expect(cities({ Filter: [{ Name: 'countryCode" = \'x\' OR true --', Value: 1 }] })).rejects.toMatchObject({ code: 'connection.unknownColumn' });
    expect(await query('SELECT count(*)::int AS n FROM cities')).toEqual([{ n: 4 }]);
  });

  it('names the nearest table and column', async () => {
    await expect(send({ operation: 'select', properties: { table: 'citys' }, request: {} })).rejects.toMatchObject({ code: 'connection.unknownTable', parameters: { nearest: 'cities' } });
    await expect(cities({ Filter: { countrycode: 'RUS' } })).rejects.toMatchObject({ code: 'connection.unknownColumn', parameters: { nearest: 'countryCode' } });
    await expect(send({ operation: 'select', properties: { table: 'cities; DROP TABLE cities' }, request: {} })).rejects.toMatchObject({ code: 'connection.unknownTable' });
  });

  it('reads names that need quoting', async () => {
    await query(`INSERT INTO "Заказы ""x""" VALUES ('1')`);
    expect(await send({ operation: 'select', properties: { table: 'Заказы "x"' }, request: { Filter: { 'Номер; DROP TABLE cities': '1' } } })).toMatchObject({ response: { rows: [{ 'Номер; DROP TABLE cities': '1' }] } });
  });

  it('fails instead of cutting rows off', async () => {
    expect(await cities({}, 'select', { limit: 3 })).toMatchObject({ kind: 'error', failure: { code: 'connection.tooManyRows', parameters: { limit: 3 } } });
    expect(await cities({}, 'select', { limit: 4 })).toMatchObject({ kind: 'ok' });
  });

  it('reads more rows than one page holds', async () => {
    await query('INSERT INTO cities SELECT n, \'X\', n::text FROM generate_series(100, 1299) n');
    expect(await cities({ Filter: { countryCode: 'X' } }, 'select', { limit: 1200 })).toMatchObject({ kind: 'ok', response: { rowCount: 1200 } });
    expect(await cities({ Filter: { countryCode: 'X' } }, 'select', { limit: 1199 })).toMatchObject({ kind: 'error', failure: { code: 'connection.tooManyRows' } });
  });
});

describe('values', () => {
  it('keep every digit and every character both ways', async () => {
    const row = {
      i8: new Decimal('9223372036854775807'), n: new Decimal('12345678901234567890.123456789'), f: 0.1, t: '2026-01-05T10:20:30.123456+03:00', l: '2026-01-05T10:20:30.5', d: '2026-01-05',
      j: { a: [1, null, 'я'], big: new Decimal('12345678901234567890') }, b: Buffer.from([0, 255]).toString('base64'), flag: true, texts: ['a"b\\', 'Ж,{}', '', 'NULL', null], numbers: [new Decimal('1.10')], id: randomUUID(),
    };
    expect(await send({ operation: 'insert', properties: { table: 'exact', ledger: false }, request: row })).toMatchObject({ kind: 'ok', response: { rowCount: 1, repeated: false } });
    const read = await send({ operation: 'select', properties: { table: 'exact' }, request: {} });
    expect(JSON.parse(JSON.stringify(read.response))).toEqual({ rowCount: 1, rows: [{ ...JSON.parse(JSON.stringify(row)), t: '2026-01-05T07:20:30.123456Z', numbers: ['1.1'] }] });
    expect(read).toMatchObject({ response: { rows: [{ i8: expect.any(Decimal), n: expect.any(Decimal) }] } });
  });

  it('that no column can hold are refused by name before anything is sent', async () => {
    await expect(cities({ code: 9, cityName: 'a\0b' }, 'insert')).rejects.toMatchObject({ code: 'connection.nulInText', parameters: { attribute: 'cityName' } });
    await expect(cities({ code: 9, cityName: { a: 1 } }, 'insert')).rejects.toMatchObject({ code: 'connection.valueWrongType', parameters: { attribute: 'cityName', actual: 'object' } });
    await expect(cities({ code: Number.NaN }, 'insert')).rejects.toMatchObject({ code: 'connection.valueWrongType' });
    await expect(cities('text', 'insert')).rejects.toMatchObject({ code: 'connection.valueWrongType' });
  });

  it('the server refuses are refusals that nobody repeats', async () => {
    await expect(cities({ code: 'abc' }, 'insert')).rejects.toMatchObject({ code: 'connection.rejected', next: { kind: 'fail' } });
    await expect(cities({ code: 1 }, 'insert')).rejects.toMatchObject({ code: 'connection.constraint', parameters: { constraint: 'cities_pkey', table: 'cities' }, next: { kind: 'fail' } });
    await expect(cities({ cityName: 'x' }, 'insert')).rejects.toMatchObject({ code: 'connection.constraint', parameters: { constraint: 'code' } });
  });
});

describe('insert, update and delete', () => {
  it('write what the message says', async () => {
    expect(await cities({ code: 5, cityName: 'Пермь 😀' }, 'insert')).toMatchObject({ response: { rowCount: 1 } });
    expect(await cities({ code: 5, countryCode: 'RUS' }, 'update', { key: ['code'] })).toMatchObject({ response: { rowCount: 1 } });
    expect(await cities({ Filter: [{ Name: 'countryCode', Value: 'KAZ' }], cityName: null }, 'update')).toMatchObject({ response: { rowCount: 1 } });
    expect(await cities({ Filter: { code: [1, 2] } }, 'delete')).toMatchObject({ response: { rowCount: 2 } });
    expect(await query('SELECT * FROM cities ORDER BY code')).toEqual([
      { code: 3, countryCode: 'KAZ', cityName: null }, { code: 4, countryCode: null, cityName: 'Нигде' }, { code: 5, countryCode: 'RUS', cityName: 'Пермь 😀' },
    ]);
  });

  it('write many rows all or none', async () => {
    await expect(cities([{ code: 7 }, { code: 8 }, { code: 1 }], 'insert')).rejects.toMatchObject({ code: 'connection.constraint' });
    expect(await query('SELECT count(*)::int AS n FROM cities')).toEqual([{ n: 4 }]);
    expect(await cities([{ code: 7 }, { code: 8 }], 'insert')).toMatchObject({ response: { rowCount: 2 } });
    await expect(cities(Array.from({ length: 1001 }, () => ({})), 'insert')).rejects.toMatchObject({ code: 'connection.rowsLimit' });
  });

  it.each([
    ['delete', {}, {}], ['delete', { Filter: [] }, {}], ['delete', { Filter: [{ Name: 'code' }] }, {}], ['delete', { Filter: [{ Value: 1 }] }, {}], ['delete', { Filter: {} }, {}], ['delete', { Filter: 'code' }, {}], ['delete', null, {}],
    ['update', { cityName: 'x' }, {}], ['update', { cityName: 'x', code: null }, { key: ['code'] }], ['update', { cityName: 'x' }, { key: ['code'] }], ['update', { cityName: 'x' }, { key: [] }],
  ] as const)('%s %j without a complete condition never reaches the database', async (operation, request, more) => {
    const unreachable = { host: '127.0.0.1', port: 1 };
    await expect(send({ operation, properties: { table: 'cities', ...more }, request }, unreachable)).rejects.toMatchObject({ code: 'connection.conditionMissing' });
    const guarded = definition.operations[operation];
    // The guard takes the values that a parsed route has.
    expect(() => guarded?.guard?.({ table: 'cities', filterAttribute: 'Filter', ...more }, request)).toThrow(expect.objectContaining({ code: 'connection.conditionMissing' }));
  });
});

describe('custom statements', () => {
  it('bind both spellings of a placeholder and give rows, a scalar or nothing', async () => {
    expect(await custom('SELECT count(*) FROM cities WHERE code = {my_id}', { my_id: 1 }, { resultKind: 'scalar', resultAttribute: 'n' })).toMatchObject({ response: { n: new Decimal(1), rowCount: 1 } });
    expect(await custom('SELECT "cityName" FROM cities WHERE "countryCode" = :c ORDER BY code;', { c: 'RUS' })).toMatchObject({ response: { rows: [{ cityName: 'Омск' }, { cityName: 'Тверь' }] } });
    expect(await custom('INSERT INTO cities VALUES (:code, :c, :c)', { code: 10, c: "x'); DROP TABLE cities; --" }, { resultKind: 'none' })).toMatchObject({ response: { rowCount: 1 } });
    expect(await custom('SELECT :effectId::text AS id')).toMatchObject({ response: { rows: [{ id: expect.any(String) }] } });
    expect(await custom('SHOW server_encoding')).toMatchObject({ response: { rows: [{ server_encoding: 'UTF8' }] } });
  });

  it('name a value that the message does not have', async () => {
    await expect(custom('SELECT :missing::text')).rejects.toMatchObject({ code: 'connection.valueMissing', parameters: { attribute: 'missing' } });
  });

  it('that look like reads can\'t write', async () => {
    await query('CREATE SEQUENCE IF NOT EXISTS numbers');
    await expect(custom("SELECT nextval('numbers')")).rejects.toMatchObject({ code: 'connection.statementRefused' });
    expect(await custom("SELECT nextval('numbers') AS n", {}, { writes: true })).toMatchObject({ kind: 'ok' });
  });

  it('are bounded in rows and time', async () => {
    expect(await custom('SELECT * FROM generate_series(1, 5000)', {}, { limit: 100 })).toMatchObject({ kind: 'error', failure: { code: 'connection.tooManyRows' } });
    await expect(send({ operation: 'custom', properties: { sql: 'SELECT pg_sleep(5)' }, request: {} }, { statementTimeoutMs: 200 })).rejects.toMatchObject({ code: 'connection.timeout', next: { kind: 'retry' } });
  });
});

describe('the effects ledger', () => {
  const insert = (effectId: string, code: number): Sample => ({ operation: 'insert', properties: { table: 'cities' }, request: { code }, effectId });

  it('lets an effect happen once, however often it is sent', async () => {
    const id = randomUUID();
    await using(async (open) => {
      expect(await sendOnce(open, callOf(insert(id, 50)))).toMatchObject({ kind: 'ok', response: { rowCount: 1, repeated: false } });
      expect(await sendOnce(open, callOf(insert(id, 50)))).toMatchObject({ kind: 'ok', response: { repeated: true } });
      const both = await Promise.all(Array.from({ length: 6 }, () => sendOnce(open, callOf({ ...insert('not a uuid', 51) }))));
      expect(both.filter((receipt) => JSON.stringify(receipt.response).includes('"repeated":false'))).toHaveLength(1);
    });
    expect(await query('SELECT count(*)::int AS n FROM cities WHERE code >= 50')).toEqual([{ n: 2 }]);
    expect(await query(`SELECT effect_id FROM zveno_effects WHERE effect_id = '${id}'`)).toHaveLength(1);
  });

  it('has no row for an effect that was refused, so that a corrected one can be sent', async () => {
    const id = randomUUID();
    await expect(send(insert(id, 1))).rejects.toMatchObject({ code: 'connection.constraint' });
    expect(await send(insert(id, 60))).toMatchObject({ response: { repeated: false } });
  });

  it('is demanded before anything is written, and made only by its action', async () => {
    await query('DROP TABLE zveno_effects');
    await expect(send(insert(randomUUID(), 70))).rejects.toMatchObject({ code: 'connection.ledgerMissing', next: { kind: 'fail' } });
    expect(await query('SELECT 1 FROM cities WHERE code = 70')).toEqual([]);
    const context = contextOf(definition, properties);
    const action = definition.actions?.['createLedger'];
    expect(await action?.run(context, new AbortController().signal)).toMatchObject({ en: expect.stringContaining('zveno_effects') });
    await action?.run(context, new AbortController().signal);
    expect(await send(insert(randomUUID(), 70))).toMatchObject({ kind: 'ok' });
  });

  it('makes writes idempotent, and without it they are not', () => {
    const of = (operation: string, route: object): boolean | undefined => definition.operations[operation]?.idempotent?.(route);
    expect([of('insert', { ledger: true }), of('insert', { ledger: false }), of('select', {}), of('custom', { sql: 'SELECT 1', ledger: false, writes: false }), of('custom', { sql: 'CALL f()', ledger: false, writes: false })])
      .toEqual([true, false, true, true, false]);
  });
});

describe('a link that breaks', () => {
  const write = (open: OpenConnection, ledger: boolean, code: number): Promise<Receipt> => sendOnce(open, callOf({ operation: 'insert', properties: { table: 'cities', ledger }, request: { code } }));

  it.each(['before', 'after'] as const)('during COMMIT (%s the server got it) is an unknown outcome without a ledger', async (mode) => {
    await overBrokenLink(mode, 'COMMIT', async (open) => {
      await expect(write(open, false, 80)).rejects.toMatchObject({ code: 'connection.unknownOutcome', next: { kind: 'park' } });
    });
    expect(await query('SELECT count(*)::int AS n FROM cities WHERE code = 80')).toEqual([{ n: mode === 'after' ? 1 : 0 }]);
  });

  it('during COMMIT is settled by the ledger: done', async () => {
    await overBrokenLink('after', 'COMMIT', async (open) => {
      expect(await write(open, true, 81)).toMatchObject({ kind: 'ok', response: { rowCount: 1, repeated: false } });
    });
    expect(await query('SELECT count(*)::int AS n FROM cities WHERE code = 81')).toEqual([{ n: 1 }]);
  });

  it('during COMMIT is settled by the ledger: not done, and a repeat does it', async () => {
    await overBrokenLink('before', 'COMMIT', async (open) => {
      await expect(write(open, true, 82)).rejects.toMatchObject({ code: 'connection.lost', next: { kind: 'reconnect' } });
      expect(await write(open, true, 82)).toMatchObject({ kind: 'ok' });
    });
  });

  it('before COMMIT has done nothing', async () => {
    await overBrokenLink('after', 'INSERT INTO "public"', async (open) => {
      await expect(write(open, false, 83)).rejects.toMatchObject({ code: 'connection.lost' });
      expect(await write(open, false, 83)).toMatchObject({ kind: 'ok' });
    });
  });

  it('while idle is noticed, and the next call opens a new session', async () => {
    await using(async (open) => {
      await sendOnce(open, callOf({ operation: 'select', properties: { table: 'cities' }, request: {} }));
      await query("SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE application_name = 'Zveno' AND datname = current_database()");
      const again = (): Promise<Receipt> => sendOnce(open, callOf({ operation: 'select', properties: { table: 'cities' }, request: {} }));
      // The first may still meet the old session before its end was noticed.
      const receipt = await again().catch(again);
      expect(receipt).toMatchObject({ kind: 'ok' });
    });
  });

  async function overBrokenLink(mode: 'before' | 'after', word: string, use: (open: OpenConnection) => Promise<void>): Promise<void> {
    await using proxy = await startBreakingProxy({ host: '127.0.0.1', port: properties.port }, word);
    proxy.mode = mode;
    const open = definition.open(contextOf(definition, { ...properties, port: proxy.port }));
    try {
      await use(open);
    } finally {
      await open.close();
    }
  }
});

describe('the hooks', () => {
  it('nothing is begun before beforeBytes has finished, and afterBytes comes with COMMIT', async () => {
    const seen: unknown[] = [];
    const hooks = {
      beforeBytes: async () => void seen.push(['before', await query('SELECT count(*)::int AS n FROM pg_stat_activity WHERE application_name = \'Zveno\' AND datname = current_database() AND xact_start IS NOT NULL')]),
      afterBytes: () => void seen.push('after'),
    };
    await using((open) => sendOnce(open, callOf({ operation: 'insert', properties: { table: 'cities' }, request: { code: 90 } }, hooks)));
    expect(seen).toEqual([['before', [{ n: 0 }]], 'after']);
  });

  it('that throw are the error of the call', async () => {
    const broken = (): Promise<never> => Promise.reject(new Error('fence lost'));
    await using(async (open) => {
      await expect(sendOnce(open, callOf({ operation: 'insert', properties: { table: 'cities' }, request: { code: 91 } }, { beforeBytes: broken }))).rejects.toThrow('fence lost');
      await expect(sendOnce(open, callOf({ operation: 'select', properties: { table: 'cities' }, request: {} }, { afterBytes: broken }))).rejects.toThrow('fence lost');
    });
    expect(await query('SELECT 1 FROM cities WHERE code = 91')).toEqual([]);
  });
});

describe('sessions', () => {
  it('abort stops a running statement, and nothing is written', async () => {
    const stop = new AbortController();
    await using(async (open) => {
      const running = sendOnce(open, callOf({ operation: 'custom', properties: { sql: 'INSERT INTO cities SELECT 95 FROM pg_sleep(30)' }, request: {} }, { beforeBytes: () => void setTimeout(() => stop.abort(new Error('stop')), 50) }), stop.signal);
      await expect(running).rejects.toThrow('stop');
    });
  });

  it('are bounded: those who wait too long are told so', async () => {
    await using(async (open) => {
      const slow = sendOnce(open, callOf({ operation: 'custom', properties: { sql: 'SELECT pg_sleep(0.25)' }, request: {} })).catch((error: unknown) => error);
      await expect(sendOnce(open, callOf({ operation: 'select', properties: { table: 'cities' }, request: {} }))).rejects.toMatchObject({ code: expect.stringMatching(/poolTimeout/) });
      await slow;
      expect(await sendOnce(open, callOf({ operation: 'select', properties: { table: 'cities' }, request: {} }))).toMatchObject({ kind: 'ok' });
    }, { poolSize: 1, statementTimeoutMs: 200 });
  });

  it('never reach the platform\'s own database', async () => {
    const systemIdentifier = ((await query('SELECT system_identifier::text AS id FROM pg_control_system()'))[0] as { id: string }).id;
    const { host, port, database: name } = properties;
    const select = callOf({ operation: 'select', properties: { table: 'cities' }, request: {} });
    await using(async (open) => {
      await expect(sendOnce(open, select)).rejects.toMatchObject({ code: 'connection.ownDatabase' });
    }, {}, { ownDatabase: { host: 'elsewhere', port: 1, database: name, systemIdentifier } });
    await using(async (open) => {
      await expect(sendOnce(open, select)).rejects.toMatchObject({ code: 'connection.ownDatabase' });
    }, {}, { ownDatabase: { host, port, database: name } });
    await using(async (open) => {
      expect(await sendOnce(open, select)).toMatchObject({ kind: 'ok' });
    }, {}, { ownDatabase: { host, port, database: 'another', systemIdentifier } });
  });

  it('find tables in the schema of the connection', async () => {
    await query('DROP SCHEMA IF EXISTS "Склад" CASCADE; CREATE SCHEMA "Склад"; CREATE TABLE "Склад".cities (only_here int)');
    expect(await send({ operation: 'select', properties: { table: 'cities' }, request: {} }, { schema: 'Склад' })).toMatchObject({ response: { rowCount: 0 } });
    await expect(send({ operation: 'select', properties: { table: 'cities' }, request: { Filter: { code: 1 } } }, { schema: 'Склад' })).rejects.toMatchObject({ code: 'connection.unknownColumn', parameters: { nearest: expect.stringContaining('only_here') } });
    expect(await send({ operation: 'select', properties: { table: 'public.cities' }, request: {} }, { schema: 'Склад' })).toMatchObject({ response: { rowCount: 4 } });
  });
});

describe('discovery', () => {
  it('lists tables with their columns as schemas', async () => {
    const found = await definition.discover?.(contextOf(definition, properties), { path: 'public.exact', limit: 10 }, new AbortController().signal);
    expect(found).toMatchObject([{ path: 'public.exact', kind: 'table', request: { i8: { type: 'decimal' }, f: { type: 'number' }, t: { type: 'dateTime' }, texts: { type: 'string', array: true }, j: { type: 'any' } }, response: { rows: { array: true } } }]);
    const city = await definition.discover?.(contextOf(definition, properties), { path: 'cities', limit: 10 }, new AbortController().signal);
    expect(city?.[0]?.request).toMatchObject({ code: { required: true, type: 'integer' }, cityName: { required: false } });
  });
});

describe('a route', () => {
  it('with a statement that will be refused can\'t be published', () => {
    const problems = (sql: string): unknown => definition.operations['custom']?.problems?.({ sql });
    expect(problems('DELETE FROM cities')).toMatchObject([{ path: 'sql', code: 'connection.conditionMissing', parameters: { table: 'cities' } }]);
    expect(problems('DELETE FROM cities WHERE code = :code')).toEqual([]);
  });
});
