/** What the systems behind connections can do, as people look at it and have it found out anew. */
import type { KnownCapability } from '../core/capability.ts';
import type { PublishedConnection } from '../core/configuration/published.ts';
import type { Localised } from '../sdk/connector.ts';
import type { Dossier } from '../sdk/dossier.ts';
import type { ConnectionDesk } from './connection-desk.ts';

export interface CapabilityDeskOptions {
  desk: ConnectionDesk;
  dossierOf: (connection: PublishedConnection) => Dossier;
}

export interface ShownCapability extends KnownCapability {
  title: Localised;
  /** False when the system has another address or other metadata by now. */
  current: boolean;
}

export class CapabilityDesk {
  readonly #options: CapabilityDeskOptions;

  constructor(options: CapabilityDeskOptions) {
    this.#options = options;
  }

  /** In the connector's order; those that nobody has asked for are left out. Throws `connection.noCapabilities`. */
  async known(connection: PublishedConnection): Promise<readonly ShownCapability[]> {
    const { desk, dossierOf } = this.#options;
    const { titles } = desk.capabilitiesOf(connection);
    const dossier = dossierOf(connection);
    const [facts, snapshot, address] = await Promise.all([dossier.capabilities(), dossier.snapshot(), desk.metadataAddress(connection)]);
    const byName = new Map(facts.map((fact) => [fact.name, fact]));
    return Object.entries(titles).flatMap(([name, title]) => {
      const fact = byName.get(name);
      // A fact without a snapshot beside it is as good as its address.
      return fact === undefined ? [] : [{ ...fact, title, current: fact.address === address && (snapshot === null || snapshot.hash === fact.metadataHash) }];
    });
  }

  /** By readings alone. Throws what the other side says. */
  async refresh(connection: PublishedConnection, signal: AbortSignal): Promise<readonly ShownCapability[]> {
    await this.#options.desk.learnCapabilities(connection, signal);
    return await this.known(connection);
  }
}
