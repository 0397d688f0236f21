/** What a service says is wrong, in its three forms: JSON, XML and a page for people. Pure. */
import { isObject, type Value } from '../../sdk/index.ts';

export interface ServiceError {
  /** The service's own code; 1C counts from 0 to 21, and -1 is an exception of the configuration. */
  code: string;
  message: string;
}

const shownCharacters = 500;

/** The error that an answer holds, or undefined when it holds none. `value` is the answer as JSON, if it is that. */
export function readServiceError(text: string, value: Value | undefined): ServiceError | undefined {
  return (value === undefined ? undefined : jsonError(value)) ?? xmlError(text) ?? htmlError(text);
}

/** An error object at the top of an answer. Some services send one with status 200. */
export function jsonError(value: Value): ServiceError | undefined {
  if (!isObject(value)) return undefined;
  const error = own(value, 'odata.error') ?? own(value, 'error');
  if (!isObject(error)) return undefined;
  const message = own(error, 'message');
  const text = isObject(message) ? own(message, 'value') : message;
  const code = own(error, 'code');
  if (typeof text !== 'string' && typeof code !== 'string' && typeof code !== 'number') return undefined;
  const details = detailsOf(error).filter((detail) => detail !== text);
  return { code: typeof code === 'string' || typeof code === 'number' ? `${code}` : '', message: shown([readable(typeof text === 'string' ? text : ''), ...details].filter((part) => part !== '').join(' · ')) };
}

/** V4 lists `details`, SAP `innererror.errordetails`: the first line alone often says only "see the details". */
function detailsOf(error: Readonly<Record<string, Value>>): readonly string[] {
  const inner = own(error, 'innererror');
  const lists = [own(error, 'details'), isObject(inner) ? own(inner, 'errordetails') : undefined];
  return lists.flatMap((list) => (Array.isArray(list) ? list : [])).slice(0, 5).flatMap((detail: Value) => {
    const message = isObject(detail) ? own(detail, 'message') : undefined;
    return typeof message === 'string' && message !== '' ? [message] : [];
  });
}

/** `m:error` of V1–V3. Two elements without a structure below them: no parser is needed, and none can be bombed. */
function xmlError(text: string): ServiceError | undefined {
  const head = text.slice(0, 20_000);
  if (!/<(?:\w+:)?error[\s>]/.test(head)) return undefined;
  const code = /<(?:\w+:)?code[^>]*>([^<]*)</.exec(head)?.[1];
  const message = /<(?:\w+:)?message[^>]*>([^<]*)</.exec(head)?.[1];
  return code === undefined && message === undefined ? undefined : { code: unescaped(code ?? ''), message: shown(readable(unescaped(message ?? ''))) };
}

function htmlError(text: string): ServiceError | undefined {
  if (!isHtml(text)) return undefined;
  const words = unescaped(text.slice(0, 20_000).replace(/<(?:script|style)[\s\S]*?<\/(?:script|style)>/gi, ' ').replace(/<[^>]*>/g, ' ')).replace(/\s+/g, ' ').trim();
  return { code: '', message: shown(words) };
}

export const isHtml = (text: string): boolean => /^\uFEFF?\s*(?:<\?xml[^>]*>\s*)?<(?:!doctype html|html)[\s>]/i.test(text.slice(0, 500));

/** The title of a page, for a message to a person. */
export const titleOf = (html: string): string => shown(unescaped(/<title[^>]*>([^<]{0,200})/i.exec(html.slice(0, 20_000))?.[1] ?? '').trim());

/** 1C nests its exceptions as JSON with `descr`, and sometimes writes them in base64. */
function readable(message: string): string {
  const text = decoded(message);
  const descriptions = [...text.matchAll(/"descr"\s*:\s*"((?:[^"\\]|\\.)*)"/g)].map((match) => unquoted(match[1] ?? ''));
  return descriptions.length === 0 ? text : descriptions.join(': ');
}

function decoded(message: string): string {
  const packed = message.replace(/\s+/g, '');
  if (packed.length < 24 || packed.length % 4 !== 0 || !/^[A-Za-z0-9+/]+={0,2}$/.test(packed)) return message;
  try {
    return new TextDecoder('utf-8', { fatal: true }).decode(Buffer.from(packed, 'base64'));
  } catch {
    return message; // a long word that only looks like base64
  }
}

function unquoted(inside: string): string {
  try {
    return String(JSON.parse(`"${inside}"`));
  } catch {
    return inside; // a control character as it is; shown below
  }
}

const entities: Readonly<Record<string, string>> = { lt: '<', gt: '>', amp: '&', quot: '"', apos: "'", nbsp: ' ' };

const unescaped = (text: string): string => text.replace(/&(?:#(\d{1,6})|#x([0-9a-f]{1,5})|(\w{2,6}));/gi, (whole, decimal?: string, hex?: string, name?: string) => {
  if (name !== undefined) return entities[name.toLowerCase()] ?? whole;
  const code = decimal === undefined ? parseInt(hex ?? '', 16) : Number(decimal);
  return code <= 0x10ffff ? String.fromCodePoint(code) : whole;
});

/** Control characters, which block an exchange with 1C unseen, are made visible as `<02>`; line ends become spaces. */
const shown = (text: string): string => text.replace(/[\r\n\t]+/g, ' ').replace(/[\x00-\x1f\x7f]/g, (char) => `<${char.charCodeAt(0).toString(16).padStart(2, '0')}>`).slice(0, shownCharacters);

const own = (object: Readonly<Record<string, Value>>, key: string): Value | undefined => (Object.hasOwn(object, key) ? object[key] : undefined);
