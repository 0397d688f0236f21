/**
 * Builds `dist/`, what the published package runs: `node tools/build.ts`. Node strips no types below node_modules,
 * so the compiler writes JavaScript of the modules that the programs reach; the files that they read go along.
 * `npm pack` calls it with `--for-package` before and `--after-package` after.
 */
import { cpSync, mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { runProgram } from './program.ts';
import { shrinkwrapOf } from './shrinkwrap.ts';
import { projectPaths } from './text-files.ts';

const root = dirname(import.meta.dirname);
const dist = join(root, 'dist');
const shrinkwrap = join(root, 'npm-shrinkwrap.json');

/** What programs read beside their modules. Documentation and material of tests stay at home. */
const isRead = (path: string): boolean => /^(src|demo)\//.test(path) && !/\.(ts|md)$/.test(path) && !path.includes('/testing/');

export async function build(): Promise<void> {
  rmSync(dist, { recursive: true, force: true });
  const { code, output } = await runProgram(root, [join(root, 'node_modules/typescript/bin/tsc'), '-p', 'tsconfig.build.json'], { show: true });
  if (code !== 0) throw new Error(`the compiler refused the build: ${output}`);
  for (const path of ['package.json', ...projectPaths(root).filter(isRead)]) {
    mkdirSync(dirname(join(dist, path)), { recursive: true });
    cpSync(join(root, path), join(dist, path));
  }
}

if (import.meta.main) {
  // npm obeys a shrinkwrap before the lock file, so one must never be left lying here.
  rmSync(shrinkwrap, { force: true });
  if (!process.argv.includes('--after-package')) await build();
  if (process.argv.includes('--for-package')) writeFileSync(shrinkwrap, shrinkwrapOf(readFileSync(join(root, 'package-lock.json'), 'utf8')));
}
