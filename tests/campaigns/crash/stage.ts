/** Everything of a campaign that lives longer than one platform: folders, the partners, the external database, the configuration. */
import { createServer, type AddressInfo } from 'node:net';
import { mkdir, readFile, rm } from 'node:fs/promises';
import { randomUUID } from 'node:crypto';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { applyContext } from '../../../src/cli/configuration-commands.ts';
import { readConfigurationFolder } from '../../../src/cli/configuration-folder.ts';
import { demoDocuments, setDemoServices } from '../../../src/cli/demo.ts';
import { withPlatformDatabase } from '../../../src/cli/platform-database.ts';
import { warningsTo } from '../../../src/cli/process-ports.ts';
import type { Surroundings } from '../../../src/cli/surroundings.ts';
import { proposeConfiguration, publishProposal } from '../../../src/engine/apply-configuration.ts';
import { startEmbedded } from '../../../src/store/embedded/start-embedded.ts';
import type { EmbeddedPostgres } from '../../../src/store/embedded/supervisor.ts';
import { testFolder } from '../../services/test-folder.ts';
import { PartnerProcess } from './partner-process.ts';
import { PlatformProcess } from './platform-process.ts';

const configurationFolder = fileURLToPath(new URL('configuration', import.meta.url));
const warehouseTables = fileURLToPath(new URL('../../../demo/warehouse.sql', import.meta.url));

const adminPassword = 'crash-campaign';
export const authorization = `Basic ${Buffer.from(`admin:${adminPassword}`).toString('base64')}`;

export interface Stage {
  readonly folder: string;
  /** Data folder of the platform; its embedded database is below it. */
  readonly dataFolder: string;
  readonly url: string;
  readonly partner: PartnerProcess;
  readonly charger: PartnerProcess;
  readonly warehouse: EmbeddedPostgres;
  readonly platform: PlatformProcess;
  /** Where the platform listens and what else a further node over the same database needs. */
  readonly environment: Readonly<Record<string, string>>;
  /** Removes all traces unless told to keep them. */
  close(keep: boolean): Promise<void>;
}

/** `faults` are planted bugs, comma-separated; `none` for a sound platform. The platform has been started once and is ready. */
export async function setStage(faults: string, tell: (text: string) => void): Promise<Stage> {
  const folder = join(testFolder(), `crash-${randomUUID().slice(0, 8)}`);
  await mkdir(folder, { recursive: true, mode: 0o711 });
  const log = warningsTo(tell);
  const warehouse = await startEmbedded({ dataFolder: join(folder, 'warehouse'), log, listen: { kind: 'tcp', port: 0 } });
  const partner = await PartnerProcess.start(join(folder, 'partner.log'));
  const charger = await PartnerProcess.start(join(folder, 'charger.log'));
  const dataFolder = join(folder, 'platform');
  const port = await freePort();
  const environment = environmentOf({ folder, dataFolder, port, faults });
  const platform = new PlatformProcess({ environment, logFile: join(folder, 'platform.log') });
  const url = `http://127.0.0.1:${port}`;
  const close = async (keep: boolean): Promise<void> => {
    await platform.stop();
    await partner.stop();
    await charger.stop();
    await warehouse.stop();
    if (keep) tell(`kept: ${folder}\n`);
    else await rm(folder, { recursive: true, force: true });
  };
  try {
    await makeWarehouse(warehouse);
    await configure(environment, { partner, charger, warehouse }, tell);
    await platform.startUntilReady();
    await makeLedger(url);
  } catch (error) {
    await close(false);
    throw error;
  }
  return { folder, dataFolder, url, partner, charger, warehouse, platform, environment, close };
}

/** Leases are short, so that a node that was stopped loses them within the campaign. */
function environmentOf({ folder, dataFolder, port, faults }: { folder: string; dataFolder: string; port: number; faults: string }): Record<string, string> {
  return {
    PATH: process.env['PATH'] ?? '',
    HOME: join(folder, 'home'),
    LANG: 'C',
    ZVENO_DATA: dataFolder,
    ZVENO_PORT: String(port),
    ZVENO_NODE: 'one',
    ZVENO_DEMO: 'off',
    ZVENO_ADMIN_PASSWORD: adminPassword,
    ZVENO_LOG_LEVEL: 'info',
    ZVENO_LEASE_MS: '3000',
    ZVENO_POLL_MS: '200',
    ZVENO_TEST_FAULTS: faults,
  };
}

async function makeWarehouse(warehouse: EmbeddedPostgres): Promise<void> {
  const client = new pg.Client({ ...warehouse.connection });
  await client.connect();
  await client.query(await readFile(warehouseTables, 'utf8'));
  await client.end();
}

/** The demo's configuration and the campaign's own, published before the platform starts for the first time. */
async function configure(environment: Readonly<Record<string, string>>, { partner, charger, warehouse }: Pick<Stage, 'partner' | 'charger' | 'warehouse'>, tell: (text: string) => void): Promise<void> {
  const surroundings: Surroundings = { environment, input: Readable.from([]), print: tell, tell, lang: 'en', signal: new AbortController().signal };
  const { port, database, user, password } = warehouse.connection;
  const own = await readConfigurationFolder(configurationFolder);
  await withPlatformDatabase(surroundings, async (reached) => {
    const { configuration } = reached;
    const secrets = await reached.vault();
    await setDemoServices(configuration, secrets, { partner, warehouse: { port, database, user, password } });
    await configuration.setAddresses(new Map([['campaignCharger', `http://127.0.0.1:${charger.port}`]]), 'campaign');
    await secrets.set('campaignCharger', charger.token, 'campaign');
    const documents = [...(await demoDocuments()), ...own.documents];
    const proposal = await proposeConfiguration(configuration, documents, { prune: false }, applyContext(surroundings));
    if (proposal.findings.length + own.findings.length > 0) throw new Error(`the campaign's configuration is wrong: ${JSON.stringify([...own.findings, ...proposal.findings])}`);
    await publishProposal(configuration, proposal, 'campaign', 'campaign');
  });
}

async function makeLedger(url: string): Promise<void> {
  const answer = await fetch(`${url}/api/v1/connections/warehouse/actions/createLedger`, { method: 'POST', headers: { authorization } });
  if (!answer.ok) throw new Error(`the ledger was not made: ${answer.status} ${await answer.text()}`);
}

/** A port that was free a moment ago; nobody else on this machine draws ports of this range for listening. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve, reject) => server.once('error', reject).listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo; // a TCP server's address is never a text
  await new Promise<void>((resolve) => server.close(() => resolve()));
  return port;
}
