/** Numbers that look random and are the same for the same seed, text and place. */

export function noiseOf(text: string, place: number): number {
  let state = 2166136261 ^ place;
  for (let index = 0; index < text.length; index += 1) state = Math.imul(state ^ text.charCodeAt(index), 16777619);
  return scatter(scatter(state) ^ place);
}

function scatter(value: number): number {
  let state = value;
  state = Math.imul(state ^ (state >>> 16), 2246822507);
  state = Math.imul(state ^ (state >>> 13), 3266489909);
  return (state ^ (state >>> 16)) >>> 0;
}

/** An odd factor and its inverse modulo 2^32, so that the place can be had back from an identifier. */
const factor = 2654435769;
const inverse = 340573321;

/** The identifier of the row at `place`; looks like any other, and `placeOf` finds the place without a table. */
export function guidAt(salt: string, place: number): string {
  const head = (Math.imul(place, factor) + noiseOf(salt, 0)) >>> 0;
  const [second, third, fourth] = [1, 2, 3].map((part) => hex(noiseOf(`${salt}${part}`, place)));
  return `${hex(head)}-${second?.slice(0, 4)}-4${second?.slice(5)}-8${third?.slice(1, 4)}-${third?.slice(4)}${fourth}`;
}

/** The place whose identifier this is, or undefined. */
export function placeOf(salt: string, guid: string): number | undefined {
  const head = Number.parseInt(guid.slice(0, 8), 16);
  if (Number.isNaN(head)) return undefined;
  const place = Math.imul(head - noiseOf(salt, 0), inverse) >>> 0;
  return guidAt(salt, place) === guid ? place : undefined;
}

const hex = (value: number): string => value.toString(16).padStart(8, '0');
