/** What makes two bodies the same: every byte of them. */
import { createHash } from 'node:crypto';
import type { Value } from '../core/value.ts';
import { packedText } from './packed.ts';

export const bodyHash = (bytes: Uint8Array): Uint8Array => createHash('sha256').update(bytes).digest();

/** Two requests are the same when their route and message are. */
export const requestHash = (route: string, message: Value): Uint8Array => createHash('sha256').update(`${route}\n${packedText(message)}`).digest();

export const sameHash = (a: Uint8Array, b: Uint8Array): boolean => a.length === b.length && a.every((byte, index) => byte === b[index]);
