/** The part of a file that a client asks for. */
import { failure } from '../../core/failure.ts';

/** Of several parts, or of what cannot be read, the whole is sent, as a server may. Throws `http.range` for a part that is not there. */
export function rangeOf(header: string | undefined, size: number): { from: number; to: number } | null {
  const parts = /^bytes=(\d{0,15})-(\d{0,15})$/.exec(header?.trim() ?? '');
  const [first, last] = [parts?.[1] ?? '', parts?.[2] ?? ''];
  if (parts === null || (first === '' && last === '')) return null;
  const from = first === '' ? Math.max(0, size - Number(last)) : Number(first);
  const to = first === '' || last === '' ? size - 1 : Math.min(Number(last), size - 1);
  if (from >= size || from > to) throw failure('http.range', { size });
  return { from, to };
}
