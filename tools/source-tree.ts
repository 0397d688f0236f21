/** All source files of the project and how they import each other. */
import { globSync, readdirSync, readFileSync } from 'node:fs';
import { join, posix } from 'node:path';
import { sourceFile, type Import, type SourceFile } from './source-file.ts';

export interface SourceTree {
  root: string;
  files: ReadonlyMap<string, SourceFile>;
  /** What each file imports of the project, and what it names but does not exist. */
  edges: readonly Edge[];
}

export interface Edge extends Import {
  from: string;
  /** A path of the tree for a relative import, undefined for a package or a built-in module. */
  to: string | undefined;
}

export const sourceFolders = ['src', 'tests', 'bench', 'tools', 'demo', 'ui', 'bin'] as const;
const sourceName = /\.(ts|tsx|mts|mjs|js|jsx)$/;
const skipped = new Set(['node_modules', 'dist', 'coverage']);

/** Reads the tree below `root`. Fails when two independent ways of counting its files differ, because then some go unchecked. */
export function sourceTree(root: string): SourceTree {
  const paths = sourceFolders.flatMap((folder) => walk(root, folder));
  const counted = globSync(sourceFolders.map((folder) => `${folder}/**/*`), { cwd: root, exclude: (path) => skipped.has(posix.basename(path)) });
  const expected = counted.filter((path) => sourceName.test(path)).length;
  const files = new Map(paths.map((path) => [path, sourceFile(path, readFileSync(join(root, path), 'utf8'))]));
  if (files.size === 0) throw new Error(`no source files below ${root}`);
  if (files.size !== expected) throw new Error(`${files.size} modules read, but ${expected} source files counted below ${root}`);
  return { root, files, edges: [...files.values()].flatMap((file) => edgesOf(file, files)) };
}

function walk(root: string, folder: string): string[] {
  return entriesOf(join(root, folder)).flatMap((entry) => {
    const path = `${folder}/${entry.name}`;
    if (entry.isDirectory()) return skipped.has(entry.name) ? [] : walk(root, path);
    return sourceName.test(entry.name) ? [path] : [];
  });
}

function entriesOf(folder: string): { name: string; isDirectory(): boolean }[] {
  try {
    return readdirSync(folder, { withFileTypes: true }).toSorted((a, b) => (a.name < b.name ? -1 : 1));
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return [];
    throw error;
  }
}

function edgesOf(file: SourceFile, files: ReadonlyMap<string, SourceFile>): Edge[] {
  return file.imports.map((one) => ({ ...one, from: file.path, to: one.specifier.startsWith('.') ? resolve(file.path, one.specifier, files) : undefined }));
}

/** The interface is built by a bundler and may leave endings out; the rest writes them. */
function resolve(from: string, specifier: string, files: ReadonlyMap<string, SourceFile>): string {
  const path = posix.normalize(posix.join(posix.dirname(from), specifier));
  return ['', '.ts', '.tsx', '/index.ts', '/index.tsx'].map((ending) => path + ending).find((candidate) => files.has(candidate)) ?? path;
}
