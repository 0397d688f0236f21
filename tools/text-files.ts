/** The text files that belong to the project: what git keeps or would keep, else what lies there. */
import { execFileSync } from 'node:child_process';
import { existsSync, globSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

const textName = /\.(ts|tsx|mts|mjs|js|json|jsonc|md|yaml|yml|sql|css|html|sh|svg|txt)$|(^|\/)(LICENSE|NOTICE|\.gitignore|\.npmrc|\.ci\/run)$/;

export function textFiles(root: string): Map<string, string> {
  const paths = existsSync(join(root, '.git')) ? keptByGit(root) : globSync('**/*', { cwd: root, exclude: ['**/node_modules', '.git', '.zveno', 'coverage'] });
  return new Map(paths.filter((path) => textName.test(path) && existsSync(join(root, path))).map((path) => [path, readFileSync(join(root, path), 'utf8')]));
}

const keptByGit = (root: string): string[] =>
  execFileSync('git', ['ls-files', '-z', '--cached', '--others', '--exclude-standard'], { cwd: root, encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 }).split('\0').filter((path) => path !== '');
