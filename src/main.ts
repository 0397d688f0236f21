/** Puts the platform together: wiring, nothing else. */
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { AddressInfo } from 'node:net';
import type { FastifyInstance } from 'fastify';
import type { AccountDirectory } from './core/account.ts';
import type { ConfigurationStore } from './core/configuration/configuration-store.ts';
import type { PublishedConnection, PublishedRoute } from './core/configuration/published.ts';
import { SnapshotBuilder } from './core/configuration/snapshot.ts';
import { failure } from './core/failure.ts';
import { ownerOf } from './core/owner.ts';
import type { Log } from './core/ports.ts';
import { createMachine } from './core/scenario/machine.ts';
import type { SecretVault } from './core/secret-vault.ts';
import type { Value } from './core/value.ts';
import { connectors } from './connectors/registry.ts';
import { connectorCatalogue, openProperties } from './engine/connector-catalogue.ts';
import { Connections } from './engine/connections.ts';
import { Engine } from './engine/engine.ts';
import { accountAccess } from './server/account-access.ts';
import { ensureAdmin } from './server/ensure-admin.ts';
import { startHousekeeping } from './server/housekeeping.ts';
import { createLog } from './server/log.ts';
import { createServer } from './server/server.ts';
import { createSignIn } from './server/sign-in.ts';
import { createDialer } from './sdk/dial.ts';
import type { ConnectorDefinition, OperationDefinition, RawHttpRequest } from './sdk/connector.ts';
import { parseSpec } from './sdk/spec-parse.ts';
import { killingCrashPoints, noCrashPoints } from './sdk/testing/crash-points.ts';
import { processClock, processRandom } from './cli/process-ports.ts';
import type { PlatformSettings } from './cli/platform-settings.ts';
import { openDiskBlobs } from './store/blobs/disk.ts';
import { startEmbedded } from './store/embedded/start-embedded.ts';
import { createAccountDirectory } from './store/postgres/accounts/accounts.ts';
import { postgresConfigurationStore } from './store/postgres/configuration/configuration-store.ts';
import { openConfigurationSource, type PolledConfigurationSource } from './store/postgres/configuration/source.ts';
import { migrate } from './store/postgres/migrate.ts';
import type { ConnectionSettings } from './store/postgres/pool.ts';
import { recordTables } from './store/postgres/records/record-tables.ts';
import { openSecretVault } from './store/postgres/secrets.ts';
import { createPostgresStore, type PostgresStore } from './store/postgres/store.ts';

export interface Platform {
  url: string;
  /** Only at the first start, and only when it was drawn and not given. */
  adminPassword: string | null;
  engine: Engine;
  configuration: PolledConfigurationSource;
  configurationStore: ConfigurationStore;
  vault: SecretVault;
  log: Log;
  /** Drains, frees leases and stops the embedded database. */
  close(): Promise<void>;
}

export async function startPlatform(settings: PlatformSettings, signal: AbortSignal): Promise<Platform> {
  const log = createLog(settings.logLevel);
  const undo: (() => Promise<void>)[] = [];
  const close = async (): Promise<void> => {
    for (const step of undo.splice(0).reverse()) await step();
  };
  try {
    return await start(settings, log, signal, undo, close);
  } catch (error) {
    await close();
    throw error;
  }
}

async function start(settings: PlatformSettings, log: Log, signal: AbortSignal, undo: (() => Promise<void>)[], close: () => Promise<void>): Promise<Platform> {
  const database = await openDatabase(settings, log, signal, undo);
  await migrate(database, log);
  const { store, configuration, configurationStore } = await openStore(settings, database, log, undo);
  const vault = await openSecretVault(store.readers, { given: settings.masterKey, file: settings.masterKeyFile });
  await vault.check();
  const accounts = createAccountDirectory(store.readers);
  const adminPassword = await ensureAdmin(accounts, settings.adminPassword);
  const signIn = createSignIn({ accounts, clock: processClock });
  const boot = randomUUID();
  const remote = new Connections({
    connectors: { get: connectorNamed },
    openProperties: (definition, connection) => openProperties(definition.connection, connection.properties, vault, connection.name) as Promise<ValueObject>,
    routeProperties: (operation, route) => parseSpec(operation.route, route.properties, `route ${route.name}`, { openSecret: () => undefined }) as ValueObject,
    createDialer: (allow) => createDialer({ allow }),
    clock: processClock,
    log,
    settings: settings.engine,
  });
  const { faults, crash } = settings.testing;
  const engine = new Engine({
    store,
    machine: createMachine({ hash: uuidOf }),
    configuration,
    remote,
    access: { mayUseRecords: async (account, _template, verb) => mayUse(account, verb, accounts) },
    clock: processClock,
    random: processRandom,
    crashPoints: crash === null ? noCrashPoints : killingCrashPoints(crash),
    log,
    settings: settings.engine,
    bugs: { ackBeforeCommit: faults.has('ackBeforeCommit'), noIntent: faults.has('noIntent') },
    owner: ownerOf(settings.node, boot),
    node: settings.node,
    boot,
    parseBody,
  });
  const app = await listen(settings, log, { engine, configuration, configurationStore, store, vault, signIn, accounts });
  undo.push(() => app.close());
  await engine.start();
  undo.push(() => engine.drain());
  undo.push(housekeeping(store, processClock, log));
  return { url: urlOf(settings, app), adminPassword, engine, configuration, configurationStore, vault, log, close };
}

async function openDatabase(settings: PlatformSettings, log: Log, signal: AbortSignal, undo: (() => Promise<void>)[]): Promise<ConnectionSettings> {
  if (settings.databaseUrl !== null) return { connectionString: settings.databaseUrl };
  const embedded = await startEmbedded({ dataFolder: settings.dataFolder, log, signal });
  undo.push(() => embedded.stop());
  return embedded.connection;
}
