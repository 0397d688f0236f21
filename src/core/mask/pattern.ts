/**
 * The mini-language of custom masks, such as `d{2}:d{2}:d{6,7}:d*`. A letter stands for a kind of character:
 * `d` a digit, `L` a Latin letter, `R` a Russian one, `w` a letter or digit, `.` any character; everything else is itself,
 * and a backslash makes a letter itself. After it `{n}`, `{n,m}`, `?`, `*` and `+` say how often.
 * It becomes a regular expression of the linear-time engine, so no text takes long.
 */
import { compileRegex } from '../expression/regex.ts';
import { limits } from '../limits.ts';

const classes: Readonly<Record<string, { regex: string; sample: string }>> = {
  d: { regex: '[0-9]', sample: '7' },
  L: { regex: '[A-Za-z]', sample: 'A' },
  R: { regex: '[А-Яа-яЁё]', sample: 'Я' },
  w: { regex: '[0-9A-Za-zА-Яа-яЁё]', sample: 'A' },
  '.': { regex: '[^\\x00-\\x1f]', sample: 'x' },
};

type Engine = ReturnType<typeof compileRegex>;

/** What was compiled of a mask lives as long as the mask; it is the same whoever asks. */
const engines = new WeakMap<PatternMask, Engine>();

export interface PatternMask {
  /** Checked by `patternProblem`. */
  pattern: string;
}

export function matchesPattern(mask: PatternMask, text: string): boolean {
  const engine = engines.get(mask) ?? compileRegex(regexOf(mask.pattern), '', 0);
  engines.set(mask, engine);
  return engine.matcher(text).matches();
}

/** What is wrong with a pattern: the place, counted from one, or undefined when nothing is. */
export function patternProblem(pattern: string): string | undefined {
  if (pattern === '' || pattern.length > limits.patternCharacters.value) return `1…${limits.patternCharacters.value}`;
  const at = readPattern(pattern, () => undefined);
  return at === undefined ? undefined : `${pattern.slice(0, at)}→${pattern.slice(at)}`;
}

/** A text that fits, as short as the pattern allows, but nothing that may be there is left out. */
export function exampleOf(pattern: string): string {
  let text = '';
  readPattern(pattern, ({ sample, least }) => {
    text += sample.repeat(Math.max(least, 1));
  });
  return text;
}

function regexOf(pattern: string): string {
  let regex = '';
  readPattern(pattern, (part) => {
    regex += part.regex;
  });
  return regex;
}

interface Part {
  regex: string;
  sample: string;
  least: number;
}

const repetition = /^(?:[?*+]|\{(\d{1,3})(?:,(\d{1,3}))?\})/;

/** Gives the parts one after another; returns the place of what cannot be read. */
function readPattern(pattern: string, give: (part: Part) => void): number | undefined {
  for (let at = 0; at < pattern.length; ) {
    const escaped = pattern[at] === '\\';
    const character = String.fromCodePoint(pattern.codePointAt(escaped ? at + 1 : at) ?? 0);
    if (character === '\0' || (!escaped && /[?*+{}[\]()|^$]/.test(character))) return at;
    const after = at + (escaped ? 1 : 0) + character.length;
    const times = repetition.exec(pattern.slice(after));
    if (times?.[2] !== undefined && Number(times[2]) < Number(times[1])) return after;
    const kind = escaped ? undefined : classes[character];
    give({ regex: (kind?.regex ?? literal(character)) + (times?.[0] ?? ''), sample: kind?.sample ?? character, least: Number(times?.[1] ?? 1) });
    at = after + (times?.[0].length ?? 0);
  }
  return undefined;
}

const literal = (character: string): string => (/[!-/:-@[-`{-~]/.test(character) ? `\\${character}` : character);
