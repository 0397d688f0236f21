/** System names of configuration objects: one rule for all of them. */
import { failure } from './failure.ts';
import { limits } from './limits.ts';

const pattern = /^[A-Za-zА-Яа-яЁё_][0-9A-Za-zА-Яа-яЁё_]*$/;

export const isSystemName = (text: string): boolean => text.length <= limits.systemNameCharacters.value && pattern.test(text);

/** Returns the name, or throws `config.systemName`. */
export function systemName(text: string): string {
  if (!isSystemName(text)) throw failure('config.systemName', { name: text.slice(0, 80) });
  return text;
}
