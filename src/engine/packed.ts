/** Values as bytes in the journal, exact numbers included. */
import { packValue, unpackValue } from '../core/value-pack.ts';
import type { Value } from '../core/value.ts';

export const packedText = (value: Value): string => JSON.stringify(packValue(value));

export const packedBytes = (value: Value): Uint8Array => new TextEncoder().encode(packedText(value));

/** Reads only what the functions above wrote. */
export const unpackedBytes = (bytes: Uint8Array): Value => unpackValue(JSON.parse(new TextDecoder().decode(bytes)) as Value);
