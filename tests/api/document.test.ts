/** The OpenAPI document as a whole: it is well formed, and it promises nothing that is not checked. */
import { describe, expect, it } from 'vitest';
import { fieldText, fieldTexts } from '../../src/api/field-texts.ts';
import { openApiDocument } from '../../src/api/openapi.ts';
import { operationList } from '../../src/api/operations.ts';
import { catalogue } from '../../src/core/errors.ts';

const document = JSON.parse(JSON.stringify(openApiDocument({ lang: 'en', version: '1.0.0', publicUrl: null }))) as Record<string, any>; // eslint-disable-line

const isRecord = (value: unknown): value is Record<string, unknown> => typeof value === 'object' && value !== null;

/** Every object below `value` with its place. */
function* objectsIn(value: unknown, place = '#'): Generator<[string, Record<string, unknown>]> {
  if (!isRecord(value)) return;
  if (!Array.isArray(value)) yield [place, value];
  for (const [key, item] of Object.entries(value)) yield* objectsIn(item, `${place}/${key}`);
}

const types = new Set(['string', 'number', 'integer', 'boolean', 'object', 'array', 'null']);
const kindOfWord: Readonly<Record<string, string>> = {
  type: 'type', properties: 'schemas', additionalProperties: 'schema', items: 'schema', anyOf: 'list', oneOf: 'list', required: 'texts', enum: 'any', const: 'any', examples: 'any', default: 'any',
  minimum: 'number', maximum: 'number', minLength: 'number', maxLength: 'number', minItems: 'number', maxItems: 'number', uniqueItems: 'any', pattern: 'text', format: 'text', title: 'text', description: 'text', $ref: 'text', 'x-repeated': 'any',
};

/** A small judge of the part of JSON Schema 2020-12 that is used. */
function checkSchema(place: string, schema: Record<string, unknown>): void {
  for (const [word, value] of Object.entries(schema)) {
    const at = `${place}/${word}`;
    const kind = kindOfWord[word] ?? `unknown word ${word}`;
    const children = kind === 'schemas' && isRecord(value) ? Object.values(value) : kind === 'list' && Array.isArray(value) ? value : kind === 'schema' && isRecord(value) ? [value] : [];
    const fits =
      kind === 'any' || (kind === 'number' && typeof value === 'number') || (kind === 'text' && typeof value === 'string') || (kind === 'schema' && typeof value === 'boolean') || (children.length > 0 && children.every(isRecord)) ||
      (kind === 'type' && [value].flat().every((type) => types.has(String(type)))) || (kind === 'texts' && Array.isArray(value) && value.every((text) => typeof text === 'string')) || (kind === 'schemas' && isRecord(value));
    expect({ at, kind, fits }).toEqual({ at, kind, fits: true });
    for (const child of children) checkSchema(at, child as Record<string, unknown>);
    if (word === 'pattern') expect(() => new RegExp(String(value), 'u')).not.toThrow();
  }
}

describe('the document', () => {
  it('has every operation once, under its path and method', () => {
    const ids = Object.values(document['paths']).flatMap((path) => Object.values(path as object).map((one: { operationId: string }) => one.operationId));
    expect(ids.sort()).toEqual(operationList.map(({ id }) => id).sort());
    expect(new Set(ids).size).toBe(ids.length);
    for (const { id, method, path } of operationList) expect(document['paths'][path][method.toLowerCase()].operationId).toBe(id);
  });

  it('declares each parameter of each path, and no other', () => {
    for (const { id, path, params } of operationList) expect([id, ...Object.keys(params ?? {})]).toEqual([id, ...[...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name)]);
  });

  it('says in both languages what each field of each request means, and of no field that there is none of', () => {
    const fields = operationList.flatMap(({ id, params, query, body }) =>
      [params, query, body !== undefined && 'properties' in body ? body.properties : undefined].flatMap((some) => Object.keys(some ?? {})).map((field) => ({ id, field })));
    expect(fields.filter(({ id, field }) => fieldText({ id }, field) === undefined)).toEqual([]);
    const used = new Set(fields.flatMap(({ id, field }) => [field, `${id}.${field}`]));
    expect([...fieldTexts.keys()].filter((key) => !used.has(key))).toEqual([]);
    for (const lang of ['ru', 'en'] as const) {
      const paths: Record<string, Record<string, { parameters: { name: string; description?: string }[]; requestBody?: { content: Record<string, { schema: { properties?: Record<string, { description?: string }> } }> } }>> = JSON.parse(JSON.stringify(openApiDocument({ lang, version: '1.0.0', publicUrl: null })))['paths'];
      const shown = paths['/api/v1/records/{template}/edits']?.['post'];
      expect(shown?.parameters.find(({ name }) => name === 'template')?.description).toBe(fieldText({ id: 'editRecords' }, 'template')?.[lang]);
      expect(shown?.requestBody?.content['application/json']?.schema.properties?.['values']?.description).toBe(fieldText({ id: 'editRecords' }, 'values')?.[lang]);
    }
  });

  it('refers only to what is in it', () => {
    for (const [place, object] of objectsIn(document)) {
      if (typeof object['$ref'] !== 'string') continue;
      const found = object['$ref'].slice(2).split('/').reduce<unknown>((at, key) => (isRecord(at) ? at[key] : undefined), document);
      expect({ place, found: typeof found }).toEqual({ place, found: 'object' });
    }
  });

  it('holds schemas of JSON Schema: known words with values of the right kind', () => {
    let count = 0;
    for (const [place, object] of objectsIn(document)) {
      for (const schema of [object['schema'], ...(place === '#/components/schemas' ? Object.values(object) : [])]) {
        if (!isRecord(schema)) continue;
        checkSchema(place, schema);
        count += 1;
      }
    }
    expect(count).toBeGreaterThan(100);
  });

  it('is said in both languages, and names known failures', () => {
    for (const { id, summary, about, answers, failures, tag } of operationList) {
      for (const text of [summary, ...(about === undefined ? [] : [about]), ...Object.values(answers).map((answer) => answer.about)]) {
        expect([id, /[а-я]/i.test(text.ru), /^[^а-яё]+$/i.test(text.en)]).toEqual([id, true, true]);
      }
      for (const code of failures) expect([id, code, Object.hasOwn(catalogue, code)]).toEqual([id, code, true]);
      expect(tag).not.toBe('');
    }
  });
});

it('no operation asks for what the checker of its input does not know', () => {
  const known = new Set([
    'type', 'properties', 'required', 'additionalProperties', 'items', 'anyOf', 'enum', 'minimum', 'maximum', 'minLength', 'maxLength', 'minItems', 'maxItems', 'uniqueItems', 'pattern', '$ref', 'examples',
    'description', 'default', 'format', 'title', 'x-repeated',
  ]);
  for (const operation of operationList) {
    for (const field of [...Object.values(operation.params ?? {}), ...Object.values(operation.query ?? {}), ...(operation.body === undefined ? [] : [operation.body])]) visit(operation.id, JSON.parse(JSON.stringify(field)));
  }

  function visit(id: string, schema: Record<string, unknown>): void {
    for (const key of Object.keys(schema)) expect([id, key, known.has(key)]).toEqual([id, key, true]);
    for (const child of [schema['items'], schema['additionalProperties'], ...((schema['anyOf'] as unknown[] | undefined) ?? []), ...Object.values((schema['properties'] as object | undefined) ?? {})]) if (isRecord(child)) visit(id, child);
  }
});
