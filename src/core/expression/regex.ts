/** Regular expressions in linear time. A regular expression is a function from a text to its first match. */
import { RE2JS } from 're2js';
import { failure } from '../failure.ts';
import { FunctionItem, isMembers, isNumber, type Item, type Members, type Site, type Runtime } from './item.ts';

export interface Match {
  text: string;
  start: number;
  end: number;
  groups: readonly (string | undefined)[];
  /** The next match after this one. */
  next(): Match | undefined;
}

export class RegexItem extends FunctionItem {
  readonly $engine: RE2JS;
  readonly $position: number;
  /** The same in the engine of the language, when that cannot take long either. */
  readonly $native: RegExp | null;

  constructor(engine: RE2JS, position: number, native: RegExp | null = null) {
    super(2, (args, _context, _runtime, site) => (typeof args[0] === 'string' ? matchItem(this.firstMatch(args[0], 0, site)) : undefined));
    this.$engine = engine;
    this.$native = native;
    this.$position = position;
  }

  firstMatch(text: string, from: number, site: Site): Match | undefined {
    const matcher = this.$engine.matcher(text);
    if (!matcher.find(from)) return undefined;
    const start = matcher.start();
    const end = matcher.end();
    const groups: (string | undefined)[] = [];
    for (let index = 1; index <= matcher.groupCount(); index++) groups.push(matcher.group(index) ?? undefined);
    return { text: text.slice(start, end), start, end, groups, next: () => this.matchAfter(text, end, site) };
  }

  private matchAfter(text: string, from: number, site: Site): Match | undefined {
    if (from >= text.length) return undefined;
    const next = this.firstMatch(text, from, site);
    // A match without length would come for ever.
    if (next?.text === '') throw failure('expression.call', { name: site.name, position: this.$position, detail: 'the regular expression matches an empty text' });
    return next;
  }
}

/** Failure: expression.syntax for what the linear-time engine does not know (look-around, back references). */
export function compileRegex(pattern: string, flags: string, position: number): RE2JS {
  const bits = (flags.includes('i') ? RE2JS.CASE_INSENSITIVE : 0) | (flags.includes('m') ? RE2JS.MULTILINE : 0);
  try {
    return RE2JS.compile(RE2JS.translateRegExp(pattern), bits);
  } catch (cause) {
    throw failure('expression.syntax', { position, detail: `the regular expression /${pattern.slice(0, 80)}/ is not supported: ${cause instanceof Error ? cause.message : String(cause)}` }, { cause });
  }
}

/**
 * One character class, once or repeated, such as `[^0-9]+` or `\d`: nothing to go back to, so every engine is linear,
 * and for ASCII classes all agree. Null for anything else.
 */
export function simpleRegex(pattern: string, flags: string): RegExp | null {
  return flags === '' && simpleClass.test(pattern) ? new RegExp(pattern, 'gu') : null;
}

const simpleClass = /^(?:\\[dD]|\[\^?(?:[A-Za-z0-9 _.,:;@#%&=+](?:-[A-Za-z0-9])?|\\[d.\-/])+\])\+?$/;

/** First match by a regular expression or by a function that gives objects of the same shape. */
export function firstMatch(matcher: FunctionItem, text: string, runtime: Runtime, site: Site): Match | undefined {
  if (matcher instanceof RegexItem) return matcher.firstMatch(text, 0, site);
  return matchOf(runtime.call(matcher, [text], null, site), runtime, site);
}

function matchOf(item: Item, runtime: Runtime, site: Site): Match | undefined {
  if (item === undefined) return undefined;
  if (!isMembers(item)) throw badMatcher(site);
  const { match, start, end, groups, next } = item;
  if (typeof match !== 'string' || !isNumber(start) || !isNumber(end)) throw badMatcher(site);
  return {
    text: match,
    start: Number(start),
    end: Number(end),
    groups: Array.isArray(groups) ? groups.map((group) => (typeof group === 'string' ? group : undefined)) : [],
    next: () => (next instanceof FunctionItem ? matchOf(runtime.call(next, [], null, site), runtime, site) : undefined),
  };
}

const badMatcher = (site: Site): Error =>
  failure('expression.call', { name: site.name, position: site.position, detail: 'the matching function must return an object with match, start, end, groups and next' });

function matchItem(match: Match | undefined): Members | undefined {
  if (match === undefined) return undefined;
  return { match: match.text, start: match.start, end: match.end, groups: [...match.groups], next: new FunctionItem(0, () => matchItem(match.next())) };
}
