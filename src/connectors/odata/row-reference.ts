/** The address of a row taken apart again: its set and its key. Pure. */
import { Decimal, type Value, type ValueObject } from '../../sdk/index.ts';
import type { EdmModel, EntitySet } from './edm.ts';

export interface RowReference {
  set: EntitySet;
  key: ValueObject;
}

/** Of `http://…/Set(guid'…')` or `Set(A=…,B=…)`; undefined when the set is unknown or the key does not fit it. */
export function readReference(model: EdmModel, address: string): RowReference | undefined {
  const match = /([^/()]+)\((.*)\)$/su.exec(decodedAddress(address));
  const set = model.sets.get(match?.[1] ?? '');
  if (match === null || set === undefined) return undefined;
  const given = literalsOf(match[2] ?? '');
  const { keys } = set.type;
  const alone = given.get('');
  if (alone !== undefined && given.size === 1 && keys.length === 1) given.set(keys[0] ?? '', alone);
  const key: Record<string, Value> = Object.create(null);
  for (const name of keys) {
    const value = valueOf(given.get(name));
    if (value === undefined) return undefined;
    key[name] = value;
  }
  return { set, key };
}

function decodedAddress(address: string): string {
  try {
    return decodeURI(address).replaceAll(/%3a/gi, ':').replaceAll(/%2c/gi, ',').replaceAll(/%2f/gi, '/');
  } catch {
    return address; // not percent-encoded after all
  }
}

/** Literals by name, a lone one under the empty name. Quotes inside a text are doubled, so a comma in it separates nothing. */
function literalsOf(inside: string): Map<string, string> {
  const found = new Map<string, string>();
  for (const [, name = '', literal = ''] of inside.matchAll(/\s*(?:([\p{L}_][\p{L}\p{N}_]*)\s*=)?((?:[^',]|'(?:[^']|'')*')+)(?:,|$)/gu)) found.set(name, literal.trim());
  return found;
}

function valueOf(literal: string | undefined): Value | undefined {
  if (literal === undefined) return undefined;
  const quoted = /^(?:guid|datetime)?'((?:[^']|'')*)'$/su.exec(literal)?.[1];
  if (quoted !== undefined) return quoted.replaceAll("''", "'");
  if (literal === 'true' || literal === 'false') return literal === 'true';
  return /^-?\d{1,20}L?$/.test(literal) ? new Decimal(literal.replace('L', '')) : undefined;
}
