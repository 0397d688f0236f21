/** The JSON Schema of a spec: for the REST contract, for forms and for the reference. */
import { limits } from '../core/limits.ts';
import type { Lang } from '../core/failure.ts';
import type { SpecField, SpecFields } from './spec.ts';

export type JsonSchema = Readonly<Record<string, unknown>>;

/** Secrets are write-only. Fields with `when` become conditions. Titles are in `lang`. */
export function specSchema(fields: SpecFields, lang: Lang = 'en'): JsonSchema {
  const names = Object.keys(fields);
  const conditions = names.flatMap((name) => conditionOf(name, fields[name]));
  return {
    type: 'object',
    additionalProperties: false,
    properties: Object.fromEntries(Object.entries(fields).map(([name, field]) => [name, fieldSchema(field, lang)])),
    required: names.filter((name) => fields[name]?.required === true && fields[name].when === undefined && !('default' in fields[name])),
    ...(conditions.length > 0 ? { allOf: conditions } : {}),
  };
}

function conditionOf(name: string, field: SpecField | undefined): JsonSchema[] {
  if (field?.when === undefined || field.required !== true || 'default' in field) return [];
  const properties = Object.fromEntries(Object.entries(field.when).map(([other, values]) => [other, { enum: values }]));
  return [{ if: { properties, required: Object.keys(field.when) }, then: { required: [name] } }];
}

function fieldSchema(field: SpecField, lang: Lang): JsonSchema {
  return {
    title: field.title[lang],
    ...(field.description ? { description: field.description[lang] } : {}),
    ...(field.example === undefined ? {} : { examples: [field.example] }),
    ...('default' in field && field.default !== undefined ? { default: field.default } : {}),
    ...(field.advanced === true ? { 'x-advanced': true } : {}),
    ...(field.transport === true ? { 'x-transport': true } : {}),
    ...(field.when === undefined ? {} : { 'x-when': field.when }),
    ...typeSchema(field),
  };
}

function typeSchema(field: SpecField): JsonSchema {
  const text = { type: 'string', maxLength: limits.specTextCharacters.value };
  const maxItems = limits.specListItems.value;
  switch (field.type) {
    case 'string': return { type: 'string', maxLength: field.maxLength ?? text.maxLength, ...(field.pattern === undefined ? {} : { pattern: field.pattern }) };
    case 'secret': return { type: 'string', format: 'password', writeOnly: true };
    case 'number': return { type: 'number', ...(field.minimum === undefined ? {} : { minimum: field.minimum }), ...(field.maximum === undefined ? {} : { maximum: field.maximum }) };
    case 'boolean': return { type: 'boolean' };
    case 'enum': return { type: 'string', enum: field.values };
    case 'strings': return { type: 'array', maxItems, items: field.values === undefined ? text : { type: 'string', enum: field.values } };
    case 'pairs': return { type: 'object', maxProperties: maxItems, additionalProperties: text };
    case 'json': return {};
  }
}
