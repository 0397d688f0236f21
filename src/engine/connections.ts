/** Remote calls through the connectors: each connection is opened once, on first use, and anew when its stamp changes. */
import { failure, type Failure } from '../core/failure.ts';
import type { PublishedConnection, PublishedRoute } from '../core/configuration/published.ts';
import type { Clock, Log } from '../core/ports.ts';
import type { Value } from '../core/value.ts';
import type { ConnectionContext, ConnectorDefinition, OpenConnection, OperationDefinition, Verdict } from '../sdk/connector.ts';
import type { Dialer } from '../sdk/dial.ts';
import type { Dossier } from '../sdk/dossier.ts';
import type { SpecFields, SpecValues } from '../sdk/spec.ts';
import { ConnectionGate } from './connection-gate.ts';
import type { EngineSettings } from './settings.ts';
import type { Remote, RemoteCall } from './remote.ts';

type Properties = SpecValues<SpecFields>;

export interface ConnectionsOptions {
  connectors: { get(name: string): ConnectorDefinition | undefined };
  /** Checks the values against the connector's spec and opens its secrets; throws Failures that name the fields. */
  openProperties(definition: ConnectorDefinition, connection: PublishedConnection): Promise<Properties>;
  /** Checks the properties of a route against its operation's spec. */
  routeProperties(operation: OperationDefinition, route: PublishedRoute): Properties;
  createDialer(connection: PublishedConnection): Dialer;
  /** What is kept of its system. */
  dossierOf: (connection: PublishedConnection) => Dossier;
  ownDatabase?: ConnectionContext<Properties>['ownDatabase'];
  clock: Clock;
  log: Log;
  settings: EngineSettings;
}

interface Opened {
  key: string;
  gate: ConnectionGate;
  connection: Promise<OpenConnection>;
  calls: number;
  retired: boolean;
}

export class Connections implements Remote {
  readonly #options: ConnectionsOptions;
  readonly #opened = new Map<string, Opened>();
  readonly #parsed = new WeakMap<PublishedRoute, Properties>();

  constructor(options: ConnectionsOptions) {
    this.#options = options;
  }

  idempotent(connection: PublishedConnection, route: PublishedRoute): boolean {
    const operation = this.#operation(connection, route);
    return operation.idempotent?.(this.#routeProperties(operation, route)) ?? false;
  }

  verifiable(connection: PublishedConnection, route: PublishedRoute): boolean {
    const operation = this.#operation(connection, route);
    return operation.verifiable?.(this.#routeProperties(operation, route)) ?? false;
  }

  guard(connection: PublishedConnection, route: PublishedRoute, message: Value): void {
    const operation = this.#operation(connection, route);
    operation.guard?.(this.#routeProperties(operation, route), message);
  }

  reads(connection: PublishedConnection, route: PublishedRoute): boolean {
    return this.#options.connectors.get(connection.type)?.operations[route.operation]?.reads === true;
  }

  read({ connection, route, cursor, limit }: Parameters<Remote['read']>[0], signal: AbortSignal): ReturnType<Remote['read']> {
    return this.#using(connection, signal, (open) => {
      if (open.read === undefined) throw failure('connection.noOperation', { connection: connection.name, operation: route.operation });
      return open.read({ operation: route.operation, properties: route.properties, cursor, limit }, signal);
    });
  }

  async confirm({ connection, route, cursor }: Parameters<Remote['confirm']>[0], signal: AbortSignal): Promise<void> {
    await this.#using(connection, signal, async (open) => open.confirm?.({ operation: route.operation, properties: route.properties, cursor }, signal));
  }

  call({ connection, route, message, effectId }: RemoteCall, hooks: Parameters<Remote['call']>[1], signal: AbortSignal): ReturnType<Remote['call']> {
    this.#operation(connection, route);
    return this.#using(connection, signal, (open) => sending(open, connection)({ operation: route.operation, properties: route.properties, request: message, effectId, ...hooks }, signal), (receipt) => (receipt.kind === 'error' ? receipt.failure : undefined));
  }

  verify({ connection, route, message, effectId }: RemoteCall, signal: AbortSignal): Promise<Verdict> {
    this.#operation(connection, route);
    return this.#using(connection, signal, (open) => {
      // Only routes that are verifiable come here.
      if (open.verify === undefined) throw new Error(`${connection.type} cannot verify`);
      return open.verify({ operation: route.operation, properties: route.properties, request: message, effectId }, signal);
    });
  }

  async #using<T>(connection: PublishedConnection, signal: AbortSignal, use: (open: OpenConnection) => Promise<T>, refusalOf: (outcome: T) => Failure | undefined = () => undefined): Promise<T> {
    const opened = this.#open(connection);
    opened.calls += 1;
    try {
      const open = await opened.connection;
      return await opened.gate.pass(() => use(open), refusalOf, signal);
    } finally {
      opened.calls -= 1;
      if (opened.retired && opened.calls === 0) await this.#shut(opened);
    }
  }

  async close(): Promise<void> {
    const all = [...this.#opened.values()];
    this.#opened.clear();
    await Promise.all(all.map((opened) => this.#shut(opened)));
  }

  #routeProperties(operation: OperationDefinition, route: PublishedRoute): Properties {
    const known = this.#parsed.get(route);
    if (known !== undefined) return known;
    const parsed = this.#options.routeProperties(operation, route);
    this.#parsed.set(route, parsed);
    return parsed;
  }

  #operation(connection: PublishedConnection, route: PublishedRoute): OperationDefinition {
    const operation = this.#definition(connection).operations[route.operation];
    if (operation === undefined) throw failure('connection.noOperation', { connection: connection.name, operation: route.operation });
    return operation;
  }

  #definition(connection: PublishedConnection): ConnectorDefinition {
    const definition = this.#options.connectors.get(connection.type);
    if (definition === undefined) throw failure('connection.noConnector', { connection: connection.name, type: connection.type });
    return definition;
  }

  #open(connection: PublishedConnection): Opened {
    const key = connection.stamp;
    const known = this.#opened.get(connection.name);
    if (known?.key === key) return known;
    if (known !== undefined) this.#retire(known);
    const { clock, settings } = this.#options;
    const gate = new ConnectionGate(connection.name, clock, { ...connection.limits, breakerFailures: settings.breakerFailures, breakerRestMs: settings.breakerRestMs });
    const opened: Opened = { key, gate, connection: this.#context(connection).then((context) => this.#definition(connection).open(context)), calls: 0, retired: false };
    this.#opened.set(connection.name, opened);
    // A connection that could not be opened is tried anew at the next call.
    opened.connection.catch(() => {
      if (this.#opened.get(connection.name) === opened) this.#opened.delete(connection.name);
    });
    return opened;
  }

  async #context(connection: PublishedConnection): Promise<ConnectionContext<Properties>> {
    const { clock, log, ownDatabase } = this.#options;
    return {
      name: connection.name,
      properties: await this.#options.openProperties(this.#definition(connection), connection),
      dial: this.#options.createDialer(connection),
      dossier: this.#options.dossierOf(connection),
      clock,
      log,
      ...(ownDatabase === undefined ? {} : { ownDatabase }),
    };
  }

  #retire(opened: Opened): void {
    opened.retired = true;
    if (opened.calls === 0) void this.#shut(opened);
  }

  async #shut(opened: Opened): Promise<void> {
    try {
      await (await opened.connection).close();
    } catch (error) {
      this.#options.log.debug('connection.closeFailed', { connection: opened.key, error: String(error) });
    }
  }
}

function sending(open: OpenConnection, { name, type }: PublishedConnection): NonNullable<OpenConnection['send']> {
  if (open.send === undefined) throw failure('connection.cannotSend', { connection: name, type });
  return open.send.bind(open);
}
