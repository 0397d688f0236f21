/** Rows of a stored table file from a place in it: no more of the file is in memory than they take. */
import { parse } from 'csv-parse/sync';
import { failure, type FailureData } from '../../core/failure.ts';
import { formulaUnmarked } from '../../core/import/formula-mark.ts';
import { rowEnds } from '../../core/import/table-text.ts';
import { limits } from '../../core/limits.ts';

export interface TableRow {
  /** As a person counts the rows of the file, headers included. */
  number: number;
  source: string;
  /** Offset behind it. */
  end: number;
  cells: readonly string[];
  /** Why it is no row. */
  problem: FailureData | null;
}

export interface RowsRead {
  rows: readonly TableRow[];
  /** Offset behind them, and the number of the row there. */
  end: number;
  next: number;
  isLast: boolean;
}

export type ReadPart = (offset: number, length: number) => Promise<Uint8Array>;

export interface RowsFrom {
  offset: number;
  /** Number of the first row. */
  row: number;
  most: number;
  separator: string;
  fileBytes: number;
}

const firstWindow = 128 * 1024;

/** Throws `import.rowTooLong`. Empty rows are left out, but counted. */
export async function readRows(read: ReadPart, { offset, row, most, separator, fileBytes }: RowsFrom): Promise<RowsRead> {
  for (let window = firstWindow; ; window *= 4) {
    const bytes = await read(offset, window);
    const isEnd = offset + bytes.length >= fileBytes;
    const ends = rowEnds(bytes, most, isEnd);
    if (ends.length === 0 && !isEnd) {
      if (window < limits.importRowBytes.value) continue;
      throw failure('import.rowTooLong', { row, limit: limits.importRowBytes.value });
    }
    const text = new TextDecoder();
    const rows = ends.flatMap((end, index) => parsed(text.decode(bytes.subarray(ends[index - 1] ?? 0, end)), { number: row + index, end: offset + end, separator }));
    const behind = offset + (ends.at(-1) ?? 0);
    return { rows, end: behind, next: row + ends.length, isLast: behind >= fileBytes };
  }
}

function parsed(line: string, { number, end, separator }: { number: number; end: number; separator: string }): readonly TableRow[] {
  const source = line.replace(/\r?\n$/, '');
  if (source.trim() === '') return [];
  try {
    const [cells = []] = parse(source, { delimiter: separator, relax_column_count: true });
    return [{ number, source, end, cells: cells.map(formulaUnmarked), problem: null }];
  } catch (error) {
    const detail = error instanceof Error ? error.message.slice(0, 200) : '';
    return [{ number, source, end, cells: [], problem: failure('import.row', { detail }).toData() }];
  }
}
