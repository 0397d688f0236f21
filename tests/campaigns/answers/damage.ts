/** Spoils an honest answer as links, proxies and programs do: cut, flipped, doubled, moved, written in another encoding. Drawn by a seed. */
import { gzipSync } from 'node:zlib';

export interface Answer {
  type: string;
  body: Uint8Array;
  headers?: Readonly<Record<string, string>>;
}

export type Damage = 'cut' | 'flip' | 'double' | 'drop' | 'swap' | 'insert' | 'reencode' | 'relabel' | 'token';

export const damages: readonly Damage[] = ['cut', 'flip', 'double', 'drop', 'swap', 'insert', 'reencode', 'relabel', 'token'];

/** Whole numbers below a bound, the same for the same seed. */
export function drawing(seed: number): (below: number) => number {
  let state = seed >>> 0;
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0;
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state);
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed);
    return ((mixed ^ (mixed >>> 14)) >>> 0) % Math.max(1, below);
  };
}

const labels = ['text/html', 'application/json;charset=windows-1251', 'application/atom+xml', 'multipart/mixed; boundary=x', 'application/xml', ''];
const tokens = ['null', '{}', '[]', '""', '1e9999', '-0', 'true', '<a/>', '</d:element>', '{"value":[', ']}', '&lol;', '\u0000', '\uFFFF', '"odata.error":{"code":"-1"},', '"@odata.nextLink":"Items",'];

export function damaged(answer: Answer, damage: Damage, draw: (below: number) => number): Answer {
  const bytes = Buffer.from(answer.body);
  const at = draw(bytes.length);
  const length = 1 + draw(Math.min(200, bytes.length));
  const piece = bytes.subarray(at, at + length);
  const [before, after] = [bytes.subarray(0, at), bytes.subarray(at + length)];
  switch (damage) {
    case 'cut': return { ...answer, body: before };
    case 'flip': return { ...answer, body: Buffer.concat([before, Uint8Array.from([(bytes[at] ?? 0) ^ (1 << draw(8))]), bytes.subarray(at + 1)]) };
    case 'double': return { ...answer, body: Buffer.concat([before, piece, piece, after]) };
    case 'drop': return { ...answer, body: Buffer.concat([before, after]) };
    case 'swap': return { ...answer, body: Buffer.concat([before, piece.toReversed(), after]) };
    case 'insert': return { ...answer, body: Buffer.concat([before, Uint8Array.from({ length: 1 + draw(8) }, () => draw(256)), bytes.subarray(at)]) };
    case 'token': return { ...answer, body: Buffer.concat([before, Buffer.from(tokens[draw(tokens.length)] ?? ''), bytes.subarray(at)]) };
    case 'relabel': return { ...answer, type: labels[draw(labels.length)] ?? '' };
    case 'reencode': return reencoded(answer, bytes, draw(4));
  }
}

function reencoded(answer: Answer, bytes: Buffer, way: number): Answer {
  switch (way) {
    case 0: return { ...answer, body: Buffer.from(bytes.toString('utf8'), 'utf16le') };
    case 1: return { ...answer, body: Buffer.from(bytes.toString('utf8'), 'latin1') };
    case 2: return { ...answer, body: gzipSync(bytes) };
    default: return { ...answer, body: bytes, headers: { 'content-encoding': 'gzip' } };
  }
}
