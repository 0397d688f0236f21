/** E07: the document knows each template as soon as it is published, and its records make the whole round by what it says. */
import { Validator } from '@seriousme/openapi-schema-validator';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { checkInput, type InputSchema } from '../../src/api/check-input.ts';
import { parseJson } from '../../src/core/json.ts';
import { startApi, type ApiCaller } from '../api/platform.ts';

let api: ApiCaller;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

const invoice = `kind: Template
name: Invoice
attributes:
  number: {type: text, required: true, unique: true}
  state: {type: enum, values: [draft, sent], default: draft}
  total: {type: number, decimals: 2}
`;

// oxlint-disable-next-line typescript/no-explicit-any -- a document of any shape is looked into
const document = async (as?: { basic: string }): Promise<any> => (await api.call('GET', '/docs/json', as === undefined ? {} : { as })).json;

it('E07 a template that is published is in the document with its attributes, and the document is valid', async () => {
  expect((await document()).paths['/api/v1/records/Invoice']).toBeUndefined();
  await api.apply(invoice, 'kind: Template\nname: Счёт\nattributes: {номер: text}\n');
  const found = await document();
  expect(await new Validator().validate(structuredClone(found))).toMatchObject({ valid: true });
  const list = found.paths['/api/v1/records/Invoice'];
  expect(list.post).toMatchObject({ operationId: 'createRecord_Invoice', requestBody: { content: { 'application/json': { schema: { $ref: '#/components/schemas/Record_Invoice_create' } } } } });
  expect(list.get.parameters.map(({ name }: { name: string }) => name)).not.toContain('template');
  expect(found.components.schemas.Record_Invoice.properties).toMatchObject({ state: { enum: ['draft', 'sent', null] }, total: { multipleOf: 0.01 } });
  expect(found.components.schemas.Record_Invoice_create.required).toEqual(['number']);
  expect(found.paths[`/api/v1/records/${encodeURIComponent('Счёт')}`].get.operationId).toBe('listRecords_Счёт');
  const ids = Object.values(found.paths).flatMap((path) => Object.values(path as object).map(({ operationId }: { operationId: string }) => operationId));
  expect(new Set(ids).size).toBe(ids.length);
});

it('E07 records are created, read, changed and deleted as the document says', async () => {
  const { components } = await document();
  const fits = (text: string): unknown => checkInput(components.schemas.Record_Invoice as InputSchema, parseJson(text));
  const created = await api.call('POST', '/api/v1/records/Invoice', { body: { number: 'A-1', total: 10.5 } });
  expect([created.status, fits(created.text)]).toEqual([201, []]);
  const at = `/api/v1/records/Invoice/${created.json.id}`;
  const changed = await api.call('PATCH', at, { body: { state: 'sent' }, headers: { 'if-match': created.headers.get('etag') ?? '' } });
  expect([changed.status, changed.json.state, fits(changed.text)]).toEqual([200, 'sent', []]);
  expect((await api.call('GET', '/api/v1/records/Invoice?eq=number:A-1')).json.records).toMatchObject([{ total: 10.5, state: 'sent' }]);
  expect((await api.call('DELETE', at)).status).toBe(204);
  expect((await api.call('GET', at)).status).toBe(404);
});

it('E07 a new attribute is in the document at once, and a template is shown only to who may read its records', async () => {
  await api.apply(invoice.replace('  total:', '  paidAt: dateTime\n  total:'));
  expect((await document()).components.schemas.Record_Invoice.properties.paidAt).toMatchObject({ format: 'date-time' });
  await api.call('POST', '/api/v1/accounts', { body: { name: 'eve', password: 'password of eve', permissions: ['api.call'] } });
  const hers = await document({ basic: 'eve:password of eve' });
  expect([Object.keys(hers.components.schemas), JSON.stringify(hers).includes('paidAt')]).toEqual([['Problem', 'Filter', 'Expand'], false]);
});
