/** In a LIKE pattern these three stand for themselves only behind a backslash. */
export const escapedLike = (text: string): string => text.replace(/[\\%_]/g, '\\$&');
