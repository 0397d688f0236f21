/** Answers in an encoding of before UTF-8, as some web servers before 1C send their pages and errors. */
import { failure, type HttpAnswer, type HttpStream } from '../../sdk/index.ts';

/** Names its encoding to a person, once for each. */
export type TellCharset = (charset: string) => void;

/**
 * The encoding that has to be converted, for texts alone: XML names its own inside. Undefined for UTF-8, for none, and for
 * one that nobody here knows, which is then read as UTF-8 as before.
 */
function legacyCharset(contentType: string | undefined): string | undefined {
  const [, type = '', charset = ''] = /^\s*([^;\s]+).*?;\s*charset\s*=\s*"?([^\s";]+)/i.exec(contentType ?? '') ?? [];
  if (!/(?:json|html|plain)$/i.test(type)) return undefined;
  try {
    const { encoding } = new TextDecoder(charset === '' ? 'utf-8' : charset);
    return encoding === 'utf-8' ? undefined : encoding;
  } catch {
    return undefined;
  }
}

/** Throws `connection.malformedResponse` where the bytes are not of the encoding that they claim. */
export function inUtf8(connection: string, answer: HttpAnswer, tell: TellCharset): HttpAnswer {
  const charset = legacyCharset(answer.headers['content-type']);
  if (charset === undefined || isUtf8(answer.body, charset)) return answer;
  tell(charset);
  try {
    return { ...answer, body: new TextEncoder().encode(new TextDecoder(charset, { fatal: true }).decode(answer.body)) };
  } catch (cause) {
    return { ...answer, body: new Uint8Array(), bodyFailure: wrong(connection, answer.url, charset, cause) };
  }
}

export function streamInUtf8(connection: string, stream: HttpStream, tell: TellCharset): HttpStream {
  const charset = legacyCharset(stream.headers['content-type']);
  return charset === undefined ? stream : { ...stream, body: converted(connection, stream, charset, tell) };
}

/** Many a service writes UTF-8 under another label: texts that are valid as UTF-8 are hardly ever anything else. */
function isUtf8(bytes: Uint8Array, charset: string, more = false): boolean {
  if (charset.startsWith('utf-16')) return false;
  try {
    new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: more });
    return true;
  } catch {
    return false;
  }
}

const isAscii = (bytes: Uint8Array): boolean => bytes.every((byte) => byte < 0x80);

/** The first piece with a letter beyond ASCII tells which of the two it is; what comes before is the same in both. */
async function* converted(connection: string, { body, url }: HttpStream, charset: string, tell: TellCharset): AsyncGenerator<Uint8Array> {
  const decoder = new TextDecoder(charset, { fatal: true });
  const encoder = new TextEncoder();
  const decode = (chunk?: Uint8Array): Uint8Array => {
    try {
      return encoder.encode(chunk === undefined ? decoder.decode() : decoder.decode(chunk, { stream: true }));
    } catch (cause) {
      throw wrong(connection, url, charset, cause);
    }
  };
  let found: 'utf-8' | 'other' | undefined;
  for await (const chunk of body) {
    if (found === undefined && (charset.startsWith('utf-16') || !isAscii(chunk))) {
      found = isUtf8(chunk, charset, true) ? 'utf-8' : 'other';
      if (found === 'other') tell(charset);
    }
    yield found === 'other' ? decode(chunk) : chunk;
  }
  if (found === 'other') yield decode();
}

const wrong = (connection: string, address: string, charset: string, cause: unknown) => failure('connection.malformedResponse', { connection, address, detail: `charset ${charset}` }, { cause });
