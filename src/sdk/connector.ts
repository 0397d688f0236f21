/**
 * What a connector is. This interface is the contract: the engine knows connectors only through it.
 * A connector is one folder under `src/connectors/`; it may import `src/sdk` and its own folder, nothing else.
 */
import type { Failure, Problem } from '../core/failure.ts';
import type { Clock, Log } from '../core/ports.ts';
import type { Localised } from '../core/localised.ts';
import type { SchemaTree } from '../core/message-schema.ts';
import type { Value, ValueObject } from '../core/value.ts';
import type { Secret } from './secret.ts';
import type { Capability, CapabilityPlace } from '../core/capability.ts';
import type { Dialer } from './dial.ts';
import type { Dossier } from './dossier.ts';
import type { ExplainedFilter, ExplainQuery } from './explained-filter.ts';
import type { MetadataDocument, RemoteMetadata, RouteTrees, RouteUse } from './remote-metadata.ts';
import type { SpecFields, SpecValues } from './spec.ts';

export type { Localised };

/** How far a connector has been checked against the real thing. */
export type Verification = 'L0' | 'L1' | 'L2' | 'L3';

export interface ConnectorDefinition<C extends SpecFields = SpecFields, R extends SpecFields = SpecFields> {
  /** The folder's name, used as `type:` of a connection. */
  name: string;
  title: Localised;
  about: Localised;
  verification: Verification;
  /** Properties of a connection. */
  connection: C;
  /** What a route over it can do; the key is the route's `operation:`. */
  operations: Readonly<Record<string, OperationDefinition<R>>>;
  /** Opens what sends and checks need (pools, sessions). No I/O happens before the first use. */
  open(context: ConnectionContext<SpecValues<C>>): OpenConnection;
  /** Tests unsaved values stage by stage; never changes the remote system. */
  check(context: ConnectionContext<SpecValues<C>>, signal: AbortSignal): AsyncIterable<CheckStage>;
  /** Reads the remote's schema so that message schemas are inferred, not typed. */
  discover?(context: ConnectionContext<SpecValues<C>>, query: { path?: string; limit: number }, signal: AbortSignal): Promise<readonly Discovered[]>;
  /** For systems that describe themselves in one document, which is kept and compared with later ones. */
  metadata?: {
    /** Fetches the document; reads nothing else and changes nothing. */
    fetch(context: ConnectionContext<SpecValues<C>>, signal: AbortSignal): Promise<MetadataDocument>;
    /** Reads it, letting other work through meanwhile. */
    read(connection: string, document: MetadataDocument, signal: AbortSignal): Promise<RemoteMetadata>;
    /** Where the document of a connection with these properties is: one from elsewhere says nothing about it. */
    address(properties: SpecValues<C>): string;
  };
  /** For systems that differ in what they can do. */
  capabilities?: {
    /** Every fact that may be known, by its name. */
    titles: Readonly<Record<string, Localised>>;
    /** Finds out by reads alone. What cannot be told is null; throws only what keeps it from beginning. */
    probe(context: ConnectionContext<SpecValues<C>>, signal: AbortSignal): Promise<{ place: CapabilityPlace; learnt: readonly Capability[] }>;
  };
  /** Says how a reading with a filter would be carried out; sends nothing of it. */
  explain?(context: ConnectionContext<SpecValues<C>>, query: ExplainQuery, signal: AbortSignal): Promise<ExplainedFilter>;
  /** What a person may have done in the remote system by name; never done by itself. */
  actions?: Readonly<Record<string, ActionDefinition<SpecValues<C>>>>;
}

/** A named deed on the remote system, like creating a table; safe to repeat. */
export interface ActionDefinition<V> {
  title: Localised;
  about: Localised;
  /** Resolves with what was done, for a person. */
  run(context: ConnectionContext<V>, signal: AbortSignal): Promise<Localised>;
}

/** Connectors by name: those of the source tree and those installed at run time alike. */
export interface ConnectorRegistry {
  get(name: string): ConnectorDefinition | undefined;
  list(): readonly ConnectorDefinition[];
}

/** Keeps the types of the fields while a definition is written; the result fits any registry. */
export const defineConnector = <const C extends SpecFields>(definition: ConnectorDefinition<C>): ConnectorDefinition<C> => definition;

/** The same for one operation; the result fits the operations of any connector. */
export const defineOperation = <const R extends SpecFields>(operation: OperationDefinition<R>): OperationDefinition => operation;

export interface OperationDefinition<R extends SpecFields = SpecFields> {
  title: Localised;
  direction: 'in' | 'out';
  /** Properties of a route with this operation. */
  route: R;
  /** Fixed parts of the message schemas, merged below what the route declares. */
  schemas?(properties: SpecValues<R>): { request?: SchemaTree; response?: SchemaTree; errorResponse?: SchemaTree };
  /** What is wrong with these properties beyond what each field tells alone; asked before a route is published. */
  problems?(properties: SpecValues<R>): readonly Problem[];
  /** What only one route of the platform can have, like the method and path that it receives at; two routes with one are refused. */
  addresses?(connection: ValueObject, properties: SpecValues<R>): readonly string[];
  /** Whether a repeat of this call with the same effect id is harmless by nature or by key. */
  idempotent?(properties: SpecValues<R>): boolean;
  /** What of the other side's objects this route names, for the sake of a change there. */
  uses?(properties: SpecValues<R>, trees: RouteTrees): RouteUse | undefined;
  /** Whether `verify` of an open connection can find out what came of a call of this route that got no answer. */
  verifiable?(properties: SpecValues<R>): boolean;
  /** Refuses, before anything is sent, what this route must never do; throws a Failure. */
  guard?(properties: SpecValues<R>, request: Value): void;
  /** The platform reads by itself, page by page, through `read` of the open connection; the route may have a schedule. */
  reads?: true;
  /** For operations that the platform's HTTP server receives: the message of one request. Pure; throws a Failure. */
  parse?(properties: SpecValues<R>, raw: RawHttpRequest): Value;
}

/** One inbound HTTP request as the server read it; the body is within its limit. */
export interface RawHttpRequest {
  method: string;
  /** Names in any case, in the order of arrival. */
  headers: readonly (readonly [name: string, value: string])[];
  /** Decoded, in the order of arrival. */
  query: readonly (readonly [name: string, value: string])[];
  body: Uint8Array;
  /** Of a form that the platform has read: its fields and files by name; the body says nothing then. */
  form?: ValueObject;
}

export interface ConnectionContext<V> {
  /** System name of the connection, for messages to people. */
  name: string;
  /** Values of the spec with secrets opened as `Secret`. */
  properties: V;
  dial: Dialer;
  clock: Clock;
  log: Log;
  /** What published routes do over it; given to a check, which may look whether that is possible. */
  uses?: readonly { operation: string; properties: ValueObject }[];
  /** What is kept of the other side; absent for values of a form, of which nothing is kept. */
  dossier?: Dossier;
  /** Address of the platform's own database, which connectors refuse to write to. */
  ownDatabase?: { host: string; port: number; database: string; systemIdentifier?: string; oid?: string };
}

export interface OpenConnection {
  /** Performs one remote call. */
  send?(call: OutgoingCall, signal: AbortSignal): Promise<Receipt>;
  /** Finds out, only by reading, what came of a call that got no answer. Throws a Failure when the remote cannot be asked now. */
  verify?(call: UnknownCall, signal: AbortSignal): Promise<Verdict>;
  /** Reads from a cursor, null for the beginning: one page. The platform commits its messages together with the new cursor, then reads on. */
  read?(request: ReadCall, signal: AbortSignal): Promise<ReadPage>;
  /** Tells the other system that what lies before the cursor is durable. Asked after the commit, and again after a crash. */
  confirm?(request: { operation: string; properties: ValueObject; cursor: Value }, signal: AbortSignal): Promise<void>;
  /** Delivers messages as they come until the signal aborts; `deliver` resolves when the message is durable. */
  listen?(request: { operation: string; properties: ValueObject }, deliver: (message: Value) => Promise<void>, signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}

export interface ReadCall {
  operation: string;
  /** Properties of the route, checked against the operation's spec. */
  properties: ValueObject;
  /** What the page before returned; plain data, for the connector alone to understand. */
  cursor: Value;
  /** Rows that a page should have at most. */
  limit: number;
}

export interface ReadPage {
  /** Each becomes one message of the route; none when there is nothing new. */
  messages: readonly Value[];
  cursor: Value;
  /** There may be more behind the cursor now; else the schedule says when to look again. */
  more: boolean;
  /** `confirm` is to be called once this page is durable. */
  confirm?: boolean;
}

export interface OutgoingCall {
  operation: string;
  /** Properties of the route, checked against the operation's spec. */
  properties: ValueObject;
  request: Value;
  /** The same at every repeat of this effect; connectors pass it on where the protocol has a place for it. */
  effectId: string;
  /** Called by the connector right before the first byte leaves; what fails before it is known not to have happened. */
  beforeBytes(): void | Promise<void>;
  /** Called once the request has left completely. */
  afterBytes(): void | Promise<void>;
}

/** A call of which nobody knows whether it was carried out; perhaps made by another process. */
export type UnknownCall = Pick<OutgoingCall, 'operation' | 'properties' | 'request' | 'effectId'>;

export type Verdict =
  /** It was carried out; the receipt is what its answer would have said. */
  | { kind: 'done'; receipt: Receipt }
  /** It was not, and will not be any more: it may be made anew. A connector that cannot promise the second half waits until it can. */
  | { kind: 'notDone' }
  /** A person has to look; the failure names what was found. */
  | { kind: 'undecided'; failure: Failure };

/**
 * What came of a call that the remote answered.
 * A call that got no answer throws a Failure: with `connection.unknownOutcome` when bytes had left and nobody
 * knows whether the remote acted, else with a code that is known not to have had an effect.
 */
export type Receipt = (
  | { kind: 'ok'; response: Value }
  | { kind: 'error'; failure: Failure; response: Value }
) & {
  status?: number;
  headers?: Readonly<Record<string, string>>;
  /** How it went, for whoever looks at the call later: the size of a page, a difference, a pause. No scenario sees them. */
  notes?: readonly Failure[];
};

export type StageName = 'address' | 'tcp' | 'tls' | 'authentication' | 'permission' | 'sample' | 'capabilities' | 'version';

export type CheckStage =
  | { stage: StageName; state: 'ok'; detail: Localised; ms: number }
  | { stage: StageName; state: 'skipped'; detail: Localised }
  | { stage: StageName; state: 'failed'; failure: Failure; ms: number };

export interface Discovered {
  /** Address of this object inside the remote system, like `public.orders`. */
  path: string;
  title: string;
  kind: string;
  request?: SchemaTree;
  response?: SchemaTree;
  /** What was found out about it beyond its shape. */
  facts?: ValueObject;
}

/** `Secret` is re-exported so that a connector needs one import. */
export type { Secret, SpecFields, SpecValues };
