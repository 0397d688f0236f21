/** The key inside the address of a row, as tombstones give it. Pure. */
import type { Value, ValueObject } from '../../sdk/index.ts';
import type { EntitySet } from './edm.ts';
import { readScalar } from './row.ts';

/** `Set(key)` or `https://…/Set(a='1',b=2)` as fields; undefined when it is something else. */
export function parseRowId(set: EntitySet, id: string): ValueObject | undefined {
  const inside = /\(([\s\S]*)\)$/.exec(decoded(id))?.[1];
  const { keys } = set.type;
  if (inside === undefined || keys.length === 0) return undefined;
  const pairs = splitPairs(inside);
  const key: Record<string, Value> = Object.create(null);
  for (const { name, literal } of pairs) {
    const field = name ?? (keys.length === 1 ? keys[0] : undefined);
    if (field === undefined || !keys.includes(field)) return undefined;
    key[field] = valueOf(set.type.properties.get(field)?.type ?? 'Edm.String', literal);
  }
  return keys.every((field) => Object.hasOwn(key, field)) ? key : undefined;
}

function decoded(id: string): string {
  try {
    return decodeURIComponent(id);
  } catch {
    return id; // a lone percent sign: it stands for itself
  }
}

/** Commas inside quotes separate nothing; a doubled quote is one of the text. */
function splitPairs(inside: string): readonly { name: string | undefined; literal: string }[] {
  const pieces = inside.match(/(?:'(?:[^']|'')*'|[^,'])+/g) ?? [];
  return pieces.map((piece) => {
    const [, name, literal = ''] = /^\s*(?:([^='\s]+)\s*=\s*)?([\s\S]*?)\s*$/.exec(piece) ?? [];
    return { name, literal };
  });
}

/** `guid'…'`, `'text'`, `10L` and bare values. */
function valueOf(type: string, literal: string): Value {
  const quoted = /^[A-Za-z]*'([\s\S]*)'$/.exec(literal)?.[1]?.replaceAll("''", "'");
  const text = quoted ?? literal.replace(/^(-?\d+(?:\.\d+)?)[LMDFlmdf]$/, '$1');
  switch (type) {
    case 'Edm.Byte':
    case 'Edm.SByte':
    case 'Edm.Int16':
    case 'Edm.Int32': return Number(text);
    case 'Edm.Boolean': return text === 'true';
    default: return readScalar(type, text);
  }
}
