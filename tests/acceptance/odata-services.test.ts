/** Scenarios of a started platform over a service of OData V4 that others have written: versions, exact numbers, changes since last time. */
import { afterAll, beforeAll, expect, it } from 'vitest';
import { describeWith } from '../services/describe-with.ts';
import { serviceOrSkip } from '../services/start-service.ts';
import { Scene } from './platform.ts';

const found = await serviceOrSkip('odatapy', { settings: { pageRows: '3' } });
afterAll(() => found.service?.stop());

describeWith('a service by odatapy', found, ({ url }) => {
  let scene: Scene;

  const route = (name: string, operation: string, properties: string, request: string, more = ''): string => `---
kind: Route
name: ${name}
connection: shop
operation: ${operation}
properties: ${properties}
retry: {attempts: 1}
request: ${request}
${more}`;
  const fields = '{Code: string, Name: string, etag: string}';
  const row = 'response: {row: {type: object}, etag: string, differences: {type: object, array: true}}\n';

  beforeAll(async () => {
    scene = await Scene.start();
    await scene.apply(`
kind: Connection
name: shop
type: odata
properties: {url: "${url}"}
allow: [loopback]
${route('make', 'create', '{set: Versioned}', '{Code: string, Name: string}', row)}
${route('look', 'get', '{set: Versioned}', '{Code: string}', row)}
${route('changeBlindly', 'update', '{set: Versioned, match: none}', '{Code: string, Name: string}', row)}
${route('change', 'update', '{set: Versioned}', '{Code: string, Name: string}', row)}
${route('changeThis', 'update', '{set: Versioned, match: etag}', fields, row)}
${route('makeExact', 'create', '{set: Products}', '{Code: string, Price: decimal, Stock: decimal}', row)}
${route('lookExact', 'get', '{set: Products}', '{Code: string}', row)}
---
kind: Scenario
name: ask
on: {api: true}
runAs: system
steps:
  - conditions:
      mode: first
      cases:
${['make', 'look', 'changeBlindly', 'change', 'changeThis', 'makeExact', 'lookExact'].map((name) => `        - when: "=name = '${name}'"\n          steps: [{send: {route: ${name}, message: =asked, response: given}}]`).join('\n')}
  - return: {response: =given}
---
kind: Template
name: Product
attributes: {code: {type: text, unique: true}, price: number, stock: number}
---
kind: Scenario
name: thereAndBack
on: {api: true}
runAs: system
steps:
  - create: {template: Product, set: {code: =code, price: =price, stock: =stock}, as: product}
  - send: {route: makeExact, message: {Code: =product.code, Price: =product.price, Stock: =product.stock}, response: made}
  - send: {route: lookExact, message: {Code: =code}, response: seen}
  - create: {template: Product, set: {code: "=code & '-back'", price: =seen.row.Price, stock: =seen.row.Stock}}
---
kind: Scenario
name: changeUnderVersion
on: {api: true}
runAs: system
steps:
  - variables: {set: place, values: {etag: =etag, tries: 0, done: false}}
  - repeat:
      times: 3
      steps:
        - conditions:
            cases:
              - when: "=place.done = false"
                steps:
                  - try:
                      steps:
                        - send: {route: changeThis, message: {Code: =code, Name: =title, etag: =place.etag}, response: made}
                        - variables: {set: place, values: {etag: =made.etag, tries: "=place.tries + 1", done: true}}
                      handle:
                        - send: {route: look, message: {Code: =code}, response: now}
                        - variables: {set: place, values: {etag: =now.etag, tries: "=place.tries + 1", done: false, code: =error.code}}
  - return: {response: {done: =place.done, tries: =place.tries, code: =place.code}}
`);
  });

  afterAll(() => scene.close());

  const ask = async (name: string, asked: object): Promise<{ row?: Record<string, unknown>; etag?: string; code: string | undefined }> => {
    const { state, failure, reply } = await scene.node.run('ask', { name, asked });
    return state === 'done' ? { ...(reply as { row: Record<string, unknown>; etag: string }), code: undefined } : { code: failure?.code };
  };

  it('odata 37: a stale version is refused, looked up anew, and the change goes through; a demanded one is given', async () => {
    const { etag } = await ask('make', { Code: 'v', Name: '1' });
    expect(etag).toMatch(/"/);
    expect(await ask('changeBlindly', { Code: 'v', Name: '2' })).toEqual({ code: 'odata.etagNeeded' });
    expect(await ask('change', { Code: 'v', Name: '3' })).toMatchObject({ row: { Name: '3' } });
    expect(await ask('changeThis', { Code: 'v', Name: '4', etag })).toEqual({ code: 'odata.conflict' });
    expect(await ask('look', { Code: 'v' })).toMatchObject({ row: { Name: '3' } });
    expect(await scene.node.run('changeUnderVersion', { code: 'v', title: '5', etag })).toMatchObject({ state: 'done', reply: { done: true, tries: 2 } });
    expect(await ask('look', { Code: 'v' })).toMatchObject({ row: { Name: '5' } });
  });

  it('odata 48: 9007199254740993 and decimals of twenty digits travel from a record to the service and back without losing one', async () => {
    for (const [code, price, stock] of [['a', '12345678901234567.8912', '9007199254740993'], ['b', '0.1', '-9007199254740993'], ['c', '0.3', '9223372036854775807']]) {
      const answer = await scene.node.call('POST', '/api/v1/scenarios/thereAndBack/runs', { raw: `{"variables":{"code":"${code}","price":${price},"stock":${stock}}}` });
      expect(answer.status, answer.text).toBe(200);
      const { text } = await scene.node.call('GET', `/api/v1/records/Product?eq=code:${code}-back`);
      expect(text).toMatch(new RegExp(`"price":"?${price?.replace('.', '\\.')}0*[",}]`));
      expect(text).toMatch(new RegExp(`"stock":"?${stock}[",}]`));
    }
  });
});
