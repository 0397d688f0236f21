import { existsSync, readdirSync } from 'node:fs';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { ConnectorDefinition, OperationDefinition, Verification } from '../../src/sdk/connector.ts';
import type { SpecField, SpecFields } from '../../src/sdk/spec.ts';
import { madeFrom, table, type Generator, type Page } from './page.ts';

const proofs: Readonly<Record<Verification, string>> = {
  L3: "L3, checked against the real system or the vendor's own simulator",
  L2: "L2, checked against an independent implementation or the vendor's contract file",
  L1: 'L1, checked against our fake, built from public documents',
  L0: 'L0, the driver only',
};

export const connectorsReference: Generator = { name: 'connectors', owns: 'docs/reference/connectors/', pages: connectorPages };

/** A folder below src/connectors with an index.ts is a connector. */
export const connectorFolders = (root: string): string[] => {
  const folder = join(root, 'src/connectors');
  if (!existsSync(folder)) return [];
  return readdirSync(folder, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && existsSync(join(folder, entry.name, 'index.ts')))
    .map((entry) => entry.name)
    .toSorted();
};

async function connectorPages(root: string): Promise<Page[]> {
  return Promise.all(connectorFolders(root).map(async (name) => {
    const definition = definitionOf(name, await import(pathToFileURL(join(root, 'src/connectors', name, 'index.ts')).href));
    return { path: `docs/reference/connectors/${name}.md`, text: connectorPage(definition) };
  }));
}

/** Checks by hand what the compiler can't know of a folder that was found by being there. */
function definitionOf(name: string, module: unknown): ConnectorDefinition {
  const definition: unknown = typeof module === 'object' && module !== null && 'default' in module ? module.default : undefined;
  if (typeof definition !== 'object' || definition === null || !('operations' in definition) || !('connection' in definition)) {
    throw new Error(`src/connectors/${name}/index.ts has no connector definition as its default export`);
  }
  if (!('name' in definition) || definition.name !== name) throw new Error(`src/connectors/${name}/index.ts defines a connector with another name; the folder's name is the connector's`);
  return definition as ConnectorDefinition; // the shape is checked by the compiler where it is written
}

export function connectorPage(definition: ConnectorDefinition): string {
  const operations = Object.entries(definition.operations).map(([name, operation]) => operationSection(name, operation));
  return [
    madeFrom(`src/connectors/${definition.name}`),
    `# ${definition.title.en} (\`${definition.name}\`)`,
    definition.title.ru,
    definition.about.en,
    definition.about.ru,
    `Verification: ${proofs[definition.verification]}.`,
    '## Connection',
    fieldTable(definition.connection),
    ...operations,
  ].join('\n\n') + '\n';
}

function operationSection(name: string, operation: OperationDefinition): string {
  const direction = operation.direction === 'in' ? 'receives' : 'sends';
  return `## Operation \`${name}\`: ${operation.title.en} (${direction})\n\n${operation.title.ru}\n\n${fieldTable(operation.route)}`;
}

function fieldTable(fields: SpecFields): string {
  const rows = Object.entries(fields).map(([name, field]) => [`\`${name}\``, kindOf(field), usual(field), `${field.title.en} · ${field.title.ru}`, about(field)]);
  return rows.length === 0 ? 'No properties.' : table(['property', 'kind', 'default', 'title', 'about'], rows);
}

function kindOf(field: SpecField): string {
  const values = 'values' in field && field.values ? `: ${field.values.map((value) => `\`${value}\``).join(', ')}` : '';
  const unit = 'unit' in field && field.unit ? `, ${field.unit}` : '';
  return `${field.type}${values}${unit}${field.required ? ', required' : ''}${condition(field)}${field.advanced ? ', advanced' : ''}`;
}

/** Fields that matter only beside certain values of others say so. */
function condition(field: SpecField): string {
  const when: unknown = 'when' in field ? field.when : undefined;
  if (typeof when !== 'object' || when === null) return '';
  const parts = Object.entries(when).map(([name, values]: [string, unknown]) => `\`${name}\` is ${(Array.isArray(values) ? values : [values]).map((value) => `\`${String(value)}\``).join(' or ')}`);
  return `, when ${parts.join(' and ')}`;
}

const usual = (field: SpecField): string => ('default' in field && field.default !== undefined ? `\`${JSON.stringify(field.default)}\`` : '');

function about(field: SpecField): string {
  const example = field.example === undefined || field.type === 'secret' ? '' : ` Example: \`${JSON.stringify(field.example)}\`.`;
  return `${field.description?.en ?? ''}${example}`.trim();
}
