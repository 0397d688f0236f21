/** Who signs in and what the roles of that user allow. */
import { noiseOf } from './noise.ts';
import { type Row, textOf } from './row.ts';
import type { SetRole } from './set-role.ts';

export interface User {
  login: string;
  password: string;
  /** Sets that the user may not read. */
  unreadable?: readonly string[];
  /** Sets that the user may not change. */
  unwritable?: readonly string[];
  /** Fields that the user may not see, like `Catalog_X.Field`. */
  hiddenFields?: readonly string[];
  /** Fields that the user may not change; hidden ones neither. */
  unwritableFields?: readonly string[];
  /** Sets of which every seventh row, about, is hidden by a restriction on rows. */
  restricted?: readonly string[];
}

export class Rights {
  readonly #user: User;

  constructor(user: User) {
    this.#user = user;
  }

  mayRead(set: string): boolean {
    return !this.#user.unreadable?.includes(set);
  }

  mayWrite(set: string): boolean {
    return this.mayRead(set) && !this.#user.unwritable?.includes(set);
  }

  maySee(set: string, field: string): boolean {
    return !this.#user.hiddenFields?.includes(`${set}.${field}`);
  }

  maySet(set: string, field: string): boolean {
    return this.maySee(set, field) && !this.#user.unwritableFields?.includes(`${set}.${field}`);
  }

  /** A hidden field that the text of a filter or an order names. */
  hiddenAmong({ set, shape }: SetRole, text: string | undefined): string | undefined {
    if (text === undefined || !this.#user.hiddenFields) return undefined;
    const words = new Set(text.match(/[\p{L}_][\p{L}\p{N}_]*/gu));
    return [...shape.properties.keys()].find((name) => !this.maySee(set, name) && words.has(name));
  }

  hidesRows(set: string): boolean {
    return this.#user.restricted?.includes(set) ?? false;
  }

  hidesRow(set: string, row: Row): boolean {
    return this.hidesRows(set) && noiseOf(textOf(row['Ref_Key']) || JSON.stringify(row), 7) % 7 === 0;
  }
}

/** The rights of whoever the `Authorization` header names; undefined when it names nobody. The header is Basic in UTF-8. */
export function signIn(header: string | undefined, users: readonly User[]): Rights | undefined {
  if (users.length === 0) return new Rights({ login: '', password: '' });
  const encoded = /^Basic ([A-Za-z0-9+/=]+)$/.exec(header ?? '')?.[1];
  if (encoded === undefined) return undefined;
  const user = users.find(({ login, password }) => Buffer.from(encoded, 'base64').equals(Buffer.from(`${login}:${password}`, 'utf8')));
  return user && new Rights(user);
}
