/** The cookie that names a session, and the token by which a page of ours shows that it is one. */
import { createHash, randomBytes } from 'node:crypto';

export const newSessionToken = (): string => randomBytes(32).toString('base64url');

/** Follows from the cookie and not the other way round; the cookie itself is hidden from every page. */
export const csrfToken = (token: string): string => createHash('sha256').update(`zveno csrf ${token}`).digest('base64url');

export class SessionCookie {
  readonly #name: string;
  readonly #attributes: string;

  /**
   * `secure`: browsers reach the platform by https. Then the name has the prefix with which a browser takes a cookie from
   * this very host alone, not from its neighbours of the same domain.
   */
  constructor({ secure }: { secure: boolean }) {
    this.#name = secure ? '__Host-zveno-session' : 'zveno-session';
    this.#attributes = `; Path=/; HttpOnly; SameSite=Strict${secure ? '; Secure' : ''}`;
  }

  /** Two of the name are one of ours and one that somebody has slipped in: neither is believed. */
  read(header: string | undefined): string | null {
    const found = (header ?? '').split(';').flatMap((pair) => {
      const at = pair.indexOf('=');
      return pair.slice(0, at).trim() === this.#name ? [pair.slice(at + 1).trim()] : [];
    });
    const [token] = found;
    return found.length === 1 && token !== undefined && /^[\w-]{43}$/.test(token) ? token : null;
  }

  /** Without an age: the browser forgets it when it is closed. */
  set(token: string): string {
    return `${this.#name}=${token}${this.#attributes}`;
  }

  clear(): string {
    return `${this.#name}=${this.#attributes}; Max-Age=0`;
  }
}
