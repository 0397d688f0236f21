/** One row of a table file that goes out. */
import { stringify } from 'csv-stringify/sync';
import { Decimal } from '../../core/decimal.ts';
import { formulaMarked } from '../../core/import/formula-mark.ts';
import type { Scalar } from '../../core/template.ts';

export type Cell = Scalar | readonly string[];

export const csvLine = (cells: readonly Cell[], separator: string): string => stringify([cells.map(cellText)], { delimiter: separator });

/** A text that a spreadsheet would take for a formula is marked as a text; numbers are what they are. */
function cellText(cell: Cell): string {
  if (cell === null) return '';
  if (cell instanceof Decimal) return cell.toFixed();
  if (typeof cell === 'boolean') return String(cell);
  const text = typeof cell === 'string' ? cell : cell.join(' ');
  return formulaMarked(text);
}
