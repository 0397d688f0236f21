/**
 * Cuts the rows out of an answer while it arrives: `{"value":[…]}`, `{"d":[…]}` and `{"d":{"results":[…]}}`.
 * It only finds where each row ends; what a row holds is parsed by the one JSON reader that keeps numbers exact.
 * Pure, but for what it remembers between chunks.
 */

export interface RowSplitter {
  /** The rows that this chunk completes, each a JSON text of its own. Throws a `RowProblem`. */
  write(chunk: Uint8Array): readonly Uint8Array[];
  /** What stood around the rows, with an empty list in their place. Throws a `RowProblem` when the answer broke off. */
  close(): Uint8Array;
  /** Bytes of the longest row that has not ended yet, and of what stood around the rows. */
  readonly heldBytes: number;
}

export class RowProblem extends Error {
  override readonly name = 'RowProblem';
}

const [QUOTE, BACKSLASH, COMMA, COLON, OPEN_LIST, CLOSE_LIST, OPEN_OBJECT, CLOSE_OBJECT] = [0x22, 0x5c, 0x2c, 0x3a, 0x5b, 0x5d, 0x7b, 0x7d];

const isSpace = (byte: number): boolean => byte === 0x20 || byte === 0x0a || byte === 0x0d || byte === 0x09;

export function createRowSplitter(): RowSplitter {
  const around = createCollector();
  const row = createCollector();
  let depth = 0;
  /** Depth inside the list of rows; 0 outside of it. */
  let rowsDepth = 0;
  let hadRows = false;
  let inText = false;
  let escaped = false;
  /** Where the text that is open, or was the last, begins in `around`. */
  let textStart = 0;
  let lastText = '';
  /** The key whose value is being read, by depth. */
  const keys: string[] = [];
  /** Whether a comma has promised a row. */
  let promised = false;

  function opensRows(): boolean {
    if (hadRows) return false;
    return (depth === 1 && (keys[1] === 'value' || keys[1] === 'd')) || (depth === 2 && keys[1] === 'd' && keys[2] === 'results');
  }

  /** Position after the text, or the end of the chunk. */
  function passText(chunk: Uint8Array, from: number): number {
    let at = from;
    if (escaped && at < chunk.length) {
      escaped = false;
      at++;
    }
    for (; at < chunk.length; at++) {
      const byte = chunk[at];
      if (byte === BACKSLASH) {
        if (++at === chunk.length) escaped = true;
      } else if (byte === QUOTE) {
        inText = false;
        return at + 1;
      }
    }
    return chunk.length;
  }

  /** Takes what is outside of the list, up to its beginning or the end of the chunk. */
  function passAround(chunk: Uint8Array, from: number): number {
    let taken = from;
    let at = from;
    const take = (): void => {
      around.add(chunk.subarray(taken, at));
      taken = at;
    };
    while (at < chunk.length) {
      if (inText) {
        at = passText(chunk, at);
        take();
        // Only the two outer levels have keys that matter, and those are short.
        if (!inText && depth <= 2 && around.length - textStart < 100) lastText = around.textFrom(textStart).slice(1, -1);
        continue;
      }
      const byte = chunk[at++] ?? 0;
      if (byte === QUOTE) {
        inText = true;
        lastText = '';
        textStart = around.length + at - 1 - taken;
      } else if (byte === COLON) keys[depth] = lastText;
      else if (byte === OPEN_LIST && opensRows()) {
        take();
        rowsDepth = ++depth;
        hadRows = true;
        return at;
      } else if (byte === OPEN_OBJECT || byte === OPEN_LIST) depth++;
      else if (byte === CLOSE_OBJECT || byte === CLOSE_LIST) keys[depth--] = '';
    }
    take();
    return at;
  }

  /** Takes rows, up to the end of the list or of the chunk. */
  function passRows(chunk: Uint8Array, from: number, done: Uint8Array[]): number {
    let start = from;
    let at = from;
    const finish = (end: number): void => {
      row.add(chunk.subarray(start, end));
      done.push(row.take());
    };
    let begun = row.length > 0;
    // Nearly all bytes of an answer pass through this loop: what it counts is kept at hand.
    let level = depth;
    while (at < chunk.length) {
      if (inText) {
        at = passText(chunk, at);
        continue;
      }
      const byte = chunk[at++] ?? 0;
      if (level === rowsDepth && (byte === COMMA || byte === CLOSE_LIST)) {
        if (begun) finish(at - 1);
        else if (byte === COMMA || promised) throw new RowProblem('a row is missing');
        begun = false;
        promised = byte === COMMA;
        start = at;
        if (byte === COMMA) continue;
        depth = rowsDepth - 1;
        rowsDepth = 0;
        around.add(chunk.subarray(at - 1, at));
        return at;
      }
      if (!begun) {
        if (isSpace(byte)) continue;
        begun = true;
        start = at - 1;
      }
      if (byte === QUOTE) {
        inText = true;
        at = passText(chunk, at);
      } else if (byte === OPEN_OBJECT || byte === OPEN_LIST) level++;
      else if (byte === CLOSE_OBJECT || byte === CLOSE_LIST) level--;
    }
    depth = level;
    if (begun) row.add(chunk.subarray(start));
    return at;
  }

  return {
    write(chunk) {
      const done: Uint8Array[] = [];
      let at = 0;
      while (at < chunk.length) at = rowsDepth > 0 ? passRows(chunk, at, done) : passAround(chunk, at);
      return done;
    },
    close() {
      if (inText || depth > 0) throw new RowProblem('the answer breaks off');
      return around.take();
    },
    get heldBytes() {
      return Math.max(row.length, around.length);
    },
  };
}

/** Bytes that come in pieces. */
function createCollector(): { readonly length: number; add(piece: Uint8Array): void; textFrom(start: number): string; take(): Uint8Array } {
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
