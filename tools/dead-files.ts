/** Files that nobody imports and nobody starts. */
import type { Finding } from './finding.ts';
import type { SourceTree } from './source-tree.ts';

/** Files that are started or found by their place, not imported. */
const entries: readonly RegExp[] = [
  /^src\/main\.ts$/,
  /^src\/cli\/main\.ts$/,
  /^src\/connectors\/[^/]+\/(index|testing\/contract)\.ts$/,
  /^bin\/zveno\.mjs$/,
  /^(bench|demo|tools|tests\/campaigns)\/[^/]+\.ts$/,
  /^ui\/(src\/)?main\.tsx?$/,
  /^ui\/[^/]+\.config\.ts$/,
  /\.test\.tsx?$/,
];

export function deadFiles(tree: SourceTree): Finding[] {
  const imported = new Set(tree.edges.flatMap(({ from, to }) => (to === undefined || to === from ? [] : [to])));
  return [...tree.files.keys()]
    .filter((path) => !imported.has(path) && !entries.some((entry) => entry.test(path)))
    .map((path) => ({ path, rule: 'dead file', text: 'nobody imports it: use it or delete it (what is started by its path is listed in tools/dead-files.ts)' }));
}
