/** SAP Gateway's token against forged requests: fetched by a read, sent with writes together with the cookies of its session. */
import type { HttpAnswer } from '../../sdk/index.ts';

export interface TokenKeeper {
  /** Fetches a token unless there is one. */
  fetch(signal: AbortSignal): Promise<void>;
  forget(): void;
  /** What a write carries. */
  headers(): Readonly<Record<string, string>>;
}

export function createTokenKeeper(read: (headers: Readonly<Record<string, string>>, signal: AbortSignal) => Promise<HttpAnswer>): TokenKeeper {
  let held: Readonly<Record<string, string>> | undefined;
  return {
    async fetch(signal) {
      if (held !== undefined) return;
      const { headers } = await read({ 'x-csrf-token': 'Fetch' }, signal);
      const token = headers['x-csrf-token'];
      const cookie = cookiesOf(headers['set-cookie'] ?? '');
      // Without a token the write is tried bare: the service says itself whether it wants one.
      if (token !== undefined && token !== '') held = { 'x-csrf-token': token, ...(cookie === '' ? {} : { cookie }) };
    },
    forget() { held = undefined; },
    headers: () => held ?? {},
  };
}

/** Names and values; several headers arrive joined by commas, which dates inside them contain too. */
const cookiesOf = (header: string): string => header.split(/,(?=\s*[^\s;,=]+=)/).map((cookie) => (cookie.split(';', 1)[0] ?? '').trim()).filter((pair) => pair.includes('=')).join('; ');
