import { functionsWith } from '../../src/core/expression/builtins.ts';
import { deviations, type Deviation } from '../../src/core/expression/deviations.ts';
import { madeFrom, table, type Generator } from './page.ts';

export const expressionsReference: Generator = {
  name: 'expressions',
  owns: 'docs/reference/expressions.md',
  pages: () => [{ path: 'docs/reference/expressions.md', text: expressionsPage(deviations) }],
};

export function expressionsPage(rows: readonly Deviation[]): string {
  const functions = [...functionsWith([]).values()].map(({ name, signature }) => [`\`$${name}\``, `\`${signature}\``]).sort(([left = ''], [right = '']) => (left < right ? -1 : 1));
  const differences = rows.map(({ subject, en, ru }) => [`\`${subject}\``, en, ru]);
  const text = 'Expressions are JSONata 2. What is listed under deviations differs from its own interpreter; all else agrees, which a test compares on random expressions.';
  return `${madeFrom('src/core/expression/')}\n\n# Expressions\n\n${text}\n\n## Functions\n\n${table(['function', 'signature'], functions)}\n\n## Deviations\n\n${table(['subject', 'en', 'ru'], differences)}\n`;
}
