/** The commands of a guide page, and what the page says they print. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { root } from './guide-examples.ts';

export interface Command {
  place: string;
  script: string;
  /** Lines that have to be in what it prints, in this order; `…` stands for anything. */
  expected: readonly string[];
  /** Repeated until it prints that. */
  eventually: boolean;
}

/**
 * A fence `sh` is run, and the fence `text` after it is compared. `sh setup` comes before each command of its page;
 * `sh eventually` is repeated. Fences of other kinds, such as `console`, are only read.
 */
export function guideCommands(page: string): readonly Command[] {
  const text = readFileSync(join(root, page), 'utf8');
  const commands: Command[] = [];
  let setup = '';
  for (const match of text.matchAll(/^```(sh|text) *(\w*)\n([\s\S]*?)^```$/gm)) {
    const [, language, mark, body = ''] = match;
    const last = commands.at(-1);
    if (language === 'text' && last !== undefined) commands[commands.length - 1] = { ...last, expected: [...last.expected, ...body.trim().split('\n')] };
    else if (mark === 'setup') setup = body;
    else if (language === 'sh') commands.push({ place: `${page}:${text.slice(0, match.index).split('\n').length}`, script: setup + body, expected: [], eventually: mark === 'eventually' });
  }
  return commands;
}

/** The first line that is not there; null when all are. */
export function missingLine(printed: string, expected: readonly string[]): string | null {
  let from = 0;
  for (const line of expected) {
    const pattern = new RegExp(line.trim().split('…').map((part) => part.replaceAll(/[$()*+.?[\\\]^{|}]/g, '\\$&')).join('[^\\n]*?'), 'u');
    const found = pattern.exec(printed.slice(from));
    if (found === null) return line;
    from += found.index + found[0].length;
  }
  return null;
}
