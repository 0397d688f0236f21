/** Headers of a change: what is wanted back, and under which condition it may be made. Pure. */
import { failure } from '../../sdk/index.ts';
import type { Dialect } from './edm.ts';
import type { Work } from './exchange.ts';

export type Match = 'auto' | 'none' | 'any' | 'etag' | 'absent';

/** Asks for the row as it is stored. */
export function returnRow(dialect: Dialect): Readonly<Record<string, string>> {
  switch (dialect) {
    case 'v4': return { prefer: 'return=representation' };
    case 'v3': return { prefer: 'return-content' };
    default: return {};
  }
}

/** The condition under which a row may be changed. Throws `connection.valueMissing` where the version is wanted and there is none. */
export function versionOf({ context, described }: Pick<Work, 'context' | 'described'>, match: Match, etag: string | undefined): Readonly<Record<string, string>> {
  switch (match) {
    case 'none': return {};
    case 'any': return { 'if-match': '*' };
    // Dynamics and others: the row is created, and one that is there already is left alone.
    case 'absent': return { 'if-none-match': '*' };
    case 'auto': return described.rules.patchCreates ? { 'if-match': '*' } : {};
    case 'etag':
      if (etag === undefined || etag === '') throw failure('connection.valueMissing', { connection: context.name, attribute: 'etag' });
      return { 'if-match': etag };
  }
}
