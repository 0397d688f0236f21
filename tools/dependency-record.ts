/** Every package has a reason, a licence and a way out written down, and one exact version. */
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import type { Finding } from './finding.ts';

const record = 'docs/decisions/dependencies.md';

export function dependencyFindings(root: string): Finding[] {
  if (!existsSync(join(root, 'package.json'))) return [];
  const declared = packagesOf(JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')));
  const written = new Set(existsSync(join(root, record)) ? [...readFileSync(join(root, record), 'utf8').matchAll(/^\| `([^`]+)` \|/gm)].map(([, name]) => name ?? '') : []);
  return [
    ...[...declared].filter(([name]) => !written.has(name)).map(([name]) => ({ path: record, rule: 'package', text: `${name} has no line: say why it is here, its licence and the way out` })),
    ...[...written].filter((name) => !declared.has(name)).map((name) => ({ path: record, rule: 'package', text: `${name} is no package of ours any more: remove its line` })),
    ...[...declared].filter(([, version]) => !/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version)).map(([name, version]) => ({ path: 'package.json', rule: 'package', text: `${name} ${version} is not one exact version` })),
  ];
}

function packagesOf(parsed: unknown): Map<string, string> {
  if (typeof parsed !== 'object' || parsed === null) throw new Error('package.json is no object');
  const kinds = ['dependencies' in parsed ? parsed.dependencies : {}, 'devDependencies' in parsed ? parsed.devDependencies : {}];
  return new Map(kinds.flatMap((kind) => Object.entries(kind ?? {}).map(([name, version]): [string, string] => [name, String(version)])));
}
