/**
 * References to what is kept outside the documents, because it differs from one installation to another:
 * `${secret:name}` is a secret, `${address:name}` a host, a port or a base URL of this installation.
 * Nothing else is substituted; the process environment in particular cannot be read from a document.
 */
import { isPlainObject, type DocumentPath, type Plain, type PlainObject } from './object-document.ts';

const namePattern = '[0-9A-Za-zА-Яа-яЁё_][0-9A-Za-zА-Яа-яЁё_.-]{0,63}';
const wholeSecret = new RegExp(`^\\$\\{secret:(${namePattern})\\}$`);
const wholeAddress = new RegExp(`^\\$\\{address:(${namePattern})\\}$`);
const anyAddress = new RegExp(`\\$\\{address:(${namePattern})\\}`, 'g');
const anyReference = /\$\{\s*([A-Za-z]+)\s*:/;

export const isReferenceName = (text: string): boolean => new RegExp(`^${namePattern}$`).test(text);

/** A secret inside published properties: its name, never its text. */
export interface SecretReference extends PlainObject {
  readonly secret: string;
}

export const isSecretReference = (value: unknown): value is SecretReference => {
  if (!isPlainObject(value)) return false;
  const keys = Object.keys(value);
  return keys.length === 1 && keys[0] === 'secret' && typeof value['secret'] === 'string';
};

/** What a value of this installation is: texts and port numbers. */
export type Addresses = ReadonlyMap<string, string | number>;

export type ReferenceProblem =
  | { kind: 'unknownAddress'; name: string; path: DocumentPath }
  /** Something that looks like a reference but is none: part of a longer text, or of a kind that does not exist. */
  | { kind: 'malformed'; text: string; path: DocumentPath };

/** Replaces references in one property: a secret by `{secret: name}`, addresses by their values. */
export function resolveProperty(value: Plain, addresses: Addresses, path: DocumentPath, report: (problem: ReferenceProblem) => void): Plain {
  const secret = typeof value === 'string' ? wholeSecret.exec(value)?.[1] : undefined;
  return secret === undefined ? resolveTree(value, addresses, path, report) : { secret };
}

function resolveTree(value: Plain, addresses: Addresses, path: DocumentPath, report: (problem: ReferenceProblem) => void): Plain {
  if (typeof value === 'string') return resolveText(value, addresses, path, report);
  if (Array.isArray(value)) return value.map((item, index) => resolveTree(item, addresses, [...path, index], report));
  if (!isPlainObject(value)) return value;
  const resolved: Record<string, Plain> = Object.create(null);
  for (const [key, item] of Object.entries(value)) resolved[key] = resolveTree(item, addresses, [...path, key], report);
  return resolved;
}

function resolveText(text: string, addresses: Addresses, path: DocumentPath, report: (problem: ReferenceProblem) => void): Plain {
  const look = (name: string): string | number => {
    const found = addresses.get(name);
    if (found === undefined) report({ kind: 'unknownAddress', name, path });
    return found ?? '';
  };
  const whole = wholeAddress.exec(text)?.[1];
  if (whole !== undefined) return look(whole);
  const resolved = text.replace(anyAddress, (_, name: string) => String(look(name)));
  if (anyReference.test(text.replace(anyAddress, ''))) report({ kind: 'malformed', text, path });
  return resolved;
}

/** Names of the secrets among the properties of a connection, by property. */
export function secretsOf(properties: Readonly<Record<string, unknown>>): ReadonlyMap<string, string> {
  const names = new Map<string, string>();
  for (const [property, value] of Object.entries(properties)) if (isSecretReference(value)) names.set(property, value.secret);
  return names;
}
