/** One source file as the checks see it: its text, its syntax tree and what it imports. Parsed by oxc, never by pattern. */
import { parseSync, Visitor, type Comment, type Program } from 'oxc-parser';

export interface SourceFile {
  /** Path from the project's root, with `/`. */
  path: string;
  text: string;
  program: Program;
  comments: readonly Comment[];
  imports: readonly Import[];
}

export interface Import {
  /** As written: `./limits.ts`, `pg`, `node:fs`. */
  specifier: string;
  /** Erased before the code runs. */
  typeOnly: boolean;
  line: number;
}

/** Throws with the place when the text cannot be parsed: a file that is not understood is not checked. */
export function sourceFile(path: string, text: string): SourceFile {
  const parsed = parseSync(path, text);
  const [error] = parsed.errors;
  if (error) throw new Error(`${path}:${lineOf(text, error.labels[0]?.start ?? 0)} cannot be parsed: ${error.message}`);
  const imports: Import[] = [];
  const add = (specifier: string, typeOnly: boolean, at: number): void => {
    imports.push({ specifier, typeOnly, line: lineOf(text, at) });
  };
  for (const row of parsed.module.staticImports) {
    add(row.moduleRequest.value, row.entries.length > 0 && row.entries.every((entry) => entry.isType), row.start);
  }
  for (const row of parsed.module.staticExports) {
    for (const entry of row.entries) if (entry.moduleRequest) add(entry.moduleRequest.value, entry.isType, row.start);
  }
  new Visitor({
    ImportExpression(node) {
      if (node.source.type === 'Literal' && typeof node.source.value === 'string') add(node.source.value, false, node.start);
    },
    TSImportType(node) {
      add(node.source.value, true, node.start);
    },
    // `new URL('./worker.ts', import.meta.url)` is how a worker or a child process names its module.
    NewExpression(node) {
      if (node.callee.type !== 'Identifier' || node.callee.name !== 'URL' || node.arguments.length !== 2) return;
      const [target] = node.arguments;
      if (target?.type === 'Literal' && typeof target.value === 'string' && /\.[cm]?[jt]sx?$/.test(target.value)) add(relative(target.value), false, node.start);
    },
  }).visit(parsed.program);
  return { path, text, program: parsed.program, comments: parsed.comments, imports };
}

/** An address beside a module needs no `./`, an import does. */
const relative = (address: string): string => (/^(\.{1,2}\/|\/|[a-z]+:)/.test(address) ? address : `./${address}`);

/** Lines count from 1. */
export function lineOf(text: string, offset: number): number {
  let line = 1;
  for (let at = text.indexOf('\n'); at !== -1 && at < offset; at = text.indexOf('\n', at + 1)) line += 1;
  return line;
}
