/** What a person does with one connection: checks whether it works, looks at the other side, has a named deed done. */
import type { PublishedConnection, PublishedRoute } from '../core/configuration/published.ts';
import { failure } from '../core/failure.ts';
import { limits } from '../core/limits.ts';
import type { Clock, Log } from '../core/ports.ts';
import type { ValueObject } from '../core/value.ts';
import type { CheckStage, ConnectionContext, ConnectorDefinition, Discovered, Localised } from '../sdk/connector.ts';
import type { Dialer } from '../sdk/dial.ts';
import type { Dossier } from '../sdk/dossier.ts';
import type { ExplainedFilter, ExplainQuery } from '../sdk/explained-filter.ts';
import type { MetadataDocument } from '../sdk/remote-metadata.ts';
import type { SpecFields, SpecValues } from '../sdk/spec.ts';

type Properties = SpecValues<SpecFields>;

export interface ConnectionDeskOptions {
  connectors: { get(name: string): ConnectorDefinition | undefined };
  /** Opens the secrets of a published connection. */
  openProperties(definition: ConnectorDefinition, connection: PublishedConnection): Promise<Properties>;
  /** The same for the values of a form, in which a secret may be the text itself. */
  openUnsaved(definition: ConnectorDefinition, connection: UnsavedConnection): Promise<Properties>;
  createDialer: (connection: { name: string; allow: readonly string[] }) => Dialer;
  /** Published routes over the connection of this name. */
  routes: (connection: string) => readonly PublishedRoute[];
  /** What is kept of its system. */
  dossierOf: (connection: PublishedConnection) => Dossier;
  ownDatabase?: ConnectionContext<Properties>['ownDatabase'];
  clock: Clock;
  log: Log;
}

export interface UnsavedConnection {
  name: string;
  type: string;
  properties: ValueObject;
  allow: readonly string[];
}

export class ConnectionDesk {
  readonly #options: ConnectionDeskOptions;

  constructor(options: ConnectionDeskOptions) {
    this.#options = options;
  }

  /** Throws what keeps the check from beginning; what it finds comes as stages. */
  async check(connection: PublishedConnection, signal: AbortSignal): Promise<AsyncIterable<CheckStage>> {
    const definition = this.#definition(connection);
    const context = await this.#published(definition, connection);
    return definition.check(context, this.#bounded(connection.name, signal));
  }

  async checkUnsaved(connection: UnsavedConnection, signal: AbortSignal): Promise<AsyncIterable<CheckStage>> {
    const definition = this.#definition(connection);
    const context = this.#context(connection, await this.#options.openUnsaved(definition, connection));
    return definition.check(context, this.#bounded(connection.name, signal));
  }

  /** Throws `connection.cannotDiscover`, and what the other side says. */
  async discover(connection: PublishedConnection, query: { path?: string; limit: number }, signal: AbortSignal): Promise<readonly Discovered[]> {
    const definition = this.#definition(connection);
    if (definition.discover === undefined) throw failure('connection.cannotDiscover', { type: connection.type });
    const context = await this.#published(definition, connection);
    return await definition.discover(context, query, this.#bounded(connection.name, signal));
  }

  /** Throws `connection.cannotExplain`, and what is wrong with the filter. */
  async explain(connection: PublishedConnection, query: ExplainQuery, signal: AbortSignal): Promise<ExplainedFilter> {
    const definition = this.#definition(connection);
    if (definition.explain === undefined) throw failure('connection.cannotExplain', { connection: connection.name, type: connection.type });
    return await definition.explain(await this.#published(definition, connection), query, this.#bounded(connection.name, signal));
  }

  /** How the connector reads metadata. Throws `connection.noMetadata`. */
  metadataOf(connection: PublishedConnection): NonNullable<ConnectorDefinition['metadata']> {
    const { metadata } = this.#definition(connection);
    if (metadata === undefined) throw failure('connection.noMetadata', { connection: connection.name, type: connection.type });
    return metadata;
  }

  /** Throws what the other side says. */
  async fetchMetadata(connection: PublishedConnection, signal: AbortSignal): Promise<MetadataDocument> {
    const metadata = this.metadataOf(connection);
    const context = await this.#published(this.#definition(connection), connection);
    return await metadata.fetch(context, this.#bounded(connection.name, signal, limits.metadataMs.value));
  }

  /** Where its document is now, which may have changed since one was kept. */
  async metadataAddress(connection: PublishedConnection): Promise<string> {
    return this.metadataOf(connection).address(await this.#options.openProperties(this.#definition(connection), connection));
  }

  hasCapabilities = (connection: PublishedConnection): boolean => this.#definition(connection).capabilities !== undefined;

  /** Throws `connection.noCapabilities`. */
  capabilitiesOf(connection: PublishedConnection): NonNullable<ConnectorDefinition['capabilities']> {
    const { capabilities } = this.#definition(connection);
    if (capabilities === undefined) throw failure('connection.noCapabilities', { connection: connection.name, type: connection.type });
    return capabilities;
  }

  /** Finds out anew what the other side can do, and keeps it. Resolves with how many facts were told. */
  async learnCapabilities(connection: PublishedConnection, signal: AbortSignal): Promise<number> {
    const capabilities = this.capabilitiesOf(connection);
    const context = await this.#published(this.#definition(connection), connection);
    const { place, learnt } = await capabilities.probe(context, this.#bounded(connection.name, signal));
    await this.#options.dossierOf(connection).learn(place, learnt);
    return learnt.filter(({ value }) => value !== null).length;
  }

  /** Throws `connection.noAction`, and what the other side says. */
  async act(connection: PublishedConnection, action: string, signal: AbortSignal): Promise<Localised> {
    const definition = this.#definition(connection);
    const actions = definition.actions ?? {};
    const chosen = Object.hasOwn(actions, action) ? actions[action] : undefined;
    if (chosen === undefined) throw failure('connection.noAction', { connection: connection.name, action: action.slice(0, 80), known: Object.keys(actions).join(', ') || '–' });
    const context = await this.#published(definition, connection);
    return await chosen.run(context, this.#bounded(connection.name, signal));
  }

  #definition({ name, type }: { name: string; type: string }): ConnectorDefinition {
    const definition = this.#options.connectors.get(type);
    if (definition === undefined) throw failure('connection.noConnector', { connection: name, type });
    return definition;
  }

  async #published(definition: ConnectorDefinition, connection: PublishedConnection): Promise<ConnectionContext<Properties>> {
    return { ...this.#context(connection, await this.#options.openProperties(definition, connection)), dossier: this.#options.dossierOf(connection) };
  }

  #context(connection: { name: string; allow: readonly string[] }, properties: Properties): ConnectionContext<Properties> {
    const { createDialer, routes, clock, log, ownDatabase } = this.#options;
    const uses = routes(connection.name).map(({ operation, properties: used }) => ({ operation, properties: used }));
    return { name: connection.name, properties, dial: createDialer(connection), clock, log, uses, ...(ownDatabase === undefined ? {} : { ownDatabase }) };
  }

  #bounded(connection: string, signal: AbortSignal, ms: number = limits.checkMs.value): AbortSignal {
    const overtime = new AbortController();
    this.#options.clock.sleep(ms, signal).then(
      () => overtime.abort(failure('connection.timeout', { connection, address: '', ms })),
      () => undefined,
    );
    return AbortSignal.any([signal, overtime.signal]);
  }
}
