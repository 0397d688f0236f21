/** All functions that an expression knows by name. */
import { collectionFunctions } from './functions/collection.ts';
import { durationFunctions } from './functions/duration.ts';
import { numericFunctions } from './functions/numeric.ts';
import { textFunctions } from './functions/text.ts';
import { timeFunctions } from './functions/time.ts';
import { prepared, type Native, type PreparedNative } from './native.ts';

const standard: ReadonlyMap<string, PreparedNative> = named([...numericFunctions, ...textFunctions, ...collectionFunctions, ...timeFunctions, ...durationFunctions]);

/** The built-in functions, with those of the platform's caller added or put in their place. */
export function functionsWith(more: readonly Native[]): ReadonlyMap<string, PreparedNative> {
  return more.length === 0 ? standard : new Map([...standard, ...named(more)]);
}

function named(natives: readonly Native[]): ReadonlyMap<string, PreparedNative> {
  return new Map(natives.map((native) => [native.name, prepared(native)]));
}
