/** The document is complete: each operation has examples that are what it says, texts in both languages, and its answers. */
import { describe, expect, it } from 'vitest';
import type { Value } from '../core/value.ts';
import { checkInput, type InputSchema } from './check-input.ts';
import { openApiDocument } from './openapi.ts';

interface Content {
  [mediaType: string]: { schema: InputSchema; example?: Value } | undefined;
}
interface Described {
  operationId: string;
  summary: string;
  description: string;
  tags: string[];
  parameters: { name: string; in: string; description?: string; schema: InputSchema; example?: Value }[];
  requestBody?: { content: Content };
  responses: Record<string, { description: string; content?: Content }>;
}
interface Document {
  tags: { name: string; description: string }[];
  paths: Record<string, Record<string, Described>>;
  components: { schemas: Record<string, InputSchema>; securitySchemes: Record<string, { description?: string; scheme?: string }> };
  security: Record<string, unknown>[];
}

const documentIn = (lang: 'ru' | 'en') => openApiDocument({ lang, version: '0', publicUrl: null }) as unknown as Document;
const operationsOf = ({ paths }: Document): readonly Described[] => Object.values(paths).flatMap((methods) => Object.values(methods));

describe.each(['ru', 'en'] as const)('the document in %s', (lang) => {
  const document = documentIn(lang);
  const follow = (schema: InputSchema): InputSchema => (schema.$ref === undefined ? schema : (document.components.schemas[schema.$ref.split('/').at(-1) ?? ''] ?? schema));
  const wrong = (schema: InputSchema, example: Value | undefined): unknown => (example === undefined ? 'no example' : checkInput(follow(schema), example).map(({ path, code }) => `${path} ${code}`));

  it.each(operationsOf(document).map((operation) => [operation.operationId, operation] as const))('%s has examples of what it takes and answers, each as its schema says', (_id, { parameters, requestBody, responses }) => {
    for (const { name, in: place, schema, example } of parameters) if (place !== 'header') expect({ name, wrong: wrong(schema, example) }).toEqual({ name, wrong: [] });
    const body = requestBody?.content['application/json'];
    if (body !== undefined) expect(wrong(body.schema, body.example)).toEqual([]);
    for (const [status, { content = {} }] of Object.entries(responses)) {
      for (const [mediaType, answer] of Object.entries(content)) {
        if (answer !== undefined) expect({ status, mediaType, wrong: wrong(answer.schema, answer.example) }).toEqual({ status, mediaType, wrong: [] });
      }
    }
  });

  it('says what each operation, tag, answer and way to sign in is', () => {
    const named = new Set(document.tags.map(({ name }) => name));
    for (const { operationId, summary, description, tags, responses } of operationsOf(document)) {
      expect({ operationId, summary: summary !== '', description: description !== '', tags: tags.filter((tag) => !named.has(tag)) }).toEqual({ operationId, summary: true, description: true, tags: [] });
      expect(Object.values(responses).filter((answer) => answer.description === '')).toEqual([]);
      expect(Object.keys(responses)).toEqual(expect.arrayContaining(['401', '403', '429', '500', '503']));
    }
    expect(document.tags.filter(({ description }) => description === '')).toEqual([]);
    expect(Object.keys(document.components.securitySchemes)).toEqual(expect.arrayContaining(['basic', 'token', 'signature']));
    expect(document.security.flatMap((way) => Object.keys(way)).sort()).toEqual(Object.keys(document.components.securitySchemes).sort());
  });

  it('is in its own language throughout', () => {
    const texts = operationsOf(document).flatMap(({ summary, responses }) => [summary, ...Object.values(responses).flatMap(({ description }) => description.replaceAll(/`[^`]*`/g, ''))]);
    const isRussian = (text: string): boolean => /[а-яё]/i.test(text);
    expect(texts.filter((text) => isRussian(text) !== (lang === 'ru'))).toEqual([]);
  });
});
