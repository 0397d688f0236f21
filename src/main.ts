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
import type { InstanceGate } from './core/instance.ts';
import { limits } from './core/limits.ts';
import { ownerOf } from './core/owner.ts';
import type { CrashPoints, Log } from './core/ports.ts';
import { createMachine } from './core/scenario/machine.ts';
import type { SecretVault } from './core/secret-vault.ts';
import type { Value } from './core/value.ts';
import { connectors } from './connectors/registry.ts';
import { ConnectionDesk, type UnsavedConnection } from './engine/connection-desk.ts';
import { connectorCatalogue, openProperties, openUnsavedProperties } from './engine/connector-catalogue.ts';
import { Connections } from './engine/connections.ts';
import { Engine } from './engine/engine.ts';
import { publishConfigurationKind } from './engine/jobs/publish-configuration.ts';
import { importRecords } from './engine/imports/import-records.ts';
import { CapabilityDesk } from './engine/capability-desk.ts';
import { Dossiers } from './engine/dossiers.ts';
import { MetadataDesk } from './engine/metadata-desk.ts';
import { moveRolesKind } from './engine/jobs/move-roles.ts';
import { BackupJobs } from './engine/jobs/make-backup.ts';
import { clearTemplateKind } from './engine/jobs/clear-template.ts';
import { bulkChangeKinds } from './engine/jobs/bulk-change.ts';
import { accountAccess } from './server/account-access.ts';
import { endings, endingWarnings, type EndingParts } from './server/endings.ts';
import { ensureAdmin } from './server/ensure-admin.ts';
import { startHousekeeping } from './server/housekeeping.ts';
import { followSwitches } from './server/late-writes.ts';
import { createLog } from './server/log.ts';
import { Metrics } from './server/metrics.ts';
import { createCapabilityStore } from './store/postgres/remote-capabilities.ts';
import { createTurnStore } from './store/postgres/remote-turns.ts';
import { createMetadataStore } from './store/postgres/remote-metadata.ts';
import { createRateLimits } from './server/rate-limits.ts';
import { createServer } from './server/server.ts';
import { obstacles } from './server/obstacles.ts';
import { passwordRules } from './server/password-rules.ts';
import { createSignIn } from './server/sign-in.ts';
import { SignInGuard } from './server/sign-in-guard.ts';
import { SessionCookie } from './server/session-cookie.ts';
import { SessionDesk } from './server/session-desk.ts';
import { SignedSignIn } from './server/signed-sign-in.ts';
import { Auditor } from './server/auditor.ts';
import { Authentication } from './server/authentication.ts';
import { guardedKinds } from './core/guarded-kinds.ts';
import { createDialer } from './sdk/dial.ts';
import type { RouteUse } from './sdk/remote-metadata.ts';
import type { ConnectorDefinition, OperationDefinition, RawHttpRequest } from './sdk/connector.ts';
import { createRegistry } from './sdk/registry.ts';
import { parseSpec } from './sdk/spec-parse.ts';
import { killingCrashPoints, noCrashPoints } from './sdk/testing/crash-points.ts';
import { readConfigurationFile } from './cli/configuration-file.ts';
import { editedText } from './cli/configuration-edit.ts';
import { printObject } from './cli/configuration-print.ts';
import { processClock, processRandom } from './cli/process-ports.ts';
import type { PlatformSettings } from './cli/platform-settings.ts';
import { productVersion } from './cli/product-version.ts';
import { createBackups } from './store/backup/backups.ts';
import { backupBeforeUpgrade } from './store/backup/backup-before-upgrade.ts';
import { openDiskBlobs, type Blobs } from './store/blobs/disk.ts';
import { startEmbedded } from './store/embedded/start-embedded.ts';
import { createAccountDirectory } from './store/postgres/accounts/accounts.ts';
import { createSessionDirectory } from './store/postgres/accounts/sessions.ts';
import { createSignInFailures } from './store/postgres/accounts/sign-in-failures.ts';
import { createSigningKeyDirectory } from './store/postgres/accounts/signing-keys.ts';
import { createAuditTrail } from './store/postgres/audit/audit.ts';
import { postgresReplies } from './store/postgres/api-replies.ts';
import { postgresConfigurationStore } from './store/postgres/configuration/configuration-store.ts';
import { openConfigurationSource, type PolledConfigurationSource } from './store/postgres/configuration/source.ts';
import { migrate } from './store/postgres/migrate.ts';
import { isHere, ownDatabaseOf, placeOf, type OwnDatabase } from './store/postgres/own-database.ts';
import type { ConnectionSettings } from './store/postgres/pool.ts';
import { recordTransfers } from './store/postgres/records/record-transfers.ts';
import { recordTables } from './store/postgres/records/record-tables.ts';
import { openSecretVault } from './store/postgres/secrets.ts';
import { openInstanceGate } from './store/postgres/instance.ts';
import { createSavedFilterStore } from './store/postgres/saved-filters.ts';
import { createPostgresStore, type PostgresStore } from './store/postgres/store.ts';

export interface Platform {
  /** Where it listens, without a trailing slash. */
  url: string;
  /** Only at the first start, and only when it was drawn and not given. */
  adminPassword: string | null;
  engine: Engine;
  desk: ConnectionDesk;
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
    return await start(settings, createLog(settings.logLevel, settings.environment), opened, signal);
  } catch (error) {
    await opened.close();
    throw error;
  }
}

async function start(settings: PlatformSettings, log: Log, opened: Opened, signal: AbortSignal): Promise<Platform> {
  const database = await openDatabase(settings, log, opened, signal);
  const blobs = await openDiskBlobs(join(settings.dataFolder, 'blobs'), processRandom);
  const { store, configuration, configurationStore } = await openStore(settings, { database, blobs }, log, opened, signal);
  const vault = await openSecretVault(store.readers, { given: settings.masterKey, file: settings.masterKeyFile });
  await vault.check();
  const accounts = createAccountDirectory(store.readers);
  const passwords = passwordRules(settings.passwordLength);
  const adminPassword = await ensureAdmin(accounts, settings.adminPassword, passwords);
  const ownDatabase = await ownDatabaseOf(store.readers, database);
  const gate = await openInstanceGate(store.readers, { place: await placeOf(ownDatabase, settings.databaseUrl === null ? settings.dataFolder : null), host: isHere(ownDatabase) ? await settings.hostMarks() : { hardware: null, machine: null } });
  if (gate.state().pause !== null) log.warn('instance.paused', { ...gate.state().pause });
  const metadataStore = createMetadataStore(store.readers);
  const dossiers = new Dossiers({
    metadata: metadataStore, capabilities: createCapabilityStore(store.readers), turns: createTurnStore(store.readers), log,
    tell: () => void store.wake('dossier').catch((error: unknown) => log.warn('dossier.untold', { error: String(error) })),
  });
  const stopReading = store.onWake((what) => (what === 'dossier' ? dossiers.changed() : undefined));
  opened.add(async () => stopReading());
  const ways = { ...connectionWays(vault, ownDatabase, log), dossierOf: (connection: PublishedConnection) => dossiers.of(connection) };
  const connections = new Connections({ ...ways, routeProperties, settings: settings.engine });
  const metrics = new Metrics({ clock: processClock, log });
  const parse = requestParser(configuration);
  const desk = new ConnectionDesk({ ...ways, routes: (name) => configuration.current().routes().filter((route) => route.connection === name) });
  const metadata = new MetadataDesk({ desk, store: metadataStore, dossierOf: ways.dossierOf, configuration, useOf: (route) => useOf(configuration.current(), route), clock: processClock });
  const backups = createBackups({ folder: join(settings.dataFolder, 'backups'), database, blobs, masterKey: { given: settings.masterKey, file: settings.masterKeyFile }, product: await productVersion(), log });
  const backupJobs = new BackupJobs({ backups, vault, clock: processClock });
  opened.add(() => backupJobs.close());
  const engine = createEngine(settings, { store: metrics.timed(store), configuration, configurationStore, connections, accounts, parse, gate, backupJobs, log });
  const signInFailures = createSignInFailures(store.readers);
  const guard = new SignInGuard(signInFailures);
  const signIn = createSignIn({ accounts, guard, rules: () => configuration.current().access, clock: processClock });
  const stopLooking = store.onWake((what) => (what === 'instance' ? void gate.refresh().then(() => engine.wake(), (error: unknown) => log.warn('instance.refresh', { error: String(error) })) : undefined));
  opened.add(async () => stopLooking());
  const signingKeys = createSigningKeyDirectory(store.readers);
  const signedSignIn = new SignedSignIn({ keys: signingKeys, vault, guard, clock: processClock, log });
  const sessions = createSessionDirectory(store.readers, settings.sessions);
  const cookie = new SessionCookie({ secure: settings.publicUrl?.startsWith('https:') === true });
  const authentication = new Authentication({ signIn, signedSignIn, sessions, cookie, rules: () => configuration.current().access, publicUrl: settings.publicUrl });
  const auditTrail = createAuditTrail(store.readers);
  const auditor = new Auditor({ trail: auditTrail, clock: processClock, log });
  const forgetSignIns = (): void => {
    signIn.forget();
    signedSignIn.forget();
  };
  const stopForgetting = store.onWake((what) => (what === 'accounts' ? forgetSignIns() : undefined));
  opened.add(async () => stopForgetting());
  const sessionDesk = new SessionDesk({ accounts, sessions, signIn, cookie, passwords, auditor, rules: () => configuration.current().access, forgetSignIns });
  const ending: EndingParts = { vault, accounts, clock: processClock };
  const watched = { open: () => engine.open, askDatabase: () => store.readers.query({ text: 'SELECT 1 FROM zveno.configuration_head', values: [] }) };
  let listening: string | null = null;
  const app = await createServer({
    inbound: {
      engine,
      configuration,
      authentication,
      signingKeys,
      auditor,
      files: store.files,
      parse,
      connectionToken: (connection) => connectionToken(connection, vault),
    },
    api: {
      engine,
      journal: store.journal,
      changeLog: store.changeLog,
      tables: store,
      payloadBytes: (payload) => store.payloadBytes(payload),
      files: store.files,
      clearing: store.clearing,
      transfers: recordTransfers(store.readers, randomUUID),
      configuration,
      configurationStore,
      apply: { connectors: connectorCatalogue(connectors), environment: settings.environment, random: processRandom, print: printObject, edit: editedText },
      readDocument: readConfigurationFile,
      connectors: createRegistry(connectors),
      desk,
      metadata,
      capabilities: new CapabilityDesk({ desk, dossierOf: ways.dossierOf }),
      vault,
      accounts,
      signingKeys,
      savedFilters: createSavedFilterStore(store.readers),
      sessions,
      signInFailures,
      sessionDesk,
      passwords,
      auditTrail,
      forgetSignIns,
      backups,
      onAccessChange: (listener) => store.onWake((what) => (what === 'accounts' || what === 'sessions' ? listener() : undefined)),
      instance: gate,
      tellInstance: () => store.wake('instance'),
      clock: processClock,
      publicationWaitMs: settings.engine.publicationWaitMs,
      baseUrl: () => settings.publicUrl ?? listening ?? '',
    },
    authentication,
    rates: createRateLimits(settings.rates),
    demandIfMatch: settings.demandIfMatch,
    lasting: { accounts, sessions, signingKeys, cookie, rules: () => configuration.current().access, clock: processClock },
    replies: postgresReplies(store.readers, { node: settings.node, boot: randomUUID() }),
    environment: settings.environment,
    readiness: { environment: settings.environment, obstacles: () => obstacles(watched, processClock, log), warnings: () => endingWarnings(ending, log), pause: () => gate.state().pause },
    metrics,
    sources: { journal: store.journal, feed: engine.feed, inFlight: engine.inFlight, active: engine.active },
    publicUrl: settings.publicUrl,
    trustedProxies: settings.trustedProxies,
    version: await productVersion(),
    log,
  });
  opened.add(() => closeServer(app));
  const url = await listen(app, settings);
  listening = url;
  await engine.start();
  opened.add(() => engine.drain());
  opened.add(startHousekeeping(() => tidy(store, ending, log), processClock, log));
  opened.add(followSwitches(configuration, () => store.publishing.takeOverLateWrites(), processClock, log));
  return { url, adminPassword, engine, desk, configuration, configurationStore, vault, log, close: () => opened.close() };
}

async function openDatabase(settings: PlatformSettings, log: Log, opened: Opened, signal: AbortSignal): Promise<ConnectionSettings> {
  if (settings.databaseUrl !== null) return { connectionString: settings.databaseUrl };
  const embedded = await startEmbedded({ dataFolder: settings.dataFolder, log, signal });
  opened.add(() => embedded.stop());
  return embedded.connection;
}

async function openStore(settings: PlatformSettings, { database, blobs }: { database: ConnectionSettings; blobs: Blobs }, log: Log, opened: Opened, signal: AbortSignal) {
  const before = settings.backupBeforeUpgrade ? backupBeforeUpgrade({ database, dataFolder: settings.dataFolder, product: await productVersion(), clock: processClock, log, signal }) : undefined;
  await migrate(database, log, { before });
  let source: PolledConfigurationSource | null = null;
  const store = await createPostgresStore({
    connection: database,
    records: recordTables,
    templates: () => current(source).templates,
    blobs,
    clock: processClock,
    random: processRandom,
    log,
    crashPoints: crashPoints(settings),
    changeDays: settings.changeDays,
    faults: { ignoreCommitTag: settings.testing.faults.has('ignoreCommitTag'), skipFence: settings.testing.faults.has('noFence') },
  });
  opened.add(() => store.close());
  const configurationStore = postgresConfigurationStore({ settings: database, readers: store.readers, clock: processClock, log });
  const former = await configurationStore.setEnvironment(settings.environment);
  if (former !== settings.environment && former !== null) log.warn('configuration.environment', { former, active: settings.environment });
  const builder = new SnapshotBuilder({ connectors: connectorCatalogue(connectors), environment: settings.environment });
  const configuration = await openConfigurationSource({
    revision: () => configurationStore.revision(),
    load: async () => {
      const loaded = await configurationStore.load();
      return builder.build(loaded.stored, loaded.templates);
    },
    loadAt: async (revision) => {
      const { stored, templates } = await configurationStore.load(revision);
      // A secret or an address that is gone meanwhile concerns connections, and those are not asked of the past.
      return new SnapshotBuilder({ connectors: connectorCatalogue(connectors), environment: settings.environment }).build({ ...stored, addresses: null, secrets: null }, templates);
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
  configurationStore: ConfigurationStore;
  connections: Connections;
  accounts: AccountDirectory;
  parse: RequestParser;
  gate: InstanceGate;
  backupJobs: BackupJobs;
  log: Log;
}

function createEngine(settings: PlatformSettings, { store, configuration, configurationStore, connections, accounts, parse, gate, backupJobs, log }: EngineNeeds): Engine {
  const boot = randomUUID();
  const { faults } = settings.testing;
  return new Engine({
    store,
    machine: createMachine({ hash: uuidOf }),
    configuration,
    remote: connections,
    access: accountAccess(accounts, () => configuration.current().access, async (name) => (await configurationStore.lastDocument('Role', name)) !== null),
    pause: () => gate.state().pause,
    clock: processClock,
    random: processRandom,
    crashPoints: crashPoints(settings),
    log,
    settings: settings.engine,
    bugs: { ackBeforeCommit: faults.has('ackBeforeCommit'), noIntent: faults.has('noIntent'), checkpointApart: faults.has('checkpointApart') },
    owner: ownerOf(settings.node, boot),
    node: settings.node,
    boot,
    jobKinds: [backupJobs.kind, ...bulkChangeKinds, clearTemplateKind(store.clearing), moveRolesKind, publishConfigurationKind(store.publishing), importRecords({ payloadPart: (payload, offset, length) => store.payloadPart(payload, offset, length), newId: randomUUID })],
    parseBody: (route, body, contentType) =>
      parse(route, { method: 'POST', headers: contentType === null ? [] : [['content-type', contentType]], query: [], body }),
  });
}

const crashPoints = ({ testing }: PlatformSettings): CrashPoints => (testing.crash === null ? noCrashPoints : killingCrashPoints(testing.crash));

const connectorNamed = (name: string): ConnectorDefinition | undefined => connectors.find((connector) => connector.name === name);

const routeProperties = (operation: OperationDefinition, route: PublishedRoute) => parseSpec(operation.route, route.properties, `route ${route.name}`, { openSecret: () => undefined });

/** What a route names of the other side, where its connector knows. */
function useOf(configuration: Configuration, name: string): RouteUse | undefined {
  const route = configuration.route(name);
  const type = route === undefined ? undefined : configuration.connection(route.connection)?.type;
  if (route === undefined || type === undefined) return undefined;
  const operation = connectorNamed(type)?.operations[route.operation];
  return operation?.uses?.(routeProperties(operation, route), route);
}

type RequestParser = (route: PublishedRoute, raw: RawHttpRequest) => Value;

/** A published route is another object as soon as its document changes, so its properties are checked once. */
function requestParser(configuration: PolledConfigurationSource): RequestParser {
  const known = new WeakMap<PublishedRoute, ReturnType<typeof routeProperties>>();
  return (route, raw) => {
    const connection = configuration.current().connection(route.connection);
    const operation = connection === undefined ? undefined : connectorNamed(connection.type)?.operations[route.operation];
    if (operation?.parse === undefined) throw failure('connection.noOperation', { connection: route.connection, operation: route.operation });
    const properties = known.get(route) ?? routeProperties(operation, route);
    known.set(route, properties);
    return operation.parse(properties, raw);
  };
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

/** What the connections of the engine and those that a person tries out have in common. */
function connectionWays(vault: SecretVault, ownDatabase: OwnDatabase, log: Log) {
  return {
    connectors: { get: connectorNamed },
    openProperties: (definition: ConnectorDefinition, connection: PublishedConnection) => openProperties(definition.connection, connection.properties, vault, connection.name),
    openUnsaved: (definition: ConnectorDefinition, connection: UnsavedConnection) => openUnsavedProperties(definition.connection, connection.properties, vault, connection.name),
    createDialer: ({ name, allow }: { name: string; allow: readonly string[] }) => createDialer({ connection: name, allow: guardedKinds.filter((kind) => allow.includes(kind)) }),
    ownDatabase,
    clock: processClock,
    log,
  };
}

/** Secrets and tokens that end soon are told about whenever the store is tidied. */
async function tidy(store: PostgresStore, ending: EndingParts, log: Log): Promise<void> {
  for (const problem of await endings(ending)) log.warn(problem.code, { ...problem.parameters });
  await store.housekeep();
}

/** Lets answers that are under way leave; whoever still sends or reads after that is cut off. */
async function closeServer(app: FastifyInstance): Promise<void> {
  const patience = new AbortController();
  processClock.sleep(limits.serverCloseMs.value, patience.signal).then(
    () => app.server.closeAllConnections(),
    () => undefined,
  );
  await app.close();
  patience.abort();
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
