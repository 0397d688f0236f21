/** A built-in function: data that the compiler and the reference know it by, and what it does. */
import type { Item, Site, Runtime } from './item.ts';
import { Signature } from './signature.ts';

export interface Native {
  name: string;
  /** As JSONata writes it. */
  signature: string;
  /** How many arguments a higher-order function passes to it. */
  arity: number;
  /** Arguments have been checked against the signature. */
  run(args: Item[], runtime: Runtime, site: Site): Item;
}

/** A built-in with its signature read. */
export interface PreparedNative extends Native {
  checker: Signature;
}

export const prepared = (native: Native): PreparedNative => ({ ...native, checker: new Signature(native.signature) });
