/**
 * Writes what is generated: `node tools/reference.ts`, or says what is out of date: `node tools/reference.ts --check`.
 * Whoever has something to generate adds a Generator to the list.
 */
import { existsSync, globSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { catalogue } from '../src/core/errors.ts';
import { limits } from '../src/core/limits.ts';
import { cliReference } from './reference/cli.ts';
import { contractReference } from './reference/contract.ts';
import { conversionsReference } from './reference/conversions.ts';
import { connectorsReference } from './reference/connectors.ts';
import { errorsReference } from './reference/errors.ts';
import { expressionsReference } from './reference/expressions.ts';
import { limitsReference, limitsWithoutFailure } from './reference/limits.ts';
import { connectorRegistry } from './reference/registry.ts';
import { restReference } from './reference/rest.ts';
import { settingsReference } from './reference/settings.ts';
import type { Generator, Page } from './reference/page.ts';

export const generators: readonly Generator[] = [
  connectorRegistry, limitsReference, errorsReference, connectorsReference, restReference, contractReference, cliReference, settingsReference, expressionsReference, conversionsReference,
];

/** What differs between the folder and what would be generated now. */
export async function stale(root: string, list: readonly Generator[]): Promise<Change[]> {
  const changes = await Promise.all(list.map((generator) => changesOf(root, generator)));
  return changes.flat();
}

type Change = { kind: 'write'; page: Page } | { kind: 'remove'; path: string };

async function changesOf(root: string, generator: Generator): Promise<Change[]> {
  const pages = await generator.pages(root);
  const wanted = new Set(pages.map(({ path }) => path));
  const stray = pages.find(({ path }) => path !== generator.owns && !(generator.owns.endsWith('/') && path.startsWith(generator.owns)));
  if (stray) throw new Error(`generator "${generator.name}" owns ${generator.owns}, not ${stray.path}`);
  const left = generator.owns.endsWith('/') ? globSync(`${generator.owns}**/*.md`, { cwd: root }).filter((path) => !wanted.has(path)) : [];
  const written = pages.filter(({ path, text }) => !existsSync(join(root, path)) || readFileSync(join(root, path), 'utf8') !== text);
  return [...written.map((page): Change => ({ kind: 'write', page })), ...left.map((path): Change => ({ kind: 'remove', path }))];
}

export function apply(root: string, change: Change): void {
  if (change.kind === 'remove') return rmSync(join(root, change.path));
  const path = join(root, change.page.path);
  mkdirSync(dirname(path), { recursive: true });
  writeFileSync(path, change.page.text);
}

const pathOf = (change: Change): string => (change.kind === 'write' ? change.page.path : change.path);

if (import.meta.main) {
  const root = dirname(import.meta.dirname);
  const changes = await stale(root, generators).catch((error: unknown) => {
    console.log(error instanceof Error ? error.message : String(error));
    process.exit(1);
  });
  if (process.argv.includes('--check')) {
    const findings = [...changes.map((change) => `${pathOf(change)} is out of date: run "npm run reference" and commit it`), ...limitsWithoutFailure(limits, catalogue)];
    for (const finding of findings) console.log(finding);
    process.exitCode = findings.length > 0 ? 1 : 0;
  } else {
    for (const change of changes) {
      apply(root, change);
      console.log(`${change.kind === 'write' ? 'wrote' : 'removed'} ${pathOf(change)}`);
    }
  }
}
