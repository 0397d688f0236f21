/** MD4 (RFC 1320), which OpenSSL no longer gives: the first step of an NTLM password, and good for nothing else. Pure. */

const shifts = [[3, 7, 11, 19], [3, 5, 9, 13], [3, 9, 11, 15]] as const;

/** In which order each round takes the words of a block. */
const orders = [
  [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15],
  [0, 4, 8, 12, 1, 5, 9, 13, 2, 6, 10, 14, 3, 7, 11, 15],
  [0, 8, 4, 12, 2, 10, 6, 14, 1, 9, 5, 13, 3, 11, 7, 15],
] as const;

const constants = [0, 0x5a827999, 0x6ed9eba1] as const;

const mixes = [
  (x: number, y: number, z: number): number => (x & y) | (~x & z),
  (x: number, y: number, z: number): number => (x & y) | (x & z) | (y & z),
  (x: number, y: number, z: number): number => x ^ y ^ z,
] as const;

export function md4(message: Uint8Array): Buffer {
  const state = [0x67452301, 0xefcdab89, 0x98badcfe, 0x10325476] as [number, number, number, number];
  const padded = pad(message);
  for (let start = 0; start < padded.length; start += 64) block(state, padded, start);
  const digest = Buffer.alloc(16);
  for (const [index, word] of state.entries()) digest.writeUInt32LE(word >>> 0, index * 4);
  return digest;
}

function block(state: [number, number, number, number], bytes: Buffer, start: number): void {
  let [a, b, c, d] = state;
  for (const round of [0, 1, 2] as const) {
    for (const [step, word] of orders[round].entries()) {
      const sum = a + mixes[round](b, c, d) + bytes.readUInt32LE(start + word * 4) + constants[round];
      [a, d, c, b] = [d, c, b, rotated(sum | 0, shifts[round][step % 4] ?? 0)];
    }
  }
  state[0] = (state[0] + a) | 0;
  state[1] = (state[1] + b) | 0;
  state[2] = (state[2] + c) | 0;
  state[3] = (state[3] + d) | 0;
}

const rotated = (word: number, by: number): number => (word << by) | (word >>> (32 - by));

/** A one, zeros, and the length in bits. */
function pad(message: Uint8Array): Buffer {
  const padded = Buffer.alloc((Math.floor((message.length + 8) / 64) + 1) * 64);
  padded.set(message);
  padded[message.length] = 0x80;
  padded.writeBigUInt64LE(BigInt(message.length) * 8n, padded.length - 8);
  return padded;
}
