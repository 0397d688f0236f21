/**
 * The platform's database as a command reaches it: by DATABASE_URL, beside a running server, or, when none runs,
 * by starting the embedded one for as long as the command takes. A running platform notices a new revision by itself.
 */
import type { AccountDirectory } from '../core/account.ts';
import type { ConfigurationStore } from '../core/configuration/configuration-store.ts';
import { Failure, failure } from '../core/failure.ts';
import { limits } from '../core/limits.ts';
import type { Log } from '../core/ports.ts';
import type { Publishing } from '../core/publishing.ts';
import type { SecretVault } from '../core/secret-vault.ts';
import { backupBeforeUpgrade } from '../store/backup/backup-before-upgrade.ts';
import { defaultDataFolder } from '../store/embedded/default-folders.ts';
import { joinServer, withoutGuests } from '../store/embedded/guests.ts';
import { connectionToRunning } from '../store/embedded/running.ts';
import { startEmbedded } from '../store/embedded/start-embedded.ts';
import { createAccountDirectory } from '../store/postgres/accounts/accounts.ts';
import { postgresConfigurationStore } from '../store/postgres/configuration/configuration-store.ts';
import { publishing } from '../store/postgres/configuration/publishing.ts';
import { migrate, type MigrationPlan } from '../store/postgres/migrate.ts';
import { hasNodes, openReaders, type ConnectionSettings, type Readers } from '../store/postgres/pool.ts';
import { openSecretVault } from '../store/postgres/secrets.ts';
import { masterKeyFile } from './master-key-file.ts';
import { processClock, warningsTo } from './process-ports.ts';
import { productVersion } from './product-version.ts';
import type { Surroundings } from './surroundings.ts';

export interface PlatformDatabase {
  readers: Readers;
  configuration: ConfigurationStore;
  accounts: AccountDirectory;
  publishing: Publishing;
  /** Whether a platform works over this database, so that jobs are carried out. */
  hasNodes(): Promise<boolean>;
  /** Opens the vault; only commands that set secrets need the master key. */
  vault(): Promise<SecretVault>;
}

type Environment = Surroundings['environment'];

export const dataFolderOf = (environment: Environment): string => environment['ZVENO_DATA'] || defaultDataFolder(environment);

export async function withPlatformDatabase<T>(surroundings: Surroundings, work: (database: PlatformDatabase) => Promise<T>): Promise<T> {
  const { environment } = surroundings;
  const log = warningsTo(surroundings.tell);
  const server = await reachServer(surroundings, log);
  try {
    await migrate(server.settings, log, { before: await upgrade(surroundings, server, log) }).catch((error: unknown) => {
      throw error instanceof Failure ? error : failure('cli.database', { address: server.address, detail: reason(error) }, { cause: error });
    });
    const readers = openReaders(server.settings, log);
    try {
      const configuration = postgresConfigurationStore({ settings: server.settings, readers, clock: processClock, log });
      const vault = (): Promise<SecretVault> => openSecretVault(readers, { given: environment['ZVENO_MASTER_KEY'], file: masterKeyFile(environment) });
      return await work({ readers, configuration, accounts: createAccountDirectory(readers), publishing: publishing({ settings: server.settings, readers, clock: processClock, log }), hasNodes: () => hasNodes(readers), vault });
    } finally {
      await readers.close();
    }
  } finally {
    await server.release();
  }
}

/** A command of a newer version changes the shape as its start would, so it makes the same backup, and says so. */
async function upgrade({ environment, tell, lang, signal }: Surroundings, { settings, address }: ReachedServer, log: Log): Promise<MigrationPlan['before']> {
  const before = backupBeforeUpgrade({ database: settings, dataFolder: dataFolderOf(environment), product: await productVersion(), clock: processClock, log, signal });
  return async (last) => {
    tell(lang === 'ru' ? `База ${address} — от более ранней версии, её схема обновляется.\n` : `The database ${address} is of an earlier version and is brought to this one.\n`);
    if (environment['ZVENO_BACKUP_BEFORE_UPGRADE'] !== 'off') await before(last);
  };
}

export interface ReachedServer {
  settings: ConnectionSettings;
  /** For messages: no password. */
  address: string;
  release(): Promise<void>;
}

/** Starts the embedded server when none runs; whoever asked lets go of it by `release`. */
export async function reachServer({ environment, lang, tell, signal }: Pick<Surroundings, 'environment' | 'lang' | 'tell' | 'signal'>, log: Log): Promise<ReachedServer> {
  const url = environment['DATABASE_URL'];
  if (url !== undefined && url !== '') return { settings: { connectionString: url }, address: addressOf(url), release: async () => undefined };
  const dataFolder = dataFolderOf(environment);
  const waiting = (): void => tell(lang === 'ru' ? 'Другая команда ещё работает с этой базой; ожидание её конца…\n' : 'Another command still works with this database; waiting for its end…\n');
  for (const begun = processClock.monotonicMs(); ; await processClock.sleep(lookAgainMs, signal)) {
    const beside = await besideRunning(dataFolder);
    if (beside !== undefined) return beside;
    try {
      const embedded = await startEmbedded({ dataFolder, log, signal });
      return { settings: embedded.connection, address: dataFolder, release: () => withoutGuests(embedded.connection, { signal, waiting }, () => embedded.stop()) };
    } catch (error) {
      // Whoever has the folder is about to let in or to let go.
      if (!(error instanceof Failure) || error.code !== 'store.inUse' || processClock.monotonicMs() - begun > limits.folderWaitMs.value) throw error;
    }
  }
}

const lookAgainMs = 200;

async function besideRunning(dataFolder: string): Promise<ReachedServer | undefined> {
  const settings = await connectionToRunning(dataFolder);
  const guest = settings === undefined ? undefined : await joinServer(settings);
  return settings === undefined || guest === undefined ? undefined : { settings, address: dataFolder, release: () => guest.leave() };
}

export function addressOf(url: string): string {
  try {
    const { host, pathname } = new URL(url);
    return `${host}${pathname}`;
  } catch {
    return 'DATABASE_URL';
  }
}

const reason = (error: unknown): string => (error instanceof Error ? error.message : String(error));
