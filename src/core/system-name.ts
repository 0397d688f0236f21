/** System names of configuration objects: one rule for all of them. */
import { limits } from './limits.ts';

const pattern = /^[A-Za-zА-Яа-яЁё_][0-9A-Za-zА-Яа-яЁё_]*$/;

export const isSystemName = (text: string): boolean => text.length <= limits.systemNameCharacters.value && pattern.test(text);
