/** Examples for the document, made of the schemas and of what stands in for names, so that none can grow old unseen. */
import type { Value, ValueObject } from '../core/value.ts';
import type { InputSchema } from './check-input.ts';

type Schema = InputSchema & { const?: unknown; default?: unknown; format?: string };

/** By the name of a field, wherever it stands. */
const samples: Readonly<Record<string, Value>> = {
  account: 'shop', actor: 'admin', address: '10.0.0.5', agent: 'Mozilla/5.0', attribute: 'state', by: 'admin', caller: 'shop', code: 'record.required', columns: '{"Phone": "phone"}', connection: 'shopIn', contentType: 'application/json',
  detail: '', direction: 'in', effectId: '0193a1b2-3c4d-7e5f-8a9b-0c1d2e3f4a5c', environment: 'test', file: '0193a1b2-3c4d-7e5f-8a9b-0c1d2e3f4a5d', group: 'sellers', header: 'Phone', id: '0193a1b2-3c4d-7e5f-8a9b-0c1d2e3f4a5b',
  kind: 'Template', language: 'en', name: 'Order', node: 'node-1', note: 'new rule', object: 'Catalog_Items', operation: 'receive', orderKey: 'A-17', path: 'state', place: '2', route: 'orders', scenario: 'acceptOrder', sha256: 'a3f5', source: 'A-17,new',
  subject: 'Order', template: 'Order', text: 'The required attribute "state" is empty.', title: 'Order', type: 'text', version: 3, zone: 'Europe/Moscow',
};

const formats: Readonly<Record<string, string>> = { 'date-time': '2026-11-22T12:10:22.000001Z', date: '2026-11-22', password: 'correct horse battery staple', uuid: '0193a1b2-3c4d-7e5f-8a9b-0c1d2e3f4a5b' };

/** `whole`: every member, as in an answer; else those that are demanded. `named`: what stands behind a reference. */
export function exampleOf(given: object, whole: boolean, named: Readonly<Record<string, object>>, name = ''): Value {
  const schema = given as Schema; // every schema of an operation is written in these keywords, to which a test holds them
  if (schema.$ref !== undefined) return exampleOf(named[schema.$ref.replace(/^.*\//, '')] ?? {}, whole, named, name);
  const told = [...(schema.examples ?? []), ...(schema.const === undefined ? [] : [schema.const]), ...(schema.default === undefined ? [] : [schema.default])];
  if (told[0] !== undefined) return told[0] as Value; // plain data of the schema's author
  const choices = schema.anyOf;
  // What went well has none.
  if (choices !== undefined && (name === 'failure' || name === 'refusal')) return null;
  if (choices !== undefined) return exampleOf(choices.find(({ type }) => type !== 'null') ?? {}, whole, named, name);
  if (schema.enum !== undefined) return (schema.enum.includes(samples[name]) ? samples[name] : schema.enum[0]) as Value;
  return ofType(schema, whole, named, name);
}

function ofType(schema: Schema, whole: boolean, named: Readonly<Record<string, object>>, name: string): Value {
  const [type] = [schema.type ?? []].flat();
  switch (type) {
    case 'object':
      return members(schema, whole, named);
    case 'array':
      return Array.from({ length: Math.max(1, schema.minItems ?? 0) }, () => exampleOf(schema.items ?? {}, whole, named, name.replace(/s$/, '')));
    case 'integer':
    case 'number':
      return Math.min(schema.maximum ?? Infinity, Math.max(schema.minimum ?? 0, typeof samples[name] === 'number' ? samples[name] : 1));
    case 'boolean':
      return true;
    case 'null':
      return null;
    case 'string':
      return text(schema, name);
    default:
      return samples[name] ?? {};
  }
}

function members({ properties = {}, required = [] }: Schema, whole: boolean, named: Readonly<Record<string, object>>): ValueObject {
  const shown = Object.entries(properties).filter(([key]) => whole || required.includes(key));
  return Object.fromEntries(shown.map(([key, schema]) => [key, exampleOf(schema, whole, named, key)]));
}

function text({ format, minLength = 0 }: Schema, name: string): string {
  const sample = (format === undefined ? undefined : formats[format]) ?? samples[name];
  return (typeof sample === 'string' ? sample : name === '' ? 'text' : name).padEnd(minLength, '.');
}
