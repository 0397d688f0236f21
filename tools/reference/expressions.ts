import { functionsWith } from '../../src/core/expression/builtins.ts';
import { deviations, refusedFunctions } from '../../src/core/expression/deviations.ts';
import { anchor } from './limits.ts';
import { madeFrom, table, type Generator } from './page.ts';

export const expressionsReference: Generator = {
  name: 'expressions',
  owns: 'docs/reference/expressions.md',
  pages: () => [{ path: 'docs/reference/expressions.md', text: expressionsPage() }],
};

export function expressionsPage(): string {
  const functions = [...functionsWith([])].toSorted(([left], [right]) => (left < right ? -1 : 1));
  return [
    madeFrom('src/core/expression'),
    '# Expressions: functions and deviations',
    'Expressions are JSONata 2. A test evaluates the same expressions by our evaluator and by the `jsonata` package and compares; they differ in what is listed here and in nothing else that is known.',
    '## Deviations',
    table(['subject', 'what differs', 'что отличается'], deviations.map(({ subject, en, ru }) => [code(subject), en, ru])),
    '## Refused functions',
    table(['function', 'failure'], Object.entries(refusedFunctions).map(([name, failure]) => [`\`$${name}\``, `[\`${failure}\`](errors.md#${anchor(failure)})`])),
    '## Functions',
    'Signatures as JSONata writes them: `s` text, `n` number, `b` boolean, `a` array, `o` object, `f` function, `j` any JSON value, `x` anything; `-` the context stands in, `?` may be left out, `+` one or more; after `:` the result.',
    table(['function', 'signature'], functions.map(([name, { signature }]) => [`\`$${name}\``, signature === null ? '' : code(signature)])),
  ].join('\n\n') + '\n';
}

/** Backticks inside a code span need two around it. */
const code = (text: string): string => (text.includes('`') ? `\`\` ${text} \`\`` : `\`${text}\``);
