import pg from 'pg';
import { withPlatformDatabase } from '../../../../tests/services/platform-database.ts';
import { Secret } from '../../../sdk/index.ts';
import type { Contract } from '../../../sdk/testing/contract-suite.ts';
import { startTcp } from '../../../sdk/testing/server.ts';
import definition from '../index.ts';
import { startBreakingProxy } from './breaking-proxy.ts';

export const contract: Contract = {
  definition,
  async start() {
    const database = await withPlatformDatabase();
    const direct = new pg.Client({ connectionString: database.url });
    await direct.connect();
    await direct.query('CREATE TABLE journal (id bigint GENERATED ALWAYS AS IDENTITY, word text); CREATE TABLE notes (text text); CREATE TABLE zveno_effects (effect_id uuid PRIMARY KEY, at timestamptz NOT NULL)');
    const proxy = await startBreakingProxy({ host: '127.0.0.1', port: database.connection.port }, 'COMMIT');
    const silent = await startTcp(() => undefined);
    const gone = await startTcp(() => undefined);
    await gone[Symbol.asyncDispose]();
    const words = ['один', 'two', '3', '☃', 'five'];
    const addWord = (word: string) => direct.query('INSERT INTO journal (word) VALUES ($1)', [word]);
    for (const word of words) await addWord(word);
    const { password: canary, user, database: name } = database.connection;
    const good = { host: '127.0.0.1', port: proxy.port, database: name, user, password: new Secret(canary), tls: 'off', statementTimeoutMs: 5_000 };
    const custom = (sql: string, request: Record<string, string> = {}, more: object = {}) => ({ operation: 'custom', properties: { sql, ...more }, request });
    return {
      good,
      canary,
      routes: {
        select: { table: 'notes' }, insert: { table: 'notes' }, update: { table: 'notes', key: ['text'] }, delete: { table: 'notes' }, custom: { sql: 'SELECT 1' }, poll: { sql: 'SELECT 1' },
      },
      wrongAddress: { properties: { ...good, port: gone.port }, code: 'connection.refused' },
      wrongSecret: { properties: { ...good, password: new Secret(`${canary}-wrong`) }, code: 'connection.authenticationFailed' },
      slow: { properties: { ...good, port: silent.port, statementTimeoutMs: 80 }, code: 'connection.timeout' },
      named: (host) => ({ ...good, host }),
      call: { operation: 'insert', properties: { table: 'notes' }, request: { text: 'a' } },
      text: {
        call: (text) => custom('SELECT :text::text AS text', { text }, { resultKind: 'scalar', resultAttribute: 'text' }),
        // What the response holds is for the test to find out.
        read: (response) => (response as { text?: unknown }).text,
      },
      nul: 'connection.nulInText',
      rejected: { call: custom('INSERT INTO notes (text) VALUES (1 / :zero::int)', { zero: '0' }) },
      dropped: {
        call: { operation: 'insert', properties: { table: 'notes', ledger: false }, request: { text: 'dropped' } },
        arm: () => { proxy.mode = 'before'; },
      },
      hanging: { call: custom('SELECT pg_sleep(4)') },
      reading: {
        operation: 'poll',
        properties: { sql: 'SELECT id, word FROM journal WHERE id > :since', sinceColumn: 'id', limit: 2 },
        // What a message holds is for the test to find out.
        keysOf: (message) => (message as { rows: { word: string }[] }).rows.map(({ word }) => word),
        keys: () => words,
        add: async () => {
          words.push('new');
          await addWord('new');
        },
      },
      effects: async () => Number((await direct.query<{ n: string }>('SELECT count(*) AS n FROM notes')).rows[0]?.n),
      async [Symbol.asyncDispose]() {
        await proxy[Symbol.asyncDispose]();
        await silent[Symbol.asyncDispose]();
        await direct.end();
        await database.drop();
      },
    };
  },
  lacks: {
    limit: 'PostgreSQL takes up to a gigabyte in one value; the message limit of the platform is far below',
    busy: 'PostgreSQL never says when to come back',
  },
};
