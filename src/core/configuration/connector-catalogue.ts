/** What the configuration needs to know about connectors. The kit implements it from their definitions. */
import type { Problem } from '../failure.ts';
import type { SchemaTree } from '../message-schema.ts';
import type { PlainObject } from './object-document.ts';

export interface ConnectorCatalogue {
  names(): readonly string[];
  get(name: string): KnownConnector | undefined;
}

export interface KnownConnector {
  name: string;
  /** Problems of a connection's properties, all at once; paths are relative to them. Secrets are `{secret: name}`. */
  checkConnection(properties: PlainObject): readonly Problem[];
  operations: Readonly<Record<string, KnownOperation>>;
}

export interface KnownOperation {
  direction: 'in' | 'out';
  /** The platform reads by itself; routes may have a schedule. */
  reads?: boolean;
  /** Properties whose texts another system carries out as they are. */
  code: readonly string[];
  checkRoute(properties: PlainObject): readonly Problem[];
  /** What only one route can have, like the method and path that it receives at. May be asked only about properties without problems. */
  addresses(connection: PlainObject, properties: PlainObject): readonly string[];
  /** Whether calls of unknown outcome can be asked about. May be asked only about properties without problems. */
  verifiable(properties: PlainObject): boolean;
  /** May be asked only about properties without problems. */
  schemas(properties: PlainObject): { request?: SchemaTree; response?: SchemaTree; errorResponse?: SchemaTree };
}
