/** Checks how things are written, and prints what is longest: `node tools/tidy.ts`. The rules are in tidy-rules.ts. */
import { dirname } from 'node:path';
import { deadFiles } from './dead-files.ts';
import { dependencyFindings } from './dependency-record.ts';
import { printed, type Finding } from './finding.ts';
import { longestFiles, longestFunctions, type Length } from './longest.ts';
import { sourceTree, type SourceTree } from './source-tree.ts';
import { projectPaths, textFiles } from './text-files.ts';
import { checkSource, checkText, nameFinding } from './tidy-rules.ts';

export function tidy(tree: SourceTree): Finding[] {
  const paths = projectPaths(tree.root);
  return [
    ...[...tree.files.values()].flatMap(checkSource),
    ...[...textFiles(tree.root, paths)].flatMap(([path, text]) => checkText(path, text)),
    ...paths.flatMap((path) => nameFinding(path) ?? []),
    ...deadFiles(tree),
    ...dependencyFindings(tree.root),
  ];
}

const table = (title: string, rows: readonly Length[]): string => [title, ...rows.map(({ name, lines }) => `${String(lines).padStart(6)}  ${name}`)].join('\n');

if (import.meta.main) {
  const tree = sourceTree(dirname(import.meta.dirname));
  const findings = tidy(tree);
  for (const finding of findings) console.log(printed(finding));
  console.log(table('Longest files (lines):', longestFiles(tree.files.values())));
  console.log(table('Longest functions (lines):', longestFunctions(tree.files.values())));
  console.log(`${tree.files.size} source files, ${findings.length} findings`);
  process.exitCode = findings.length > 0 ? 1 : 0;
}
