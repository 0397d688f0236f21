/** The fenced examples of a guide page. */
import { globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface Example {
  /** `docs/guide/scenarios.md:40`, the line of its fence. */
  place: string;
  text: string;
  /** What stands behind `yaml` on the fence: `refused` for an example of what is not accepted. */
  mark: string;
}

export const root = join(import.meta.dirname, '../..');

export const guidePages = (): readonly string[] => globSync('docs/guide/*.md', { cwd: root }).toSorted();

/** YAML examples that are whole configuration documents; fragments have no `kind`. */
export function yamlExamples(page: string): readonly Example[] {
  const text = readFileSync(join(root, page), 'utf8');
  return [...text.matchAll(/^```yaml *(\w*)\n([\s\S]*?)^```$/gm)].flatMap((match) => {
    const [, mark = '', body = ''] = match;
    const line = text.slice(0, match.index).split('\n').length;
    return /^kind:/m.test(body) ? [{ place: `${page}:${line}`, text: body, mark }] : [];
  });
}
