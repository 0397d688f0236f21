/** Finds every connector by its folder and holds it to the contract. */
import { existsSync, readdirSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import type { ConnectorDefinition } from '../sdk/connector.ts';
import { describeContract, type Contract } from '../sdk/testing/contract-suite.ts';
import { connectors } from './registry.ts';

const here = import.meta.dirname;
const folders = readdirSync(here, { withFileTypes: true }).filter((entry) => entry.isDirectory()).map((entry) => entry.name).sort();

describe('the connectors', () => {
  it.each(folders)('%s has its definition, its contract and its README', (folder) => {
    for (const file of ['index.ts', 'spec.ts', 'testing/contract.ts', 'README.md']) expect([file, existsSync(`${here}/${folder}/${file}`)]).toEqual([file, true]);
  });

  it('are all in the registry, in the order of their names', () => {
    expect(connectors.map((definition) => definition.name)).toEqual(folders);
  });
});

for (const folder of folders) {
  const module = await import(`${here}/${folder}/testing/contract.ts`) as { contract: Contract };
  const { default: definition } = await import(`${here}/${folder}/index.ts`) as { default: ConnectorDefinition };
  describe(folder, () => {
    it('is called like its folder, and the contract is about it', () => {
      expect([definition.name, module.contract.definition === definition]).toEqual([folder, true]);
    });
    describeContract(module.contract);
  });
}
