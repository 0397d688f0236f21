/** Versions as their numbers between dots, and "this one or newer" where no more is known. Pure. */

/** `8.3.27.1859`, or `≥ 8.3.6`. */
export type VersionText = string;

const atLeast = '≥ ';

export const orNewer = (version: string): VersionText => atLeast + version;

export const isVersion = (text: string): boolean => /^\d{1,5}(?:\.\d{1,5}){0,3}$/.test(text);

/** Below zero where the first is the older one. Numbers that are missing are zeros. */
export function compareVersions(one: string, other: string): number {
  const [left, right] = [one.split('.').map(Number), other.split('.').map(Number)];
  for (let index = 0; index < Math.max(left.length, right.length); index += 1) {
    const difference = (left[index] ?? 0) - (right[index] ?? 0);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Whether it reaches `needed`; undefined where that cannot be told. */
export function reaches(known: VersionText | null, needed: string): boolean | undefined {
  if (known === null) return undefined;
  const open = known.startsWith(atLeast);
  const reached = compareVersions(open ? known.slice(atLeast.length) : known, needed) >= 0;
  return reached || !open ? reached : undefined;
}
