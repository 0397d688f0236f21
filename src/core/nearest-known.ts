import { nearestName } from './nearest-name.ts';

const listed = 5;

/** What to offer instead of an unknown name: the nearest known one, else the first few; never an empty text. */
export function nearestKnown(name: string, known: readonly string[]): string {
  const nearest = nearestName(name, known);
  if (nearest !== undefined) return nearest;
  if (known.length === 0) return '–';
  return known.slice(0, listed).join(', ') + (known.length > listed ? ', …' : '');
}
