/** The bytes that JSON is made of, and a text in it that may be cut anywhere. */

export const [QUOTE, BACKSLASH, COMMA, COLON, OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [0x22, 0x5c, 0x2c, 0x3a, 0x5b, 0x5d, 0x7b, 0x7d] as const;

export interface TextPassage {
  /** Inside a text whose end has not come yet. */
  readonly open: boolean;
  /** `from` is behind the quote that begins the text, or at the beginning of the chunk that goes on with it. Gives the place behind its end, or the end of the chunk. */
  pass(chunk: Uint8Array, from: number): number;
}

export function createTextPassage(): TextPassage {
  let open = false;
  /** The chunk before ended in a backslash. */
  let escaped = false;
  return {
    get open() {
      return open;
    },
    pass(chunk, from) {
      const end = chunk.length;
      let at = escaped ? from + 1 : from;
      for (; at < end; at += 1) {
        const byte = chunk[at];
        if (byte === QUOTE) {
          open = escaped = false;
          return at + 1;
        }
        if (byte === BACKSLASH) at += 1;
      }
      open = true;
      escaped = at > end;
      return end;
    },
  };
}
