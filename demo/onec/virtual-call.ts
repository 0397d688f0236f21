/** What a virtual table is computed from, and what comes of it. */
import type { Base } from './base.ts';
import type { Shape } from './model.ts';
import type { Quirks } from './quirks.ts';
import type { Row } from './row.ts';
import type { SetRole } from './set-role.ts';

export interface VirtualCall {
  role: SetRole;
  base: Base;
  quirks: Quirks;
  /** The value of an argument; undefined when it was not given. */
  argument: (name: string) => string | undefined;
}

export interface Computed {
  /** That of the register's set where the rows are entities of it; else they are plain values without an address. */
  shape: Shape;
  rows: Row[];
}
