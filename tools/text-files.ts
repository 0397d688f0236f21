/** The text files that belong to the project: what git keeps or would keep, else what lies there. */
import { execFileSync } from 'node:child_process';
import { existsSync, globSync, readFileSync, statSync } from 'node:fs';
import { join } from 'node:path';

const textName = /\.(ts|tsx|mts|mjs|js|json|jsonc|md|yaml|yml|sql|css|html|sh|svg|txt)$|(^|\/)(LICENSE|NOTICE|\.gitignore|\.npmrc|\.ci\/run)$/;

/** Paths of all files of the project, from its root. */
export const projectPaths = (root: string): string[] =>
  existsSync(join(root, '.git')) ? keptByGit(root) : globSync('**/*', { cwd: root, exclude: ['**/node_modules', '.git', '.zveno', 'coverage'] }).filter((path) => statSync(join(root, path)).isFile());

/** Those of them that hold text, with it. A path that git keeps and a developer has just removed is none. */
export const textFiles = (root: string, paths: readonly string[]): Map<string, string> =>
  new Map(paths.filter((path) => textName.test(path) && existsSync(join(root, path))).map((path) => [path, readFileSync(join(root, path), 'utf8')]));

const keptByGit = (root: string): string[] =>
  execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: root, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 }).split('\0').filter((path) => path !== '');
