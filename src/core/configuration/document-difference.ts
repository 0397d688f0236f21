/** Says field by field how one document differs from another. */
import { type DocumentPath, isPlainObject, type Plain, printPath, samePlain } from './object-document.ts';

export interface ChangeDetail {
  path: string;
  op: 'added' | 'removed' | 'changed';
  from?: Plain;
  to?: Plain;
}

export function differences(before: Plain, after: Plain, path: DocumentPath = []): readonly ChangeDetail[] {
  if (samePlain(before, after)) return [];
  if (isPlainObject(before) && isPlainObject(after)) {
    const keys = [...new Set([...Object.keys(before), ...Object.keys(after)])];
    return keys.flatMap((key) => memberDifferences(before, after, key, [...path, key]));
  }
  if (Array.isArray(before) && Array.isArray(after)) return listDifferences(before, after, path);
  return [{ path: printPath(path), op: 'changed', from: before, to: after }];
}

function memberDifferences(before: Readonly<Record<string, Plain>>, after: Readonly<Record<string, Plain>>, key: string, path: DocumentPath): readonly ChangeDetail[] {
  const [old, now] = [Object.hasOwn(before, key) ? before[key] : undefined, Object.hasOwn(after, key) ? after[key] : undefined];
  if (old === undefined && now === undefined) return [];
  if (old === undefined) return [{ path: printPath(path), op: 'added', to: now }];
  if (now === undefined) return [{ path: printPath(path), op: 'removed', from: old }];
  return differences(old, now, path);
}

/** What is equal at both ends is skipped, so that one inserted step reads as one addition. */
function listDifferences(before: readonly Plain[], after: readonly Plain[], path: DocumentPath): readonly ChangeDetail[] {
  let start = 0;
  while (start < before.length && start < after.length && samePlain(before[start], after[start])) start++;
  let end = 0;
  while (end < before.length - start && end < after.length - start && samePlain(before[before.length - 1 - end], after[after.length - 1 - end])) end++;
  const old = before.slice(start, before.length - end);
  const now = after.slice(start, after.length - end);
  const both = Math.min(old.length, now.length);
  const at = (index: number): DocumentPath => [...path, start + index];
  return [
    ...old.slice(0, both).flatMap((item, index) => differences(item, now[index] ?? null, at(index))),
    ...old.slice(both).map((item, index): ChangeDetail => ({ path: printPath(at(both + index)), op: 'removed', from: item })),
    ...now.slice(both).map((item, index): ChangeDetail => ({ path: printPath(at(both + index)), op: 'added', to: item })),
  ];
}
