/**
 * A text that a spreadsheet would take for a formula goes out with an apostrophe before it, and comes in without. A text that
 * begins with apostrophes before such a sign gets one more, so that what comes in is always what went out. Pure.
 */
export const formulaMarked = (text: string): string => (/^'*[=+\-@\t\r]/.test(text) ? `'${text}` : text);

export const formulaUnmarked = (cell: string): string => (/^'+[=+\-@\t\r]/.test(cell) ? cell.slice(1) : cell);
