/**
 * The demo as part of the configuration: applied from its folder, removed by its names.
 *
 * Its partner and its warehouse listen on ports that differ from start to start. Whoever starts them tells the ports here;
 * they become addresses of this installation, which the demo's connections name by `${address:…}`. So the files stay the same,
 * nothing is read from the process environment, and a new port opens the connections anew without a new version of anything.
 */
import { fileURLToPath } from 'node:url';
import type { ConfigurationStore } from '../core/configuration/configuration-store.ts';
import type { SourceDocument } from '../core/configuration/object-document.ts';
import { failure } from '../core/failure.ts';
import type { SecretVault } from '../core/secret-vault.ts';
import { type ApplyContext, proposeConfiguration, publishProposal, type ReadyProposal } from '../engine/apply-configuration.ts';
import { readConfigurationFolder } from './configuration-folder.ts';

/** Where the demo's counterparts listen, and what they ask for. */
export interface DemoServices {
  partner: { port: number; token: string };
  warehouse: { port: number; database: string; user: string; password: string };
}

const folder = fileURLToPath(new URL('../../demo/configuration', import.meta.url));

/** The demo's documents; a mistake in them is ours and is thrown. */
export async function demoDocuments(): Promise<readonly SourceDocument[]> {
  const { documents, findings } = await readConfigurationFolder(folder);
  if (findings.length > 0) throw failure('config.invalid', { count: findings.length }, { problems: findings });
  return documents;
}

/** To be called at every start, after the services run: tells their addresses. Sets secrets only when they differ. */
export async function setDemoServices(store: ConfigurationStore, vault: SecretVault, { partner, warehouse }: DemoServices): Promise<void> {
  const addresses = new Map<string, string | number>([
    ['demoPartner', `http://127.0.0.1:${partner.port}`],
    ['demoWarehousePort', warehouse.port],
    ['demoWarehouseDatabase', warehouse.database],
    ['demoWarehouseUser', warehouse.user],
  ]);
  await store.setAddresses(addresses, 'demo');
  await setIfDifferent(vault, 'demoPartner', partner.token);
  await setIfDifferent(vault, 'demoWarehouse', warehouse.password);
}

/** Each setting is a new revision that opens connections anew, so a start does not set what is there. */
async function setIfDifferent(vault: SecretVault, name: string, text: string): Promise<void> {
  const known = (await vault.list()).some((entry) => entry.name === name);
  if (!known || !(await vault.reveal(name, (stored) => stored === text))) await vault.set(name, text, 'demo');
}

/** What applying the demo would do; other objects stay as they are. */
export async function proposeDemo(store: ConfigurationStore, context: ApplyContext): Promise<ReadyProposal> {
  const documents = await demoDocuments();
  return await proposeConfiguration(store, documents, { prune: false, only: documents }, context);
}

/** For the first start: applies the demo. Throws `config.invalid` with everything that stands in the way. */
export async function applyDemo(store: ConfigurationStore, context: ApplyContext): Promise<void> {
  await publishProposal(store, await proposeDemo(store, context), 'demo', 'demo apply');
}

/** What removing the demo would do: its objects by name; its records go out of sight with their templates and come back with them. */
export async function proposeDemoRemoval(store: ConfigurationStore, context: ApplyContext): Promise<ReadyProposal> {
  const only = await demoDocuments();
  return await proposeConfiguration(store, [], { prune: true, hideRecords: true, only }, context);
}
