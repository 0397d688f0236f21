/** What stands around the list of rows: passed up to where the list begins, and from its end on. */
import { createByteCollector } from './byte-collector.ts';
import { CLOSE_LIST, CLOSE_OBJECT, COLON, createTextPassage, OPEN_LIST, OPEN_OBJECT, QUOTE } from './json-bytes.ts';

export interface RowSurroundings {
  /** The place behind the bracket that begins the list of rows, or the end of the chunk. */
  pass(chunk: Uint8Array, from: number): { at: number; inRows: boolean };
  endList(): void;
  /** Objects, lists or a text have not ended yet. */
  readonly open: boolean;
  readonly heldBytes: number;
  take(): Uint8Array;
}

/** Only the keys of the two outer levels matter, and those are short. */
const keyCharacters = 100;

export function createRowSurroundings(): RowSurroundings {
  const held = createByteCollector();
  const text = createTextPassage();
  let depth = 0;
  let hadRows = false;
  /** Where the text that is open, or was the last, begins in what is held. */
  let textStart = 0;
  let lastText = '';
  /** The key whose value is being read, by depth. */
  const keys: string[] = [];

  function beginsRows(): boolean {
    if (hadRows) return false;
    return (depth === 1 && (keys[1] === 'value' || keys[1] === 'd')) || (depth === 2 && keys[1] === 'd' && keys[2] === 'results');
  }

  /** `from` is inside of a text; all up to it is held. */
  function passText(chunk: Uint8Array, from: number): number {
    const at = text.pass(chunk, from);
    held.add(chunk.subarray(from, at));
    if (!text.open && depth <= 2 && held.length - textStart < keyCharacters) lastText = held.textFrom(textStart).slice(1, -1);
    return at;
  }

  function count(byte: number): void {
    if (byte === COLON) keys[depth] = lastText;
    else if (byte === OPEN_OBJECT || byte === OPEN_LIST) depth += 1;
    else if (byte === CLOSE_OBJECT || byte === CLOSE_LIST) keys[depth--] = '';
  }

  return {
    pass(chunk, from) {
      let at = text.open ? passText(chunk, from) : from;
      let taken = at;
      while (at < chunk.length) {
        const byte = chunk[at++] ?? 0;
        if (byte === QUOTE) {
          textStart = held.length + at - 1 - taken;
          lastText = '';
          held.add(chunk.subarray(taken, at));
          at = taken = passText(chunk, at);
        } else if (byte === OPEN_LIST && beginsRows()) {
          held.add(chunk.subarray(taken, at));
          depth += 1;
          hadRows = true;
          return { at, inRows: true };
        } else count(byte);
      }
      held.add(chunk.subarray(taken, at));
      return { at, inRows: false };
    },
    endList() {
      held.add(Uint8Array.of(CLOSE_LIST));
      count(CLOSE_LIST);
    },
    get open() {
      return text.open || depth > 0;
    },
    get heldBytes() {
      return held.length;
    },
    take: () => held.take(),
  };
}
