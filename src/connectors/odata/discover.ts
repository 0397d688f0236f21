/** Sets of a service as message schemas. */
import type { Discovered, NodeType, SchemaNode, SchemaTree } from '../../sdk/index.ts';
import { capabilitiesJson } from './capabilities.ts';
import { probeCapabilities } from './capability-probe.ts';
import type { EdmModel, EdmProperty, EntitySet, PropertyRole, StructuredType } from './edm.ts';
import { openService, type ServiceContext } from './service.ts';

/** Asked for by this path, what the service can do comes in place of a set. */
const capabilitiesPath = '$capabilities';

/** `path` is the name of a set or the beginning of one; a set of exactly that name comes alone. */
export async function discoverOdata(context: ServiceContext, query: { path?: string; limit: number }, signal: AbortSignal): Promise<readonly Discovered[]> {
  const service = openService(context);
  try {
    const described = await service.describe(signal);
    const { model } = described;
    if (query.path === capabilitiesPath) return [{ path: capabilitiesPath, title: context.name, kind: 'capabilities', facts: capabilitiesJson(await probeCapabilities(context, described, signal)) }];
    const exact = model.sets.get(query.path ?? '');
    const found = exact === undefined ? [...model.sets.values()].filter((set) => set.name.startsWith(query.path ?? '')) : [exact];
    return found.slice(0, query.limit).map((set) => describe(model, set));
  } finally {
    await service.close();
  }
}

function describe(model: EdmModel, set: EntitySet): Discovered {
  const row = rowTree(model, set.type, []);
  return {
    path: set.name,
    title: set.name,
    kind: set.parentSet === undefined ? set.kind : 'tablePart',
    request: row,
    response: { rows: node('object', { array: true, fields: row }), next: node('string'), count: node('decimal') },
  };
}

/** A field that may be left out of a create is not required, and 1C fills even those that may not be empty. */
function rowTree(model: EdmModel, type: StructuredType, above: readonly string[]): SchemaTree {
  return Object.fromEntries([...type.properties.values()].map((property) => [property.name, nodeOf(model, property, [...above, type.name])]));
}

function nodeOf(model: EdmModel, property: EdmProperty, above: readonly string[]): SchemaNode {
  const description = describeRole(property.role);
  const rest = { array: property.collection, ...(description === undefined ? {} : { description }) };
  const inner = model.types.get(property.type);
  if (inner === undefined) return node(scalarType(property.type), rest);
  // A type inside itself is cut where it would begin again.
  return node('object', above.includes(inner.name) || above.length > 4 ? rest : { ...rest, fields: rowTree(model, inner, above) });
}

const node = (type: NodeType, rest: Partial<SchemaNode> = {}): SchemaNode => ({ type, required: false, notEmpty: false, array: false, ...rest });

function describeRole(role: PropertyRole): string | undefined {
  switch (role.kind) {
    case 'ref': return role.sets.length === 0 ? 'ref' : `ref: ${role.sets.join(', ')}`;
    case 'composite': return `composite: ${role.typeProperty}`;
    case 'tablePart':
    case 'enum':
    case 'version': return role.kind;
    default: return undefined;
  }
}

/** Wall-clock times stay texts: a message's instant has a zone, and this type has none. */
function scalarType(type: string): NodeType {
  switch (type) {
    case 'Edm.Boolean': return 'boolean';
    case 'Edm.Byte':
    case 'Edm.SByte':
    case 'Edm.Int16':
    case 'Edm.Int32': return 'integer';
    case 'Edm.Int64':
    case 'Edm.Decimal': return 'decimal';
    case 'Edm.Single':
    case 'Edm.Double': return 'number';
    case 'Edm.DateTimeOffset': return 'dateTime';
    case 'Edm.Date': return 'date';
    case 'Edm.Duration':
    case 'Edm.Time': return 'duration';
    case 'Edm.Untyped': return 'any';
    // Points and shapes are objects.
    default: return type.startsWith('Edm.Geo') ? 'any' : 'string';
  }
}
