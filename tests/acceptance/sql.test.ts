/** An external PostgreSQL through the platform: what is read and written there, and what never gets there. */
import pg from 'pg';
import { afterAll, beforeAll, beforeEach, expect, test } from 'vitest';
import { describeWith } from '../services/describe-with.ts';
import { serviceOrSkip } from '../services/start-service.ts';
import { Scene } from './platform.ts';

const found = await serviceOrSkip('postgres');

afterAll(() => found.service?.stop());

describeWith('with an external PostgreSQL', found, (service) => {
  let scene: Scene;
  let remote: pg.Pool;

  beforeAll(async () => {
    scene = await Scene.start();
    remote = new pg.Pool({ connectionString: service.url, max: 2 });
    remote.on('error', () => undefined);
    await scene.secret('citiesDb', service.password);
    await remote.query('CREATE TABLE cities ("countryCode" text NOT NULL, "cityName" text PRIMARY KEY, population bigint)');
    await remote.query('CREATE TABLE deletions (at timestamptz NOT NULL DEFAULT now())');
    await remote.query('CREATE FUNCTION note_deletion() RETURNS trigger LANGUAGE plpgsql AS $$BEGIN INSERT INTO deletions DEFAULT VALUES; RETURN NULL; END$$');
    await remote.query('CREATE TRIGGER noted BEFORE DELETE ON cities FOR EACH STATEMENT EXECUTE FUNCTION note_deletion()');
    await scene.apply(configuration(new URL(service.url)), template);
  });

  afterAll(async () => {
    await scene.close();
    await remote.end();
  });

  beforeEach(async () => {
    await remote.query('TRUNCATE cities, deletions');
    await remote.query(`INSERT INTO cities VALUES ('RUS', 'Омск', 1100000), ('RUS', 'Тверь', 415000), ('KAZ', 'Алматы', 9007199254740993)`);
  });

  const cities = async (): Promise<unknown[]> => (await remote.query<{ c: string; n: string; p: string | null }>('SELECT "countryCode" AS c, "cityName" AS n, population::text AS p FROM cities ORDER BY "cityName"')).rows;

  /** One API-started scenario for each route, which returns what the call gave. */
  const call = async (route: string, message: Record<string, unknown>) => await scene.node.run(`${route}Call`, { message });

  test('T12: a select by filter gives the rows that match, and they become records', async () => {
    const outcome = await scene.node.run('loadCities', { country: 'RUS' });
    expect(outcome).toMatchObject({ state: 'done', failure: null });
    expect(await scene.node.records('City', '&sort=cityName')).toMatchObject([
      { countryCode: 'RUS', cityName: 'Омск', population: 1_100_000 },
      { countryCode: 'RUS', cityName: 'Тверь', population: 415_000 },
    ]);
  });

  test('T12: a value that tries to be a condition matches nothing, because it is bound as a value', async () => {
    for (const value of ["RUS' OR '1'='1", "'; DROP TABLE cities; --", '$1', 'RUS"', 'RUS\\']) {
      expect({ value, ...(await call('selectCities', { Filter: [{ Name: 'countryCode', Value: value }] })) }).toMatchObject({ value, state: 'done', reply: { Cities: [], rowCount: 0 } });
    }
    expect(await cities()).toHaveLength(3);
  });

  test('T12: a name that tries to be a condition is refused', async () => {
    for (const name of ['countryCode" = "countryCode" OR "countryCode', '1=1 OR countryCode', '*']) {
      const outcome = await call('selectCities', { Filter: [{ Name: name, Value: 'RUS' }] });
      expect([name, outcome.state, outcome.failure?.code]).toEqual([name, 'failed', expect.stringMatching(/^connection\./)]);
    }
  });

  test('T12: numbers beyond what a double holds come and go exactly', async () => {
    const outcome = await call('selectCities', { Filter: [{ Name: 'countryCode', Value: 'KAZ' }] });
    const { text } = await scene.node.call('GET', `/api/v1/messages/${outcome.id}?payload=true`);
    expect(text).toContain('9007199254740993');
    expect(await call('selectCities', { Filter: [{ Name: 'population', Value: '9007199254740993' }] })).toMatchObject({ reply: { rowCount: 1 } });
  });

  test('T13: insert, update by filter and delete by filter change exactly the rows they name', async () => {
    expect(await call('insertCity', { countryCode: 'RUS', cityName: "О'Коннор", population: 1 })).toMatchObject({ state: 'done', reply: { rowCount: 1 } });
    expect(await call('updateCities', { population: 5, Filter: [{ Name: 'countryCode', Value: 'RUS' }, { Name: 'cityName', Value: "О'Коннор" }] })).toMatchObject({ reply: { rowCount: 1 } });
    expect(await cities()).toContainEqual({ c: 'RUS', n: "О'Коннор", p: '5' });
    expect(await call('deleteCities', { Filter: [{ Name: 'cityName', Value: "О'Коннор" }] })).toMatchObject({ reply: { rowCount: 1 } });
    expect(await cities()).toEqual([
      { c: 'KAZ', n: 'Алматы', p: '9007199254740993' },
      { c: 'RUS', n: 'Омск', p: '1100000' },
      { c: 'RUS', n: 'Тверь', p: '415000' },
    ]);
  });

  test('T13: a delete or an update without a complete filter is refused before it reaches the database', async () => {
    for (const route of ['deleteCities', 'updateCities', 'deleteNowhere']) {
      for (const filter of [{}, { Filter: [] }, { Filter: null }]) {
        const outcome = await call(route, { population: 0, ...filter });
        expect(outcome, `${route} ${JSON.stringify(filter)}`).toMatchObject({ state: 'failed', failure: { code: 'connection.conditionMissing' } });
      }
    }
    expect((await remote.query('SELECT 1 FROM deletions')).rowCount).toBe(0);
    expect(await cities()).toHaveLength(3);
    const refused = await scene.tryApply('kind: Route\nname: deleteAll\nconnection: citiesDb\noperation: custom\nproperties: {sql: "DELETE FROM cities", resultKind: none}\n');
    expect([refused.code, refused.err]).toEqual([1, expect.stringContaining('document-0.yaml:5:')]);
  });

  test('T13: a custom statement binds its placeholders and gives a scalar, rows or nothing', async () => {
    expect(await call('countCities', { my_code: 'RUS' })).toMatchObject({ state: 'done', reply: { total: 2 } });
    expect(await call('countCities', { my_code: "RUS' OR '1'='1" })).toMatchObject({ state: 'done', reply: { total: 0 } });
    expect(await call('listCities', { least: 1_000_000 })).toMatchObject({ reply: { rows: [{ name: 'Алматы' }, { name: 'Омск' }], rowCount: 2 } });
    expect(await call('growCity', { name: 'Тверь', by: 7 })).toMatchObject({ reply: { rowCount: 1 } });
    expect(await cities()).toContainEqual({ c: 'RUS', n: 'Тверь', p: '415007' });
    expect(await call('countCities', {})).toMatchObject({ state: 'failed', failure: { code: 'connection.valueMissing' } });
  });
});

const template = `
kind: Template
name: City
attributes: {countryCode: text, cityName: {type: text, unique: true}, population: number}
`;

const callOf = (route: string): string => `
kind: Scenario
name: ${route}Call
on: {api: true}
runAs: system
steps:
  - send: {route: ${route}, message: =message, response: answer}
  - return: {response: =answer}
`;

const routes: Readonly<Record<string, string>> = {
  selectCities: 'operation: select\nproperties: {table: cities, resultAttribute: Cities}',
  insertCity: 'operation: insert\nproperties: {table: cities, ledger: false}\nrequest: {countryCode: string, cityName: string, population: number}',
  updateCities: 'operation: update\nproperties: {table: cities, ledger: false}\nrequest: {population: number}',
  deleteCities: 'operation: delete\nproperties: {table: cities, ledger: false}',
  countCities: 'operation: custom\nproperties: {sql: \'SELECT count(*) FROM cities WHERE "countryCode" = {my_code}\', resultKind: scalar, resultAttribute: total}\nrequest: {my_code: string}',
  listCities: 'operation: custom\nproperties: {sql: \'SELECT "cityName" AS name FROM cities WHERE population >= :least ORDER BY 1\', resultKind: rows}\nrequest: {least: number}',
  growCity: 'operation: custom\nproperties: {sql: \'UPDATE cities SET population = population + :by WHERE "cityName" = :name\', resultKind: none, ledger: false}\nrequest: {name: string, by: number}',
};

const routeOf = (name: string, connection: string, rest: string): string => `
kind: Route
name: ${name}
connection: ${connection}
${rest}
onUnknown: park
retry: {attempts: 1}
`;

function configuration(url: URL): string {
  const connection = (name: string, port: string): string => `
kind: Connection
name: ${name}
type: sql
allow: [loopback]
properties: {host: ${url.hostname}, port: ${port}, database: ${decodeURIComponent(url.pathname.slice(1))}, user: ${decodeURIComponent(url.username)}, password: "\${secret:citiesDb}", tls: "off"}
`;
  return [
    connection('citiesDb', url.port),
    // Nothing listens there: whoever dials it fails in another way.
    connection('nowhere', '1'),
    ...Object.entries(routes).flatMap(([name, rest]) => [routeOf(name, 'citiesDb', rest), callOf(name)]),
    routeOf('deleteNowhere', 'nowhere', routes['deleteCities'] ?? ''),
    callOf('deleteNowhere'),
    `
kind: Scenario
name: loadCities
on: {api: true}
runAs: system
steps:
  - send: {route: selectCities, message: {Filter: [{Name: countryCode, Value: =country}]}, response: answer}
  - forEach: {in: =answer.Cities, as: city, steps: [{create: {template: City, set: {countryCode: =city.countryCode, cityName: =city.cityName, population: =city.population}}}]}
`,
  ].join('---');
}
