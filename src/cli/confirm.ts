/** Asks a person at a terminal; without one the answer is no. A production is agreed to by its name. */
import { createInterface } from 'node:readline/promises';
import { isProduction } from '../core/configuration/environment.ts';
import type { Surroundings } from './surroundings.ts';

export async function confirmed({ input, tell, lang, signal }: Surroundings, environment: string | null): Promise<boolean> {
  if (input.isTTY !== true) return false;
  const named = environment !== null && isProduction(environment) ? environment : null;
  if (named === null) tell(lang === 'ru' ? 'Применить? (да/нет) ' : 'Apply? (yes/no) ');
  else tell(lang === 'ru' ? `Применить к стенду «${named}»? Наберите его имя: ` : `Apply to the environment "${named}"? Type its name: `);
  const lines = createInterface({ input, signal });
  try {
    for await (const line of lines) return named === null ? /^(y|yes|д|да)$/i.test(line.trim()) : line.trim() === named;
    return false;
  } finally {
    lines.close();
  }
}
