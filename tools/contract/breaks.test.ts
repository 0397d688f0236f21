import { expect, test } from 'vitest';
import { breaks } from './breaks.ts';
import { bare, currentContract, type Contract, type ContractOperation, type Schema } from './contract.ts';

const text: Schema = { type: 'string', maxLength: 10, minLength: 1 };
const body: Schema = { type: 'object', required: ['a'], additionalProperties: false, properties: { a: text, kind: { type: 'string', enum: ['x', 'y'] }, list: { type: 'array', items: text, maxItems: 5 } } };
const answer: Schema = { type: 'object', required: ['id'], properties: { id: { type: 'string' }, count: { type: 'integer' }, of: { $ref: '#/components/schemas/Part' } } };
const operation: ContractOperation = {
  id: 'makeThing',
  parameters: { 'query limit': { required: false, schema: { type: 'integer', minimum: 1, maximum: 100 } } },
  body: { 'application/json': body },
  answers: { 201: { 'application/json': answer } },
};
const part: Schema = { type: 'object', properties: { name: { type: 'string' }, part: { $ref: '#/components/schemas/Part' } } };
const contract = (changed: Partial<ContractOperation> = {}, schemas: Contract['schemas'] = { Part: part }): Contract => ({ operations: { 'POST /things': { ...operation, ...changed } }, schemas });

const found = (changed: Partial<ContractOperation>, schemas?: Contract['schemas']): readonly string[] => breaks(contract(), contract(changed, schemas)).map((line) => line.replace('POST /things: ', ''));
const sent = (schema: Schema): readonly string[] => found({ body: { 'application/json': schema } });
const answered = (schema: Schema): readonly string[] => found({ answers: { 201: { 'application/json': schema } } });
const members = (schema: Schema): Record<string, Schema> => schema['properties'] as Record<string, Schema>;
const without = (schema: Schema, name: string): Schema => ({ ...schema, properties: Object.fromEntries(Object.entries(members(schema)).filter(([key]) => key !== name)) });
const withMember = (schema: Schema, name: string, member: Schema): Schema => ({ ...schema, properties: { ...members(schema), [name]: member } });

test.each<[string, readonly string[], RegExp]>([
  ['an operation that is gone', breaks(contract(), { operations: {}, schemas: {} }), /the operation is gone/],
  ['another id', found({ id: 'other' }), /its id was makeThing/],
  ['a parameter that is gone', found({ parameters: {} }), /the parameter "query limit" is gone/],
  ['a parameter that has become required', found({ parameters: { 'query limit': { required: true, schema: operation.parameters['query limit']?.schema ?? {} } } }), /has become required/],
  ['a new parameter that is required', found({ parameters: { ...operation.parameters, 'query x': { required: true, schema: text } } }), /"query x" is required/],
  ['a lower maximum', found({ parameters: { 'query limit': { required: false, schema: { type: 'integer', minimum: 1, maximum: 50 } } } }), /maximum was 100 and is 50/],
  ['a media type that is not taken', found({ body: { 'text/plain': text } }), /application\/json is not taken/],
  ['a field that has become required', sent({ ...body, required: ['a', 'kind'] }), /"kind" has become required/],
  ['a field that is refused', sent(without(body, 'list')), /the field "list" is gone/],
  ['another type of what is sent', sent(withMember(body, 'a', { type: 'integer' })), /the type was string and is integer/],
  ['a value that is not taken', sent(withMember(body, 'kind', { type: 'string', enum: ['x'] })), /the values y/],
  ['values where any were taken', sent(withMember(body, 'a', { ...text, enum: ['q'] })), /only some values/],
  ['a shorter text', sent(withMember(body, 'a', { ...text, maxLength: 9 })), /maxLength was 10 and is 9/],
  ['a longer least text', sent(withMember(body, 'a', { ...text, minLength: 2 })), /minLength was 1 and is 2/],
  ['a new pattern', sent(withMember(body, 'a', { ...text, pattern: '^x' })), /pattern was "open"/],
  ['fewer items', sent(withMember(body, 'list', { type: 'array', items: text, maxItems: 4 })), /maxItems/],
  ['narrower items', sent(withMember(body, 'list', { type: 'array', items: { type: 'boolean' }, maxItems: 5 })), /list\[\]: the type/],
  ['a form that is refused', sent(withMember(body, 'a', { anyOf: [{ type: 'boolean' }, { type: 'null' }] })), /a form that was taken is refused/],
  ['a status that is not answered', found({ answers: { 200: { 'application/json': answer } } }), /does not answer 201/],
  ['another media type', found({ answers: { 201: { 'text/csv': text } } }), /with application\/json any more/],
  ['an answered field that is gone', answered(without(answer, 'count')), /"count" is gone/],
  ['an answered field that may be missing', answered({ ...answer, required: [] }), /"id" may be missing/],
  ['another type of what is answered', answered(withMember(answer, 'count', { type: ['integer', 'null'] })), /the type was integer and is integer or null/],
  ['a form that was not there', answered(withMember(answer, 'count', { anyOf: [{ type: 'integer' }, { type: 'null' }] })), /a form comes that was not there/],
  ['a shape that others refer to', found({}, { Part: without(part, 'name') }), /of: the field "name" is gone/],
])('%s is a break', (_, lines, expected) => {
  expect(lines).toHaveLength(1);
  expect(lines[0]).toMatch(expected);
});

test('a body where there was none is a break', () => {
  const { body: _gone, ...bodyless } = operation;
  expect(breaks({ operations: { 'POST /things': bodyless }, schemas: { Part: part } }, contract())).toEqual(['POST /things: a body has become required']);
});

test('closing a body that took anything is a break', () => {
  expect(breaks(contract({ body: { 'application/json': { type: 'object' } } }), contract({ body: { 'application/json': { type: 'object', additionalProperties: false } } }))[0]).toContain('unknown fields are refused now');
});

test('what only adds is no break: operations, fields, values, optional parameters, wider bounds', () => {
  const wider = withMember(withMember(withMember(body, 'extra', text), 'kind', { type: 'string', enum: ['x', 'y', 'z'] }), 'a', { type: ['string', 'null'], maxLength: 20 });
  const more = { operations: { ...contract({ body: { 'application/json': wider }, answers: { 201: { 'application/json': withMember(answer, 'more', text) }, 202: {} }, parameters: { ...operation.parameters, 'query y': { required: false, schema: text } } }).operations, 'GET /things': operation }, schemas: { Part: part } };
  expect(breaks(contract(), more)).toEqual([]);
});

test('the contract is bare of words, but not of fields that are called so', () => {
  expect(bare({ type: 'object', description: 'x', properties: { title: { type: 'string', title: 'y' }, default: { type: 'integer', default: 1 } } })).toEqual({ type: 'object', properties: { title: { type: 'string' }, default: { type: 'integer' } } });
  const current = currentContract();
  expect(breaks(current, current)).toEqual([]);
  expect(Object.keys(current.operations).length).toBeGreaterThan(50);
});
