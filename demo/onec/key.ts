/** Keys in brackets: `guid'…'` alone, or `Name=literal,…` for several fields. */
import { split } from './address.ts';
import { wholeDate } from './expression.ts';
import type { Shape } from './model.ts';
import { Refusal } from './refusal.ts';
import { type Row, textOf } from './row.ts';

export function readKey(inside: string, shape: Shape): Row {
  const given = readArguments(inside);
  const alone = given.get('');
  if (alone !== undefined && shape.keys.length === 1) given.set(shape.keys[0] ?? '', alone);
  const key: Row = {};
  for (const name of shape.keys) {
    const literal = given.get(name);
    if (literal === undefined) throw new Refusal(7, name);
    key[name] = keyText(literal, shape.properties.get(name)?.type ?? 'Edm.String');
  }
  return key;
}

/** `Name=literal` pairs, or one literal under the empty name. */
export function readArguments(inside: string): Map<string, string> {
  const given = new Map<string, string>();
  if (inside.trim() === '') return given;
  for (const part of split(inside, ',')) {
    const pair = /^\s*([\p{L}_][\p{L}\p{N}_]*)\s*=([^]*)$/u.exec(part);
    given.set(pair?.[1] ?? '', (pair?.[2] ?? part).trim());
  }
  return given;
}

function keyText(literal: string, type: string): string {
  const text = literalText(literal);
  const fits = type === 'Edm.Guid' ? literal.startsWith('guid') : type === 'Edm.DateTime' ? literal.startsWith('datetime') : !type.startsWith('Edm.Int') || /^-?\d+$/.test(literal);
  if (!fits) throw new Refusal(1, literal);
  return text;
}

/** The value of a literal as rows keep it. Throws code 1 when it is none. */
export function literalText(literal: string): string {
  const guid = /^guid'([0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12})'$/.exec(literal)?.[1];
  if (guid !== undefined) return guid.toLowerCase();
  const date = /^datetime'([^']*)'$/.exec(literal)?.[1];
  if (date !== undefined) return wholeDate(date);
  const text = /^'((?:[^']|'')*)'$/u.exec(literal)?.[1];
  if (text !== undefined) return text.replaceAll("''", "'");
  if (/^(-?\d+(\.\d+)?|true|false)$/.test(literal)) return literal;
  throw new Refusal(1, literal);
}

export function keyPart(shape: Shape, row: Row): string {
  const literals = shape.keys.map((name) => [name, literalOf(textOf(row[name]), shape.properties.get(name)?.type ?? 'Edm.String')] as const);
  const [only] = literals;
  return literals.length === 1 && only ? `(${only[1]})` : `(${literals.map(([name, literal]) => `${name}=${literal}`).join(',')})`;
}

function literalOf(text: string, type: string): string {
  switch (type) {
    case 'Edm.Guid': return `guid'${text}'`;
    case 'Edm.DateTime': return `datetime'${text}'`;
    case 'Edm.String': return `'${text.replaceAll("'", "''")}'`;
    default: return text;
  }
}

/** The address of a row relative to the service. A colon in it would make its beginning a scheme. */
export const linkTo = (set: string, shape: Shape, row: Row): string => `${set}${keyPart(shape, row)}`.replaceAll(':', '%3A');
