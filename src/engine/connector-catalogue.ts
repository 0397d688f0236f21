/** Connectors as the configuration sees them, and back: published properties opened for a connector. */
import type { ConnectorCatalogue, KnownConnector, KnownOperation } from '../core/configuration/connector-catalogue.ts';
import { isSecretReference, secretsOf } from '../core/configuration/reference.ts';
import type { PlainObject } from '../core/configuration/object-document.ts';
import { Failure, type Problem } from '../core/failure.ts';
import type { SecretVault } from '../core/secret-vault.ts';
import { Decimal } from '../core/decimal.ts';
import type { Value, ValueObject } from '../core/value.ts';
import type { ConnectorDefinition, OperationDefinition } from '../sdk/connector.ts';
import { Secret } from '../sdk/secret.ts';
import { parseSpec } from '../sdk/spec-parse.ts';
import type { SpecFields, SpecValues } from '../sdk/spec.ts';

export function connectorCatalogue(connectors: readonly ConnectorDefinition[]): ConnectorCatalogue {
  const known = new Map(connectors.map((connector) => [connector.name, knownConnector(connector)]));
  return { names: () => [...known.keys()], get: (name) => known.get(name) };
}

function knownConnector(connector: ConnectorDefinition): KnownConnector {
  const operations = Object.entries(connector.operations).map(([name, operation]) => [name, knownOperation(operation)] as const);
  return {
    name: connector.name,
    checkConnection: (properties) => {
      const misplaced = misplacedSecrets(connector.connection, properties);
      return misplaced.length > 0 ? misplaced : problemsOf(connector.connection, withSecrets(properties, () => unread));
    },
    operations: Object.fromEntries(operations),
  };
}

/** Stands for a secret while only the shape of the properties is judged. */
const unread = new Secret('');

function knownOperation(operation: OperationDefinition): KnownOperation {
  const values = (properties: PlainObject): SpecValues<SpecFields> => parseSpec(operation.route, properties, 'properties', noSecrets);
  return {
    direction: operation.direction,
    reads: operation.reads === true,
    code: Object.entries(operation.route).flatMap(([name, field]) => (field.code === true ? [name] : [])),
    checkRoute: (properties) => {
      const problems = problemsOf(operation.route, properties);
      return problems.length > 0 ? problems : operation.problems?.(values(properties)) ?? [];
    },
    addresses: (connection, properties) => operation.addresses?.(connection, values(properties)) ?? [],
    verifiable: (properties) => operation.verifiable?.(values(properties)) ?? false,
    schemas: (properties) => operation.schemas?.(values(properties)) ?? {},
  };
}

/** Routes hold no secrets: whoever may read a route may not read these. */
const noSecrets = { openSecret: (): undefined => undefined };

function problemsOf(fields: SpecFields, properties: Readonly<Record<string, unknown>>): readonly Problem[] {
  try {
    parseSpec(fields, properties, 'properties', noSecrets);
    return [];
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return error.problems.length > 0 ? error.problems : [{ path: '', code: error.code, parameters: error.parameters }];
  }
}

function misplacedSecrets(fields: SpecFields, properties: PlainObject): readonly Problem[] {
  return [...secretsOf(properties)]
    .filter(([property]) => Object.hasOwn(fields, property) && fields[property]?.type !== 'secret')
    .map(([property, name]) => ({ path: property, code: 'config.secretNotHere', parameters: { property, name } }));
}

function withSecrets(properties: Readonly<Record<string, unknown>>, open: (name: string) => Secret): Readonly<Record<string, unknown>> {
  const opened: Record<string, unknown> = Object.create(null);
  for (const [property, value] of Object.entries(properties)) opened[property] = isSecretReference(value) ? open(value.secret) : value;
  return opened;
}

/**
 * The properties of a published connection as its connector takes them, with secrets opened.
 * Throws `secret.unknown`, `secret.unreadable`, or `spec.refused` when the connector has changed since the publication.
 */
export async function openProperties<C extends SpecFields>(fields: C, properties: ValueObject, vault: SecretVault, place: string): Promise<SpecValues<C>> {
  const secrets = new Map<string, Secret>();
  for (const name of new Set(secretsOf(properties).values())) secrets.set(name, await vault.reveal(name, (text) => new Secret(text)));
  const opened = withSecrets(properties, (name) => secrets.get(name) ?? unread);
  return parseSpec(fields, opened, place, { openSecret: (name) => secrets.get(name) });
}

const wholeSecret = /^\$\{secret:([^{}]+)\}$/;

/**
 * The same for the values of a form that nobody has saved: a secret is `${secret:name}`, `{secret: name}` or the text itself.
 * Throws `spec.refused` with every problem.
 */
export async function openUnsavedProperties<C extends SpecFields>(fields: C, properties: ValueObject, vault: SecretVault, place: string): Promise<SpecValues<C>> {
  const opened: Record<string, unknown> = Object.create(null);
  for (const [property, value] of Object.entries(properties)) {
    const isSecret = Object.hasOwn(fields, property) && fields[property]?.type === 'secret';
    opened[property] = isSecret ? await unsavedSecret(value, vault) : value instanceof Decimal ? value.toNumber() : value;
  }
  return parseSpec(fields, opened, place, noSecrets);
}

async function unsavedSecret(value: Value, vault: SecretVault): Promise<unknown> {
  const name = typeof value === 'string' ? wholeSecret.exec(value)?.[1] : isSecretReference(value) ? value.secret : undefined;
  if (name !== undefined) return await vault.reveal(name, (text) => new Secret(text));
  return typeof value === 'string' ? new Secret(value) : value;
}
