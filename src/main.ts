/** Puts the platform together: wiring, nothing else. */
import { createHash, randomUUID } from 'node:crypto';
import { join } from 'node:path';
import type { FastifyInstance } from 'fastify';
import type { AccountDirectory } from './core/account.ts';
import type { ConfigurationStore } from './core/configuration/configuration-store.ts';
import type { Configuration, PublishedConnection, PublishedRoute } from './core/configuration/published.ts';
import { secretsOf } from './core/configuration/reference.ts';
import { SnapshotBuilder } from './core/configuration/snapshot.ts';
import { failure } from './core/failure.ts';
import { ownerOf } from './core/owner.ts';
import type { CrashPoints, Log } from './core/ports.ts';
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
import { guardedKinds } from './core/guarded-kinds.ts';
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
  /** Where it listens, without a trailing slash. */
  url: string;
  /** Only at the first start, and only when it was drawn and not given. */
  adminPassword: string | null;
  engine: Engine;
  connections: Connections;
  configuration: PolledConfigurationSource;
  configurationStore: ConfigurationStore;
  vault: SecretVault;
  log: Log;
  /** Drains, frees leases, stops listening and stops the embedded database. */
  close(): Promise<void>;
}

/** What has been opened so far, closed in the opposite order. */
class Opened {
  readonly #steps: (() => Promise<unknown>)[] = [];
  add(step: () => Promise<unknown>): void {
    this.#steps.push(step);
  }
  async close(): Promise<void> {
    for (const step of this.#steps.splice(0).reverse()) await step();
  }
}

/** Throws a Failure that says what stands in the way; then nothing is left open. */
export async function startPlatform(settings: PlatformSettings, signal: AbortSignal): Promise<Platform> {
  const opened = new Opened();
  try {
    return await start(settings, createLog(settings.logLevel), opened, signal);
  } catch (error) {
    await opened.close();
    throw error;
  }
}

async function start(settings: PlatformSettings, log: Log, opened: Opened, signal: AbortSignal): Promise<Platform> {
  const database = await openDatabase(settings, log, opened, signal);
  const { store, configuration, configurationStore } = await openStore(settings, database, log, opened);
  const vault = await openSecretVault(store.readers, { given: settings.masterKey, file: settings.masterKeyFile });
  await vault.check();
  const accounts = createAccountDirectory(store.readers);
  const adminPassword = await ensureAdmin(accounts, settings.adminPassword);
  const connections = new Connections({
    connectors: { get: connectorNamed },
    openProperties: (definition, connection) => openProperties(definition.connection, connection.properties, vault, connection.name),
    routeProperties,
    createDialer: ({ name, allow }) => createDialer({ connection: name, allow: guardedKinds.filter((kind) => allow.includes(kind)) }),
    clock: processClock,
    log,
    settings: settings.engine,
  });
  const engine = createEngine(settings, { store, configuration, connections, accounts, log });
  const app = await createServer({
    inbound: {
      engine,
      configuration,
      signIn: createSignIn({ accounts, clock: processClock }),
      parse: (route, raw) => parseRequest(configuration, route, raw),
      connectionToken: (connection) => connectionToken(connection, vault),
    },
    readiness: { obstacles: async () => obstacles(engine, store) },
    log,
    register: () => undefined,
  });
  opened.add(() => app.close());
  const url = await listen(app, settings);
  await engine.start();
  opened.add(() => engine.drain());
  opened.add(startHousekeeping(() => store.housekeep(), processClock, log));
  return { url, adminPassword, engine, connections, configuration, configurationStore, vault, log, close: () => opened.close() };
}

async function openDatabase(settings: PlatformSettings, log: Log, opened: Opened, signal: AbortSignal): Promise<ConnectionSettings> {
  if (settings.databaseUrl !== null) return { connectionString: settings.databaseUrl };
  const embedded = await startEmbedded({ dataFolder: settings.dataFolder, log, signal });
  opened.add(() => embedded.stop());
  return embedded.connection;
}

async function openStore(settings: PlatformSettings, database: ConnectionSettings, log: Log, opened: Opened) {
  await migrate(database, log);
  let source: PolledConfigurationSource | null = null;
  const store = await createPostgresStore({
    connection: database,
    records: recordTables,
    templates: () => current(source).templates,
    blobs: await openDiskBlobs(join(settings.dataFolder, 'blobs'), processRandom),
    clock: processClock,
    random: processRandom,
    log,
    crashPoints: crashPoints(settings),
    faults: { ignoreCommitTag: settings.testing.faults.has('ignoreCommitTag'), skipFence: settings.testing.faults.has('noFence') },
  });
  opened.add(() => store.close());
  const configurationStore = postgresConfigurationStore({ settings: database, readers: store.readers, clock: processClock, log });
  const builder = new SnapshotBuilder({ connectors: connectorCatalogue(connectors), environment: settings.environment });
  const configuration = await openConfigurationSource({
    revision: () => configurationStore.revision(),
    load: async () => {
      const loaded = await configurationStore.load();
      return builder.build(loaded.stored, loaded.templates);
    },
    clock: processClock,
    log,
    onWake: (listener) => store.onWake((what) => (what === 'configuration' ? listener() : undefined)),
  });
  source = configuration;
  opened.add(() => configuration.close());
  return { store, configuration, configurationStore };
}

function current(source: PolledConfigurationSource | null): Configuration {
  if (source === null) throw new Error('the store was asked for records before the configuration was read');
  return source.current();
}

interface EngineNeeds {
  store: PostgresStore;
  configuration: PolledConfigurationSource;
  connections: Connections;
  accounts: AccountDirectory;
  log: Log;
}

function createEngine(settings: PlatformSettings, { store, configuration, connections, accounts, log }: EngineNeeds): Engine {
  const boot = randomUUID();
  const { faults } = settings.testing;
  return new Engine({
    store,
    machine: createMachine({ hash: uuidOf }),
    configuration,
    remote: connections,
    access: accountAccess(accounts),
    clock: processClock,
    random: processRandom,
    crashPoints: crashPoints(settings),
    log,
    settings: settings.engine,
    bugs: { ackBeforeCommit: faults.has('ackBeforeCommit'), noIntent: faults.has('noIntent') },
    owner: ownerOf(settings.node, boot),
    node: settings.node,
    boot,
    parseBody: (route, body, contentType) =>
      parseRequest(configuration, route, { method: 'POST', headers: contentType === null ? [] : [['content-type', contentType]], query: [], body }),
  });
}

const crashPoints = ({ testing }: PlatformSettings): CrashPoints => (testing.crash === null ? noCrashPoints : killingCrashPoints(testing.crash));

const connectorNamed = (name: string): ConnectorDefinition | undefined => connectors.find((connector) => connector.name === name);

const routeProperties = (operation: OperationDefinition, route: PublishedRoute) => parseSpec(operation.route, route.properties, `route ${route.name}`, { openSecret: () => undefined });

function parseRequest(configuration: PolledConfigurationSource, route: PublishedRoute, raw: RawHttpRequest): Value {
  const connection = configuration.current().connection(route.connection);
  const operation = connection === undefined ? undefined : connectorNamed(connection.type)?.operations[route.operation];
  if (operation?.parse === undefined) throw failure('connection.noOperation', { connection: route.connection, operation: route.operation });
  return operation.parse(routeProperties(operation, route), raw);
}

async function connectionToken(connection: PublishedConnection, vault: SecretVault): Promise<string | null> {
  const name = secretsOf(connection.properties).get('token');
  return name === undefined ? null : vault.reveal(name, (text) => text);
}

/** A name-based uuid: the same text gives the same id on every node. */
function uuidOf(text: string): string {
  const hex = createHash('sha256').update(text).digest('hex');
  const variant = ((Number.parseInt(hex.slice(16, 18), 16) & 0x3f) | 0x80).toString(16);
  return `${hex.slice(0, 8)}-${hex.slice(8, 12)}-8${hex.slice(13, 16)}-${variant}${hex.slice(18, 20)}-${hex.slice(20, 32)}`;
}

async function obstacles(engine: Engine, store: PostgresStore): Promise<readonly { part: string; text: string }[]> {
  const found = engine.open ? [] : [{ part: 'engine', text: 'shutting down' }];
  try {
    await store.readers.query({ text: 'SELECT 1', values: [] });
    return found;
  } catch (error) {
    return [...found, { part: 'database', text: error instanceof Error ? error.message : String(error) }];
  }
}

async function listen(app: FastifyInstance, { host, port }: PlatformSettings): Promise<string> {
  try {
    await app.listen({ host, port });
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EADDRINUSE') throw failure('server.portTaken', { host, port }, { cause: error });
    throw error;
  }
  const address = app.server.address();
  if (address === null || typeof address === 'string') throw new Error('the server listens on no port');
  const shown = address.family === 'IPv6' ? `[${address.address}]` : address.address;
  return `http://${shown}:${address.port}`;
}
