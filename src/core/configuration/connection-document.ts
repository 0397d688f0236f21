/**
 * A Connection document:
 *
 *   kind: Connection
 *   name: partner
 *   type: http-out
 *   environments:
 *     test: {url: http://127.0.0.1:9001, allow: [loopback], token: "${secret:partner-test}"}
 *   properties: {auth: bearer}
 *   limits: {concurrency: 4, perSecond: 20}
 *
 * What the active environment says wins over `properties`.
 */
import type { Problem } from '../failure.ts';
import { guardedKinds } from '../guarded-kinds.ts';
import { limits } from '../limits.ts';
import type { ConnectorCatalogue, KnownConnector } from './connector-catalogue.ts';
import { type DocumentFields, DocumentReader, placeName, shortText } from './document-reader.ts';
import { headerKeys, readTitle } from './object-header.ts';
import { type DocumentPath, isPlainObject, type Plain, type PlainObject, readPath } from './object-document.ts';
import type { PublishedConnection } from './published.ts';
import { type Addresses, resolveProperty, secretsOf } from './reference.ts';

export type ConnectionBody = Omit<PublishedConnection, 'id' | 'version' | 'stamp'>;

export interface ConnectionContext {
  connectors: ConnectorCatalogue;
  /** Name of the active environment; null takes the first that a connection declares. */
  environment: string | null;
  /** Null where they are not known: what refers to them is then not checked. */
  addresses: Addresses | null;
  /** Names of the secrets that are set; null where that is not known, and then not checked. */
  secrets: ReadonlySet<string> | null;
}

const keys = [...headerKeys, 'type', 'enabled', 'environments', 'properties', 'allow', 'limits', 'log'];

export function parseConnection(document: PlainObject, context: ConnectionContext): { body: ConnectionBody | null; problems: readonly Problem[] } {
  const reader = new DocumentReader();
  const fields = reader.fields(document, [], keys);
  if (fields === undefined) return { body: null, problems: reader.problems };
  const title = readTitle(reader, fields);
  const type = fields.requiredText('type');
  const connector = type === undefined ? undefined : knownConnector(reader, fields, type, context.connectors);
  const merged = mergedProperties(reader, fields, context);
  if (connector !== undefined) checkProperties(reader, connector, merged);
  for (const [property, secret] of secretsOf(merged.properties)) {
    if (context.secrets?.has(secret) === false) reader.add(merged.origin(property), 'config.unknownSecret', { name: secret });
  }
  const bounds = fields.fields('limits', ['concurrency', 'perSecond']);
  const body: ConnectionBody = {
    name: fields.text('name') ?? '',
    title,
    type: type ?? '',
    enabled: fields.flag('enabled', true),
    properties: merged.properties,
    allow: merged.allow,
    limits: {
      concurrency: bounds?.integer('concurrency', { from: 1, to: limits.connectionConcurrency.value }, 4) ?? 4,
      perSecond: bounds?.has('perSecond') === true ? bounds.integer('perSecond', { from: 1, to: 100_000 }, 1) : null,
    },
    log: fields.oneOf('log', ['full', 'errors', 'off'], 'errors'),
  };
  return { body: reader.problems.length === 0 ? body : null, problems: reader.problems };
}

function knownConnector(reader: DocumentReader, fields: DocumentFields, type: string, connectors: ConnectorCatalogue): KnownConnector | undefined {
  const connector = connectors.get(type);
  if (connector === undefined) reader.missing(fields.path('type'), 'Connector', type, connectors.names());
  return connector;
}

interface MergedProperties {
  properties: PlainObject;
  allow: readonly string[];
  /** Properties whose values are not known here, because an address is missing. */
  unresolved: ReadonlySet<string>;
  /** Where each property was written, for messages. */
  origin(property: string): DocumentPath;
}

function mergedProperties(reader: DocumentReader, fields: DocumentFields, context: ConnectionContext): MergedProperties {
  const chosen = activeEnvironment(reader, fields, context.environment);
  const own = Object.fromEntries(fields.entries('properties'));
  const over = chosen === undefined ? {} : Object.fromEntries(chosen.entries);
  const overridden = (property: string): boolean => chosen !== undefined && Object.hasOwn(over, property);
  const origin = (property: string): DocumentPath => (overridden(property) && chosen !== undefined ? [...chosen.path, property] : ['properties', property]);
  const properties: Record<string, Plain> = Object.create(null);
  const unresolved = new Set<string>();
  for (const [property, value] of Object.entries({ ...own, ...over })) {
    if (property === 'allow' && overridden('allow')) continue;
    properties[property] = resolved(reader, value, context.addresses, origin(property), () => unresolved.add(property));
  }
  const allowPath: DocumentPath = overridden('allow') ? origin('allow') : ['allow'];
  return {
    properties,
    allow: readAllow(reader, overridden('allow') ? over['allow'] : fields.raw('allow'), allowPath),
    unresolved,
    origin,
  };
}

function activeEnvironment(reader: DocumentReader, fields: DocumentFields, wanted: string | null): { entries: readonly (readonly [string, Plain])[]; path: DocumentPath } | undefined {
  const environments = fields.entries('environments');
  for (const [name, value] of environments) {
    if (!isPlainObject(value)) reader.fields(value, ['environments', name], []);
  }
  const first = environments[0];
  if (first === undefined) return undefined;
  const active = wanted === null ? first : environments.find(([name]) => name === wanted);
  if (active === undefined) {
    reader.missing(['environments'], 'Environment', wanted ?? '', environments.map(([name]) => name));
    return undefined;
  }
  const [name, value] = active;
  return isPlainObject(value) ? { entries: Object.entries(value), path: ['environments', name] } : undefined;
}

function resolved(reader: DocumentReader, value: Plain, addresses: Addresses | null, path: DocumentPath, unknown: () => void): Plain {
  return resolveProperty(value, addresses ?? new Map(), path, (problem) => {
    unknown();
    if (problem.kind === 'unknownAddress') {
      if (addresses !== null) reader.missing(problem.path, 'Address', problem.name, [...addresses.keys()]);
    } else reader.add(problem.path, 'config.malformedReference', { place: placeName(problem.path), text: problem.text.slice(0, 60) });
  });
}

function readAllow(reader: DocumentReader, value: Plain | undefined, path: DocumentPath): readonly string[] {
  if (value === undefined) return [];
  if (!Array.isArray(value)) {
    reader.add(path, 'config.wrongType', { place: placeName(path), expected: `list of ${guardedKinds.join(' | ')}`, got: typeof value });
    return [];
  }
  return value.filter((item: Plain, index: number): item is string => {
    if (typeof item === 'string' && guardedKinds.some((kind) => kind === item)) return true;
    const at = [...path, index];
    reader.add(at, 'config.notAllowed', { place: placeName(at), value: shortText(item), allowed: guardedKinds.join(', ') });
    return false;
  });
}

/** A property's problem is shown where the property was written: in the environment or in `properties`. */
function checkProperties(reader: DocumentReader, connector: KnownConnector, merged: MergedProperties): void {
  for (const problem of connector.checkConnection(merged.properties)) {
    const [property, ...rest] = readPath(problem.path);
    if (property !== undefined && merged.unresolved.has(String(property))) continue;
    const path = property === undefined ? ['properties'] : [...merged.origin(String(property)), ...rest];
    reader.add(path, problem.code, problem.parameters);
  }
}
