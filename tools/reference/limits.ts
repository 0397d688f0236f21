import { limits, type Limit } from '../../src/core/limits.ts';
import { madeFrom, table, type Generator } from './page.ts';

const KiB = 1024;

export const limitsReference: Generator = {
  name: 'limits',
  owns: 'docs/reference/limits.md',
  pages: () => [{ path: 'docs/reference/limits.md', text: limitsPage(limits) }],
};

export function limitsPage(rows: Readonly<Record<string, Limit>>): string {
  const body = Object.entries(rows).map(([name, limit]) => [`\`${name}\``, amount(limit), `[\`${limit.code}\`](errors.md#${anchor(limit.code)})`, limit.about]);
  return `${madeFrom('src/core/limits.ts')}\n\n# Limits\n\nEverything that could grow has a bound. What happens when one is passed is a failure with a code.\n\n${table(['limit', 'value', 'failure', 'about'], body)}\n`;
}

/** Limits whose code no row of the catalogue explains: whoever passes one would be told nothing. */
export const limitsWithoutFailure = (rows: Readonly<Record<string, Limit>>, codes: Readonly<Record<string, unknown>>): string[] =>
  Object.entries(rows).filter(([, { code }]) => !Object.hasOwn(codes, code)).map(([name, { code }]) => `src/core/limits.ts: ${name} names ${code}, which src/core/errors/ does not have`);

/** The anchor that Markdown viewers make of a heading. */
export const anchor = (heading: string): string => heading.toLowerCase().replaceAll(/[^\p{L}\p{N}_ -]/gu, '').replaceAll(' ', '-');

function amount({ value, unit }: Limit): string {
  if (unit === 'bytes') return value % (KiB * KiB) === 0 ? `${value / KiB / KiB} MiB` : value % KiB === 0 ? `${value / KiB} KiB` : `${value} bytes`;
  if (unit === 'ms') return value % 1_000 === 0 ? `${value / 1_000} s` : `${value} ms`;
  const digits = String(value).replaceAll(/\B(?=(\d{3})+$)/g, ',');
  return unit === 'days' || unit === 'characters' ? `${digits} ${unit}` : digits;
}
