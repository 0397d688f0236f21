/** Bytes that come in pieces and are wanted as one. */

export interface ByteCollector {
  readonly length: number;
  add(piece: Uint8Array): void;
  textFrom(start: number): string;
  /** Hands out what has come, and begins anew. */
  take(): Uint8Array;
}

export function createByteCollector(): ByteCollector {
  let pieces: Uint8Array[] = [];
  let length = 0;
  const whole = (): Uint8Array => {
    if (pieces.length !== 1) pieces = [Buffer.concat(pieces)];
    return pieces[0] ?? new Uint8Array();
  };
  return {
    get length() {
      return length;
    },
    add(piece) {
      if (piece.length === 0) return;
      pieces.push(piece);
      length += piece.length;
    },
    textFrom: (start) => Buffer.from(whole().subarray(start)).toString('utf8'),
    take() {
      const taken = whole();
      pieces = [];
      length = 0;
      return taken;
    },
  };
}
