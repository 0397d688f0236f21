/** What an error of PostgreSQL or of the link to it means for the engine. */
import { Failure, failure } from '../../sdk/index.ts';

export interface SqlPlace {
  connection: string;
  /** host:port/database */
  address: string;
  table?: string;
  timeoutMs: number;
}

/** The error of a session that is gone: the server ended it or the link broke. */
export const isLost = (error: unknown): boolean => {
  const state = stateOf(error);
  return state === undefined ? !(error instanceof Failure) : state.startsWith('08') || /^57P0[1-5]$/.test(state);
};

/** The server did nothing of the statement, or has rolled it back: every code here is known not to have had an effect. */
export function sqlFailure(place: SqlPlace, error: unknown): Failure {
  if (error instanceof Failure) return error;
  const { connection, address } = place;
  const state = stateOf(error);
  if (state === undefined || isLost(error)) return failure('connection.lost', { connection, address }, { cause: error });
  const detail = `${state}: ${fieldOf(error, 'message').slice(0, 300)}`;
  const table = fieldOf(error, 'table') || (place.table ?? '');
  switch (state) {
    case '28000':
    case '28P01': return failure('connection.authenticationFailed', { connection, address }, { cause: error });
    case '3D000': return failure('connection.notFound', { connection, address }, { cause: error });
    case '42501': return failure('connection.permissionDenied', { connection, address, detail }, { cause: error });
    case '25006': return failure('connection.statementRefused', { detail: `${detail}; writes: true` }, { cause: error });
    case '57014': return failure('connection.timeout', { connection, address, ms: place.timeoutMs }, { cause: error });
    case '40001':
    case '40P01':
    case '55P03':
    case '53300':
    case '53400': return failure('connection.busy', { connection, address, detail }, { cause: error });
    default: break;
  }
  if (state.startsWith('23')) return failure('connection.constraint', { connection, table, constraint: fieldOf(error, 'constraint') || fieldOf(error, 'column'), detail: state }, { cause: error });
  const ours = ['53', '57', '58', 'XX', '25'].some((kind) => state.startsWith(kind));
  return failure(ours ? 'connection.serverError' : 'connection.rejected', { connection, address, detail }, { cause: error });
}

/** The SQLSTATE, or undefined for errors that did not come from the server. */
export function stateOf(error: unknown): string | undefined {
  const code = fieldOf(error, 'code');
  return /^[0-9A-Z]{5}$/.test(code) && fieldOf(error, 'severity') !== '' ? code : undefined;
}

function fieldOf(error: unknown, name: string): string {
  if (typeof error !== 'object' || error === null) return '';
  const value: unknown = Reflect.get(error, name);
  return typeof value === 'string' ? value : '';
}
