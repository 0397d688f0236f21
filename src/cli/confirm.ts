/** Asks a person at a terminal; without one the answer is no. */
import { createInterface } from 'node:readline/promises';
import type { Surroundings } from './surroundings.ts';

export async function confirmed({ input, tell, lang, signal }: Surroundings): Promise<boolean> {
  if (input.isTTY !== true) return false;
  tell(lang === 'ru' ? 'Применить? (да/нет) ' : 'Apply? (yes/no) ');
  const lines = createInterface({ input, signal });
  try {
    for await (const line of lines) return /^(y|yes|д|да)$/i.test(line.trim());
    return false;
  } finally {
    lines.close();
  }
}
