/** What goes back over the wire, and in which of the formats. */
import { xml } from './atom-answer.ts';
import type { Detail } from './json-answer.ts';
import type { Quirks } from './quirks.ts';
import { Refusal, type WebServerRefusal } from './refusal.ts';

export interface Answer {
  status: number;
  type: string;
  headers?: Readonly<Record<string, string>>;
  body: string | Uint8Array | Iterable<string>;
}

export type Format = { kind: 'atom' } | { kind: 'json'; detail: Detail };

/** Atom unless JSON is asked for, by `$format` or else by `Accept`. */
export function formatOf(option: string | undefined, accept: string | undefined): Format {
  if (option !== undefined) return named(option) ?? unknown(option);
  const asked = (accept ?? '').split(',').map((part) => named(part)).find((format) => format !== undefined);
  if (asked) return asked;
  if (accept === undefined || accept.includes('*/*') || accept.includes('application/*')) return { kind: 'atom' };
  return unknown(accept);
}

function unknown(text: string): never {
  throw new Refusal(3, text);
}

function named(text: string): Format | undefined {
  const [type = '', ...parameters] = text.split(';').map((part) => part.trim().toLowerCase());
  if (['atom', 'xml', 'application/atom+xml', 'application/xml', 'text/xml'].includes(type)) return { kind: 'atom' };
  if (type !== 'json' && type !== 'application/json') return undefined;
  const detail = parameters.find((parameter) => parameter.startsWith('odata='))?.slice(6) ?? 'minimalmetadata';
  if (detail === 'nometadata' || detail === 'minimalmetadata' || detail === 'fullmetadata') return { kind: 'json', detail };
  throw new Refusal(3, text);
}

export const jsonType = (detail: Detail): string => `application/json;odata=${detail};charset=utf-8`;
export const xmlType = 'application/xml;charset=utf-8';
const htmlType = 'text/html;charset=utf-8';

/** In which clothes an exception comes. */
export type ErrorForms = Pick<Quirks, 'htmlErrors' | 'nestedErrors' | 'encodedErrors' | 'englishTexts'>;

export const plainErrors: ErrorForms = { htmlErrors: false, nestedErrors: false, encodedErrors: false, englishTexts: false };

export function refusalAnswer(refusal: Refusal, json: boolean, forms: ErrorForms): Answer {
  const { status, code } = refusal;
  const lang = forms.englishTexts ? 'en' : 'ru';
  const text = forms.englishTexts ? refusal.english : refusal.message;
  const message = code === -1 ? dressed(text, forms) : text;
  if (forms.htmlErrors && code === -1) return page(status, `1C:Enterprise 8 application error: Ошибка при выполнении запроса by reason: ${message}`);
  if (json) return { status, type: jsonType('minimalmetadata'), body: JSON.stringify({ 'odata.error': { code: String(code), message: { lang, value: message } } }) };
  return { status, type: xmlType, body: `<?xml version="1.0" encoding="UTF-8"?>\n<m:error xmlns:m="http://schemas.microsoft.com/ado/2007/08/dataservices/metadata"><m:code>${code}</m:code><m:message xml:lang="${lang}">${xml(message)}</m:message></m:error>` };
}

function dressed(message: string, { nestedErrors, encodedErrors }: ErrorForms): string {
  const text = nestedErrors ? JSON.stringify({ exception: { descr: 'Ошибка при выполнении запроса', cause: { descr: message } } }) : message;
  return encodedErrors ? Buffer.from(text, 'utf8').toString('base64') : text;
}

export const webServerAnswer = ({ status, message, headers }: WebServerRefusal): Answer => ({ ...page(status, message), headers });

export function signInAnswer(html: boolean): Answer {
  if (html) return { status: 200, type: htmlType, body: '<!DOCTYPE html><html><head><title>1С:Предприятие</title></head><body><form method="post"><input name="usr"><input name="pwd" type="password"></form></body></html>' };
  return { status: 401, type: htmlType, headers: { 'www-authenticate': 'Basic realm="1C:Enterprise 8.3", charset="UTF-8"' }, body: '<html><body>401 Unauthorized</body></html>' };
}

const page = (status: number, text: string): Answer => ({ status, type: htmlType, body: `<html><body>${xml(text)}</body></html>` });
