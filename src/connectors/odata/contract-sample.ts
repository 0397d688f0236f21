/** Whether rows are what their description promises: a service that breaks it does so in all rows or in most, so that a few tell. Pure. */
import { Decimal, type Value, type ValueObject } from '../../sdk/index.ts';
import type { EdmProperty, StructuredType } from './edm.ts';

const sampleRows = 20;
const shownFields = 10;

/** Fields that hold something else than was declared, like `Вес: Edm.Double ← string`; empty when all is well. */
export function brokenPromises(type: StructuredType, rows: readonly ValueObject[]): readonly string[] {
  const found = new Map<string, string>();
  for (const row of rows.slice(0, sampleRows)) {
    for (const [name, value] of Object.entries(row)) {
      const property = type.properties.get(name);
      if (property === undefined || found.has(name)) continue;
      const strange = strangeIn(property, value);
      if (strange !== undefined) found.set(name, `${name}: ${property.type} ← ${strange}`);
    }
  }
  return [...found.values()].slice(0, shownFields);
}

function strangeIn({ type, collection, role }: EdmProperty, value: Value): string | undefined {
  if (value === null) return undefined;
  const got = Array.isArray(value) ? 'array' : value instanceof Decimal ? 'number' : typeof value;
  if (collection) return got === 'array' ? undefined : got;
  // A composite field holds a text of whatever its type field says.
  if (role.kind === 'composite') return got === 'string' ? undefined : got;
  switch (type) {
    case 'Edm.Int16': case 'Edm.Int32': case 'Edm.Int64': case 'Edm.Byte': case 'Edm.SByte': case 'Edm.Decimal':
      return got === 'number' ? undefined : got;
    // Doubles have words for what is no number.
    case 'Edm.Double': case 'Edm.Single': return got === 'number' || value === 'NaN' || value === 'INF' || value === '-INF' ? undefined : got;
    case 'Edm.Boolean': return got === 'boolean' ? undefined : got;
    case 'Edm.String': case 'Edm.Guid': return got === 'string' ? undefined : got;
    case 'Edm.DateTime': case 'Edm.DateTimeOffset': case 'Edm.Date': return typeof value === 'string' && /^-?\d{4,}-\d\d-\d\d/.test(value) ? undefined : got;
    default: return undefined;
  }
}
