/** The longest files and functions: where to ask "does it have one noun?". */
import { Visitor } from 'oxc-parser';
import { lineOf, type SourceFile } from './source-file.ts';

export interface Length {
  name: string;
  lines: number;
}

const shown = 10;
const longestFirst = (rows: readonly Length[]): Length[] => rows.toSorted((a, b) => b.lines - a.lines || (a.name < b.name ? -1 : 1)).slice(0, shown);

export const longestFiles = (files: Iterable<SourceFile>): Length[] =>
  longestFirst([...files].map((file) => ({ name: file.path, lines: lineOf(file.text, file.text.length) })));

export const longestFunctions = (files: Iterable<SourceFile>): Length[] => longestFirst([...files].flatMap(functionsOf));

/** A function of a test that only holds tests is a list, not a function, so test files are left out. */
function functionsOf(file: SourceFile): Length[] {
  if (/\.test\.tsx?$/.test(file.path)) return [];
  const rows: Length[] = [];
  const add = (node: { start: number; end: number }, name: string | undefined): void => {
    const first = lineOf(file.text, node.start);
    rows.push({ name: `${file.path}:${first} ${name ?? '(unnamed)'}`, lines: lineOf(file.text, node.end) - first + 1 });
  };
  const named = new Map<number, string>();
  new Visitor({
    VariableDeclarator(node) {
      if (node.init && node.id.type === 'Identifier') named.set(node.init.start, node.id.name);
    },
    MethodDefinition(node) {
      if (node.key.type === 'Identifier') named.set(node.value.start, node.key.name);
    },
    Property(node) {
      if (node.key.type === 'Identifier') named.set(node.value.start, node.key.name);
    },
    FunctionDeclaration(node) {
      add(node, node.id?.name);
    },
    FunctionExpression(node) {
      add(node, node.id?.name ?? named.get(node.start));
    },
    ArrowFunctionExpression(node) {
      add(node, named.get(node.start));
    },
  }).visit(file.program);
  return rows;
}
