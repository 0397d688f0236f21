/** Every connector of the source tree, in the order of their names. */
import type { ConnectorDefinition } from '../sdk/connector.ts';
import httpIn from './http-in/index.ts';
import httpOut from './http-out/index.ts';
import loopback from './loopback/index.ts';
import sql from './sql/index.ts';

export const connectors: readonly ConnectorDefinition[] = [httpIn, httpOut, loopback, sql];
