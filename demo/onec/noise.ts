/** Numbers that look random and are the same for the same text and place. */

export const noiseOf = (text: string, place: number): number => mix(hashOf(text), place);

export function hashOf(text: string): number {
  let state = 2166136261;
  for (let index = 0; index < text.length; index += 1) state = Math.imul(state ^ text.charCodeAt(index), 16777619);
  return scatter(state);
}

export const mix = (hash: number, place: number): number => scatter(scatter(hash ^ place) + place);

function scatter(value: number): number {
  let state = value;
  state = Math.imul(state ^ (state >>> 16), 2246822507);
  state = Math.imul(state ^ (state >>> 13), 3266489909);
  return (state ^ (state >>> 16)) >>> 0;
}

/** An odd factor and its inverse modulo 2^32, so that the place can be had back from an identifier. */
const factor = 2654435769;
const inverse = 340573321;

/** The identifiers of one set's rows: they look like any other, and the place is had back without a table. */
export class Identifiers {
  readonly #offset: number;
  readonly #salts: readonly [number, number, number];

  constructor(salt: string) {
    this.#offset = hashOf(salt);
    this.#salts = [hashOf(`${salt}1`), hashOf(`${salt}2`), hashOf(`${salt}3`)];
  }

  at(place: number): string {
    const head = (Math.imul(place, factor) + this.#offset) >>> 0;
    const second = hex(mix(this.#salts[0], place));
    const third = hex(mix(this.#salts[1], place));
    return `${hex(head)}-${second.slice(0, 4)}-4${second.slice(5)}-8${third.slice(1, 4)}-${third.slice(4)}${hex(mix(this.#salts[2], place))}`;
  }

  /** The place whose identifier this is, or undefined. */
  placeOf(guid: string): number | undefined {
    const head = Number.parseInt(guid.slice(0, 8), 16);
    if (Number.isNaN(head)) return undefined;
    const place = Math.imul(head - this.#offset, inverse) >>> 0;
    return this.at(place) === guid ? place : undefined;
  }
}

const hex = (value: number): string => value.toString(16).padStart(8, '0');
