/** Bodies on their way into the journal: small ones in the row, large ones in the blob store. */
import { printJson } from '../core/json.ts';
import { limits } from '../core/limits.ts';
import type { Payload } from '../core/effect-set.ts';
import type { Store } from '../core/store-port.ts';
import type { Value } from '../core/value.ts';

const encoder = new TextEncoder();

export async function payloadOf(bytes: Uint8Array, store: Pick<Store, 'storeBlob'>): Promise<Payload> {
  if (bytes.byteLength <= limits.inlinePayloadBytes.value) return { kind: 'bytes', bytes };
  return store.storeBlob(bytes);
}

export const jsonBytes = (value: Value): Uint8Array => encoder.encode(printJson(value));
