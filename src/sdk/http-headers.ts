/** Header rules: what may be sent, so that a value of a message can never become a header or a second request. */
import { failure } from '../core/failure.ts';

const token = /^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,256}$/;
// Visible Latin-1, spaces and tabs: what HTTP/1.1 can carry.
const printable = /^[\t\x20-\x7e\x80-\xff]*$/;
/** Framing belongs to the HTTP port alone. */
const framing: ReadonlySet<string> = new Set(['host', 'connection', 'content-length', 'transfer-encoding', 'upgrade', 'te', 'trailer', 'keep-alive', 'expect', 'proxy-connection']);

/** Throws `connection.headerRefused` for the first header that may not be sent. The value is not repeated: it may be a secret. */
export function checkHeaders(connection: string, headers: Readonly<Record<string, string>>): void {
  for (const [name, value] of Object.entries(headers)) {
    const detail = refusalOf(name, value);
    if (detail !== undefined) throw failure('connection.headerRefused', { connection, header: name.replace(/[^\x20-\x7e]/g, '?').slice(0, 80), detail });
  }
}

function refusalOf(name: string, value: string): string | undefined {
  if (!token.test(name)) return 'name';
  if (framing.has(name.toLowerCase())) return 'framing';
  if (!printable.test(value)) return 'value';
  return value.length > 16_384 ? '> 16384' : undefined;
}
