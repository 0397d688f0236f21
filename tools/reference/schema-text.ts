/** A JSON Schema in one line, in the notation of TypeScript types, for a page that people read. */

export type Schema = Readonly<Record<string, unknown>>;

/** Is told of every schema that has a title. */
export type Collect = (title: string, schema: Schema) => void;

const isSchema = (value: unknown): value is Schema => typeof value === 'object' && value !== null && !Array.isArray(value);

/** A schema with a title is written once, under that title; `collect` is told of each. */
export function schemaText(schema: unknown, collect: Collect): string {
  if (!isSchema(schema)) return 'any';
  const { title } = schema;
  if (typeof title !== 'string') return bareText(schema, collect);
  collect(title, schema);
  return title;
}

/** The schema itself over several lines: a line a member, or a line an alternative. */
export function linesOf(schema: Schema, collect: Collect): string {
  const { anyOf, oneOf } = schema;
  const parts: readonly unknown[] | null = Array.isArray(anyOf) ? anyOf : Array.isArray(oneOf) ? oneOf : null;
  if (parts !== null) return parts.map((part) => `| ${schemaText(part, collect)}`).join('\n');
  const members = schema['type'] === 'object' ? membersOf(schema, collect) : null;
  return members === null ? bareText(schema, collect) : ['{', ...members.map((member) => `  ${member}`), '}'].join('\n');
}

/** The schema itself, whether it has a title or not. */
function bareText(schema: Schema, collect: Collect): string {
  const { $ref, type, anyOf, oneOf } = schema;
  if (typeof $ref === 'string') return $ref.slice($ref.lastIndexOf('/') + 1);
  if ('const' in schema) return JSON.stringify(schema['const']);
  if (Array.isArray(schema['enum'])) return schema['enum'].map((value) => JSON.stringify(value)).join(' | ');
  const parts = Array.isArray(anyOf) ? anyOf : Array.isArray(oneOf) ? oneOf : null;
  if (parts !== null) return parts.map((part) => schemaText(part, collect)).join(' | ');
  if (Array.isArray(type)) return type.join(' | ');
  if (type === 'array') return listText(schemaText(schema['items'], collect));
  if (type === 'object') return objectText(schema, collect);
  return typeof type === 'string' ? scalarText(type, schema) : 'any';
}

const listText = (item: string): string => (item.includes(' | ') ? `(${item})[]` : `${item}[]`);

function scalarText(type: string, { minimum, maximum, format }: Schema): string {
  if (typeof minimum === 'number' && typeof maximum === 'number') return `${type} ${minimum}…${maximum}`;
  if (format === 'date-time') return 'instant';
  return type;
}

function objectText(schema: Schema, collect: Collect): string {
  const members = membersOf(schema, collect);
  if (members === null) return 'object';
  return members.length === 0 ? '{}' : `{ ${members.join(', ')} }`;
}

/** Null when any members may be there. */
function membersOf({ properties, required }: Schema, collect: Collect): string[] | null {
  if (!isSchema(properties)) return null;
  const needed: readonly unknown[] = Array.isArray(required) ? required : [];
  return Object.entries(properties).map(([name, value]) => `${name}${needed.includes(name) ? '' : '?'}: ${schemaText(value, collect)}`);
}
