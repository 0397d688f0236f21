/**
 * Real servers for tests. Each kind is one file of this folder that exports its `definition`, and one row of `kinds.ts`;
 * `startService` and `serviceOrSkip` start it.
 */

/** Where a server came from: an address somebody gave, a program of this machine, or a program fetched from a package registry. */
export type ServiceSource = 'environment' | 'installed' | 'registry';

export interface Service {
  readonly id: string;
  readonly kind: string;
  readonly source: ServiceSource;
  /** Address with account and password, as a client of the kind reads it. */
  readonly url: string;
  readonly host: string;
  readonly port: number;
  readonly user: string;
  readonly password: string;
  /** The server's process; undefined when somebody else runs it. */
  readonly pid: number | undefined;
  /** Ends the server and removes its data; does nothing to a server that somebody else runs. */
  stop(): Promise<void>;
  [Symbol.asyncDispose](): Promise<void>;
}

/** What a source returns: a service without the parts that every kind has alike. */
export type StartedService = Omit<Service, 'id' | 'kind' | 'source' | typeof Symbol.asyncDispose>;

export interface ServiceRequest {
  readonly id: string;
  /** Empty and the service's own; reachable by other accounts; removed when the service ends or the test run dies. */
  readonly folder: string;
  readonly settings: Readonly<Record<string, string>>;
  readonly signal: AbortSignal;
}

export interface ServiceDefinition {
  readonly kind: string;
  /** Tried in this order; the first that starts is taken. */
  readonly sources: readonly ServiceStarter[];
}

export interface ServiceStarter {
  readonly source: ServiceSource;
  /** Rejects with an `Unavailable` that says why this source cannot serve; any other error is a fault and ends the search. */
  start(request: ServiceRequest): Promise<StartedService>;
}

/** Why a server cannot be had, in words for the list of skipped tests. */
export class Unavailable extends Error {
  override readonly name = 'Unavailable';
}
