/** What an error of PostgreSQL or of the link to it means for the engine. */
import { failure, type Failure } from '../../sdk/index.ts';

export interface SqlPlace {
  connection: string;
  /** host:port/database */
  address: string;
  table?: string;
  timeoutMs: number;
}

/** An error of the driver: the server refused, or the link is gone. Nothing else is ever taken for one. */
export class SqlError extends Error {
  /** The server's SQLSTATE; undefined when the error did not come from the server. */
  readonly state: string | undefined;
  constructor(cause: unknown) {
    super('a statement failed', { cause });
    this.state = stateFrom(cause);
  }
  /** Whether the session is gone. */
  get lost(): boolean {
    return this.state === undefined || this.state.startsWith('08') || /^57P0[1-5]$/.test(this.state);
  }
}

export const stateOf = (error: unknown): string | undefined => (error instanceof SqlError ? error.state : undefined);

export const isLost = (error: unknown): boolean => error instanceof SqlError && error.lost;

/** The server did nothing of the statement, or has rolled it back: every code here is known not to have had an effect. */
export function sqlFailure(place: SqlPlace, error: SqlError): Failure {
  const { connection, address } = place;
  const { state, cause } = error;
  if (state === undefined || error.lost) return failure('connection.lost', { connection, address }, { cause });
  const detail = `${state}: ${fieldOf(cause, 'message').slice(0, 300)}`;
  const table = fieldOf(cause, 'table') || (place.table ?? '');
  switch (state) {
    case '28000':
    case '28P01': return failure('connection.authenticationFailed', { connection, address }, { cause });
    case '3D000': return failure('connection.notFound', { connection, address }, { cause });
    case '42501': return failure('connection.permissionDenied', { connection, address, detail }, { cause });
    case '25006': return failure('connection.statementRefused', { detail: `${detail}; writes: true` }, { cause });
    case '57014': return failure('connection.timeout', { connection, address, ms: place.timeoutMs }, { cause });
    case '40001':
    case '40P01':
    case '55P03':
    case '53300':
    case '53400': return failure('connection.busy', { connection, address, detail }, { cause });
    default: break;
  }
  if (state.startsWith('23')) return failure('connection.constraint', { connection, table, constraint: fieldOf(cause, 'constraint') || fieldOf(cause, 'column'), detail: state }, { cause });
  const ours = ['53', '57', '58', 'XX', '25'].some((kind) => state.startsWith(kind));
  return failure(ours ? 'connection.serverError' : 'connection.rejected', { connection, address, detail }, { cause });
}

/** The same for whatever was caught: hooks throw what they like, and that passes through. */
export const explain = (place: SqlPlace, error: unknown): unknown => (error instanceof SqlError ? sqlFailure(place, error) : error);

function stateFrom(error: unknown): string | undefined {
  const code = fieldOf(error, 'code');
  return /^[0-9A-Z]{5}$/.test(code) && fieldOf(error, 'severity') !== '' ? code : undefined;
}

function fieldOf(error: unknown, name: string): string {
  if (typeof error !== 'object' || error === null) return '';
  const value: unknown = Reflect.get(error, name);
  return typeof value === 'string' ? value : '';
}
