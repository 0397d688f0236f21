/** The operations on records once more for one template: its address written out, its attributes as the schema. */
import type { Lang } from '../core/failure.ts';
import type { Template } from '../core/template.ts';
import { isObject, type Value, type ValueObject } from '../core/value.ts';
import { recordPartSchema, recordSchema } from './record-schema.ts';
import { record, recordOperations } from './records.ts';
import type { Operation, Text } from './operation.ts';

type Json = Record<string, unknown>;

export interface TemplatePart {
  tag: { name: string; description: string };
  paths: Readonly<Record<string, Json>>;
  schemas: Readonly<Record<string, unknown>>;
}

/** `describe` makes the object of one operation, as for the operation on any template. */
export function templatePart(template: Template, all: readonly Template[], lang: Lang, describe: (operation: Operation) => Json): TemplatePart {
  const component = componentOf(template);
  const uses = { read: component, create: `${component}_create`, change: `${component}_change` };
  const tag = `records ${template.name}`;
  const typed = (operation: Operation, body?: keyof typeof uses): Json => {
    const { parameters, requestBody, responses, ...rest } = describe(operation);
    const schema = body === undefined ? {} : { requestBody: { required: true, content: { 'application/json': { schema: refTo(uses[body]) } } } };
    return {
      ...rest,
      operationId: `${operation.id}_${template.name}`,
      tags: [tag],
      parameters: (parameters as Json[]).filter(({ in: place, name }) => !(place === 'path' && name === 'template')),
      ...(requestBody === undefined ? {} : { requestBody }),
      ...schema,
      responses: withRecord(responses, takesSelect(operation) ? { anyOf: [refTo(uses.read), refTo(partOf(template))] } : refTo(uses.read)),
    };
  };
  const base = `/api/v1/records/${encodeURIComponent(template.name)}`;
  return {
    tag: { name: tag, description: about[lang].replace('{template}', template.name) },
    paths: {
      [base]: { get: typed(recordOperations.listRecords), post: typed(recordOperations.createRecord, 'create'), put: typed(recordOperations.upsertRecord, 'change') },
      [`${base}/query`]: { post: typed(recordOperations.queryRecords) },
      [`${base}/{id}`]: { get: typed(recordOperations.getRecord), patch: typed(recordOperations.changeRecord, 'change'), delete: typed(recordOperations.deleteRecord) },
    },
    schemas: { ...Object.fromEntries(Object.entries(uses).map(([use, name]) => [name, schemaOf(template, use)])), [partOf(template)]: recordPartSchema(template, (id) => refOfTarget(all, id)) },
  };
}

const about: Text = { ru: 'Записи шаблона {template}, по его опубликованным атрибутам', en: 'Records of the template {template}, by its published attributes' };

const componentOf = (template: Template): string => `Record_${/^\w+$/.test(template.name) ? template.name : template.id}`;

/** A record with some attributes only, or with links expanded. */
const partOf = (template: Template): string => `${componentOf(template)}_part`;

const takesSelect = ({ query, body }: Operation): boolean => query?.['select'] !== undefined || (body !== undefined && 'properties' in body && Object.hasOwn(body.properties as object, 'select'));

/** Undefined for a template that the reader of the document may not see. */
function refOfTarget(all: readonly Template[], id: string): ValueObject | undefined {
  const target = all.find((template) => template.id === id);
  return target === undefined ? undefined : refTo(partOf(target));
}

const refTo = (component: string): ValueObject => ({ $ref: `#/components/schemas/${component}` });

const schemaOf = (template: Template, use: string): ValueObject => recordSchema(template, use === 'create' || use === 'change' ? use : 'read');

/** The shape of any record gives way to that of this template's. */
function withRecord(value: unknown, schema: ValueObject): unknown {
  if (value === record) return schema;
  if (Array.isArray(value)) return value.map((item: unknown) => withRecord(item, schema));
  // The example is of any record, and would not be one of this template's.
  return isObject(value as Value) ? Object.fromEntries(Object.entries(value as Json).flatMap(([key, item]) => (key === 'example' ? [] : [[key, withRecord(item, schema)] as const]))) : value;
}
