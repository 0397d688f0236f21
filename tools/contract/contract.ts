/** What clients may rely on, without the words: the OpenAPI document bare of texts and examples. */
import { openApiDocument } from '../../src/api/openapi.ts';

export type Schema = { readonly [key: string]: unknown };

export interface Contract {
  /** By `METHOD /path`. */
  operations: Readonly<Record<string, ContractOperation>>;
  /** Schemas that others refer to, by name. */
  schemas: Readonly<Record<string, Schema>>;
}

export interface ContractOperation {
  id: string;
  /** By `place name`. */
  parameters: Readonly<Record<string, { required: boolean; schema: Schema }>>;
  /** By media type. */
  body?: Readonly<Record<string, Schema>>;
  /** Of good answers: by status, then by media type; a status without a body has none. */
  answers: Readonly<Record<string, Readonly<Record<string, Schema>>>>;
}

interface Described {
  operationId: string;
  parameters: readonly { in: string; name: string; required: boolean; schema: Schema }[];
  requestBody?: { content: Readonly<Record<string, { schema: Schema }>> };
  responses: Readonly<Record<string, { content?: Readonly<Record<string, { schema: Schema }>> }>>;
}

export function currentContract(): Contract {
  const document = JSON.parse(JSON.stringify(openApiDocument({ lang: 'en', version: '1', publicUrl: null }))) as {
    paths: Readonly<Record<string, Readonly<Record<string, Described>>>>;
    components: { schemas: Readonly<Record<string, Schema>> };
  };
  const operations = Object.entries(document.paths).flatMap(([path, methods]) => Object.entries(methods).map(([method, described]) => [`${method.toUpperCase()} ${path}`, operationOf(described)] as const));
  return { operations: sorted(Object.fromEntries(operations)), schemas: mapped(document.components.schemas, bare) };
}

function operationOf({ operationId, parameters, requestBody, responses }: Described): ContractOperation {
  const good = Object.entries(responses).filter(([status]) => Number(status) < 400);
  return {
    id: operationId,
    parameters: sorted(Object.fromEntries(parameters.map(({ in: place, name, required, schema }) => [`${place} ${name}`, { required, schema: bare(schema) }]))),
    ...(requestBody === undefined ? {} : { body: mapped(requestBody.content, ({ schema }) => bare(schema)) }),
    answers: mapped(Object.fromEntries(good), ({ content }) => mapped(content ?? {}, ({ schema }) => bare(schema))),
  };
}

const words: ReadonlySet<string> = new Set(['description', 'title', 'examples', 'default']);

/** Also without the names of properties that happen to be such words: those stand in `properties`. */
export function bare(schema: Schema): Schema {
  return Object.fromEntries(
    Object.entries(schema).flatMap(([key, value]): [string, unknown][] => {
      if (words.has(key)) return [];
      if (key === 'properties' && isSchema(value)) return [[key, mapped(value as Readonly<Record<string, Schema>>, bare)]];
      if (Array.isArray(value)) return [[key, value.map((item: unknown) => (isSchema(item) ? bare(item) : item))]];
      return [[key, isSchema(value) ? bare(value) : value]];
    }),
  );
}

export const isSchema = (value: unknown): value is Schema => typeof value === 'object' && value !== null && !Array.isArray(value);

const mapped = <From, To>(record: Readonly<Record<string, From>>, change: (value: From) => To): Record<string, To> => Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(value)]));

const sorted = <Value>(record: Readonly<Record<string, Value>>): Record<string, Value> => Object.fromEntries(Object.entries(record).toSorted(([left], [right]) => (left < right ? -1 : 1)));
