/** A generated file: where it lies and what is in it. */
export interface Page {
  /** From the project's root. */
  path: string;
  text: string;
}

/** One source of generated files; it owns its folder or file, so that a page without a source any more is noticed. */
export interface Generator {
  name: string;
  /** What it owns: a file, or a folder with a `/` at the end. */
  owns: string;
  pages(root: string): Page[] | Promise<Page[]>;
}

export const madeFrom = (source: string): string => `<!-- Generated from ${source} by "npm run reference"; changes here are lost. -->`;

/** A row of a Markdown table; what would end a cell is escaped. */
export const row = (cells: readonly string[]): string => `| ${cells.map((cell) => cell.replaceAll('|', '\\|').replaceAll('\n', ' ')).join(' | ')} |`;

export const table = (head: readonly string[], rows: readonly (readonly string[])[]): string =>
  [row(head), row(head.map(() => '---')), ...rows.map(row)].join('\n');
