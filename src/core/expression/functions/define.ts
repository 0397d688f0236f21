/** How built-in functions are written down, and what many of them need. */
import { failure } from '../../failure.ts';
import type { FunctionItem} from '../item.ts';
import { shown, type Item, type List, type Site, type Runtime } from '../item.ts';
import type { Native } from '../native.ts';

export const native = (name: string, signature: string, arity: number, run: Native['run']): Native => ({ name, signature, arity, run });

/** A built-in that is missing when its first argument is. */
export const strict = (name: string, signature: string, arity: number, run: Native['run']): Native =>
  native(name, signature, arity, (args, runtime, site) => (args[0] === undefined ? undefined : run(args, runtime, site)));

/** A built-in of one text. */
export const ofText = (name: string, run: (text: string, runtime: Runtime, site: Site) => Item): Native =>
  strict(name, '<s-:x>', 1, (args, runtime, site) => run(args[0] as string, runtime, site)); // the signature says so

export const callFailed = (site: Site, detail: string): Error => failure('expression.call', { name: site.name, position: site.position, detail });

export const wrongArgument = (site: Site, index: number, expected: string, found: Item): Error =>
  failure('expression.argument', { name: site.name, position: site.position, index, expected, found: shown(found) });

/** Arguments for the function given to a higher-order function: as many as it takes. */
export function callbackArgs(callback: FunctionItem, value: Item, key: Item, whole: Item): Item[] {
  if (callback.$arity >= 3) return [value, key, whole];
  return callback.$arity === 2 ? [value, key] : [value];
}

export const listOf = (item: Item): List => (Array.isArray(item) ? item : item === undefined ? [] : [item]);
