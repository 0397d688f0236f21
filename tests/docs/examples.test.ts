import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { checkAlone } from '../../src/cli/check-alone.ts';
import { editedText } from '../../src/cli/configuration-edit.ts';
import { readConfigurationFile } from '../../src/cli/configuration-file.ts';
import { readConfigurationFolder } from '../../src/cli/configuration-folder.ts';
import { printObject } from '../../src/cli/configuration-print.ts';
import { describeFinding } from '../../src/cli/failure-text.ts';
import { processRandom } from '../../src/cli/process-ports.ts';
import { connectors } from '../../src/connectors/registry.ts';
import type { Finding, SourceDocument } from '../../src/core/configuration/object-document.ts';
import { connectorCatalogue } from '../../src/engine/connector-catalogue.ts';
import { guidePages, root, yamlExamples, type Example } from './guide-examples.ts';

const context = { connectors: connectorCatalogue(connectors), environment: null, random: processRandom, print: printObject, edit: editedText };

const said = (findings: readonly Finding[]): string[] => findings.map((finding) => describeFinding(finding, 'en'));

function documentOf({ place, text }: Example): SourceDocument {
  const { document, findings } = readConfigurationFile(place, new TextEncoder().encode(text));
  expect(said(findings)).toEqual([]);
  if (document === null) throw new Error(`${place} is no document`);
  return document;
}

/** The demo's documents, with those in place of them that have the same name. */
async function besideDemo(own: readonly SourceDocument[]): Promise<readonly SourceDocument[]> {
  const demo = await readConfigurationFolder(join(root, 'demo/configuration'));
  const taken = new Set(own.map(({ kind, name }) => `${kind} ${name}`));
  return [...demo.documents.filter(({ kind, name }) => !taken.has(`${kind} ${name}`)), ...own];
}

describe.each(guidePages())('%s', (page) => {
  const examples = yamlExamples(page);
  const good = examples.filter(({ mark }) => mark === '');
  const refused = examples.filter(({ mark }) => mark === 'refused');

  test('its documents can be applied together with the demo', async () => {
    const documents = await besideDemo(good.map(documentOf));
    expect(said(checkAlone(documents, context))).toEqual([]);
  });

  test('what it shows as refused is refused', async () => {
    for (const example of refused) {
      const findings = checkAlone(await besideDemo([documentOf(example)]), context);
      expect(said(findings), example.place).not.toEqual([]);
    }
  });

  test('its examples are either good or marked as refused', () => {
    expect(examples.map(({ mark }) => mark).filter((mark) => mark !== '' && mark !== 'refused')).toEqual([]);
  });
});
