/** The JSON Schema of the records of one template: of what is read, or of what a caller may send. */
import { Decimal } from '../core/decimal.ts';
import { limits } from '../core/limits.ts';
import { isFileType } from '../core/file.ts';
import { exampleOf } from '../core/mask/pattern.ts';
import type { NamedMask } from '../core/mask/mask.ts';
import { isRoleList } from '../core/role-list.ts';
import type { Attribute, ScalarAttribute, ScalarType, Template } from '../core/template.ts';
import type { Value, ValueObject } from '../core/value.ts';

/** `read`: with system attributes, nothing missing; `create` and `change`: what may be sent, of which `create` demands what is required. */
export type RecordUse = 'read' | 'create' | 'change';

export function recordSchema(template: Template, use: RecordUse): ValueObject {
  const shown = template.attributes.filter((attribute) => use !== 'read' || attribute.kind === 'scalar' || !attribute.multiple);
  const calculated = use === 'read' ? (template.calculated ?? []) : [];
  const own = Object.fromEntries([
    ...template.attributes.map((attribute) => [attribute.name, attributeSchema(attribute)] as const),
    ...calculated.map((attribute) => [attribute.name, { ...orNull(scalarSchema(attribute), false), readOnly: true }] as const),
  ]);
  const required = use === 'read' ? ['id', ...[...shown, ...calculated].map(({ name }) => name)] : use === 'create' ? template.attributes.filter(mustBeSent).map(({ name }) => name) : [];
  return {
    type: 'object',
    title: template.name,
    properties: use === 'read' ? { ...systemSchemas, ...own } : own,
    ...(required.length === 0 ? {} : { required }),
    ...(use === 'read' ? {} : { additionalProperties: false }),
  };
}

/** What `select` and `expand` make of a record: nothing but the id is sure to be there, and a link may stand as the record it leads to. */
export function recordPartSchema(template: Template, refOf: (target: string) => ValueObject | undefined): ValueObject {
  const { properties } = recordSchema(template, 'read');
  const expanded = template.attributes.flatMap((attribute): [string, Value][] => {
    const ref = attribute.kind === 'link' ? refOf(attribute.target) : undefined;
    if (attribute.kind !== 'link' || ref === undefined) return [];
    return [[attribute.name, attribute.multiple ? { type: 'array', items: { anyOf: [uuid, ref] } } : { anyOf: [orNull(uuid, false), ref] }]];
  });
  const more: ValueObject = { type: 'object', description: 'By the name of an expanded link, the cursor of the rest', additionalProperties: { type: 'string' } };
  return { type: 'object', title: `${template.name}_part`, required: ['id', '_version'], properties: { ...(properties as ValueObject), ...Object.fromEntries(expanded), _more: more } };
}

const mustBeSent = (attribute: Attribute): boolean => attribute.required && (attribute.kind === 'link' || attribute.default === undefined);

/** Read: without content. Sent: a name with content in base64, or the id of a file that is there; large ones go to `…/files/{attribute}`. */
const fileSchema: ValueObject = {
  type: 'object',
  properties: { id: { type: 'string' }, name: { type: 'string' }, size: { type: 'integer' }, type: { type: 'string' }, sha256: { type: 'string' }, version: { type: 'integer' }, at: { type: 'string' }, content: { type: 'string' } },
};
const uuid: ValueObject = { type: 'string', format: 'uuid' };
const instant: ValueObject = { type: 'string', format: 'date-time' };

const systemSchemas: ValueObject = {
  id: uuid,
  _version: { type: 'integer' },
  _createdAt: instant,
  _createdBy: { type: ['string', 'null'] },
  _changedAt: instant,
  _changedBy: { type: ['string', 'null'] },
  _archived: { type: 'boolean' },
  _origin: { type: 'string' },
};

function attributeSchema(attribute: Attribute): ValueObject {
  if (attribute.kind === 'link') return attribute.multiple ? { type: 'array', items: uuid } : orNull(uuid, attribute.required);
  if (isFileType(attribute.type)) return attribute.multiple === true ? { type: 'array', items: fileSchema } : orNull(fileSchema, attribute.required);
  if (isRoleList(attribute)) return { type: 'array', items: scalarSchema(attribute), uniqueItems: true, maxItems: limits.rolesPerAttribute.value };
  const schema: Record<string, Value> = { ...orNull(scalarSchema(attribute), attribute.required) };
  if (attribute.default !== undefined && attribute.default !== null) schema['default'] = attribute.default instanceof Decimal ? Number(attribute.default) : attribute.default;
  return schema;
}

function orNull(schema: ValueObject, required: boolean): ValueObject {
  if (required) return schema;
  const { type, enum: values } = schema;
  const choices: readonly Value[] | null = Array.isArray(values) ? values : null;
  return { ...schema, type: [type ?? 'string', 'null'], ...(choices === null ? {} : { enum: [...choices, null] }) };
}

const scalarSchemas: Readonly<Record<ScalarType, ValueObject>> = {
  text: { type: 'string', maxLength: limits.textCharacters.value },
  number: { type: 'number' },
  boolean: { type: 'boolean' },
  date: { type: 'string', format: 'date' },
  dateTime: instant,
  duration: { type: 'string', format: 'duration' },
  enum: { type: 'string' },
  hyperlink: { type: 'string', format: 'uri', maxLength: limits.hyperlinkCharacters.value },
  account: { type: 'string', description: 'Id of an account; its name is taken too' },
  role: { type: 'string', description: 'System name of a role', examples: ['messageOperators'] },
  document: { type: 'object' },
  image: { type: 'object' },
  timeZone: { type: 'string', examples: ['Europe/Moscow'] },
};

const maskSamples: Readonly<Record<NamedMask, string>> = {
  phone: '+79000000017', email: 'irina@example.org', inn: '7707083893', kpp: '770701001', ogrn: '1027700132195', ogrnip: '304500116000157', postcode: '101000', passport: '4509 123456',
};

function scalarSchema({ type, values, decimals, mask }: Pick<ScalarAttribute, 'type' | 'values' | 'decimals' | 'mask'>): ValueObject {
  const schema = scalarSchemas[type];
  if (values !== undefined) return { ...schema, enum: values };
  if (decimals !== undefined && decimals <= 9) return { ...schema, multipleOf: Number(`1e-${decimals}`) };
  if (mask === undefined) return schema;
  return { ...schema, examples: [typeof mask === 'string' ? maskSamples[mask] : exampleOf(mask.pattern)] };
}
