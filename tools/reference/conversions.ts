/** The table of conversions between types of attributes. */
import { conversionWay, refusal, type ConvertibleType } from '../../src/core/attribute-conversion.ts';
import { scalarTypes } from '../../src/core/template.ts';
import type { Generator } from './page.ts';

const types: readonly ConvertibleType[] = [...scalarTypes, 'record'];

export const conversionsReference: Generator = {
  name: 'conversions',
  owns: 'docs/reference/conversions.md',
  pages: () => Promise.resolve([{ path: 'docs/reference/conversions.md', text: page() }]),
};

function page(): string {
  const rows = types.flatMap((from) => types.map((to) => `| \`${from}\` | \`${to}\` | ${conversionWay(from, to)?.how.en ?? refusal.en} | ${conversionWay(from, to)?.how.ru ?? refusal.ru} |`));
  return `# Conversions of attribute types\n\nGenerated from \`src/core/attribute-conversion.ts\`. What becomes of stored values when a template gives an attribute another type, fewer values of an enum or fewer decimals. A value that does not fit is empty afterwards; the plan says how many there are, with examples.\n\n| from | to | how | как |\n|---|---|---|---|\n${rows.join('\n')}\n`;
}
