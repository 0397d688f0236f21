/** What an HTTP status means for the engine. */
import { failure, type Failure } from '../core/failure.ts';
import { limits } from '../core/limits.ts';

export interface StatusReading {
  connection: string;
  /** The address that answered, for messages. */
  address: string;
  status: number;
  headers: Readonly<Record<string, string>>;
  /** Wall clock, for a Retry-After that is a date. */
  nowMs: number;
}

/** The failure of an answer, or undefined for 2xx. */
export function statusFailure(reading: StatusReading): Failure | undefined {
  const { connection, address, status } = reading;
  const detail = `HTTP ${status}`;
  if (status >= 200 && status < 300) return undefined;
  switch (status) {
    case 401:
    case 407: return failure('connection.authenticationFailed', { connection, address, status });
    case 403: return failure('connection.permissionDenied', { connection, address, status, detail: `${detail}, ${address}` });
    case 404: return failure('connection.notFound', { connection, address, status });
    case 408:
    case 425:
    case 429:
    case 503: return failure('connection.busy', { connection, address, status, detail }, retryAfterOf(reading));
    default: return failure(status >= 500 ? 'connection.serverError' : 'connection.rejected', { connection, address, status, detail });
  }
}

function retryAfterOf(reading: StatusReading): { next?: { kind: 'retryAfter'; ms: number } } {
  const ms = retryAfterMs(reading.headers['retry-after'], reading.nowMs);
  return ms === undefined ? {} : { next: { kind: 'retryAfter', ms } };
}

/** Reads `Retry-After`: seconds or a date. A date in the past is now; nonsense is undefined. */
export function retryAfterMs(text: string | undefined, nowMs: number): number | undefined {
  if (text === undefined) return undefined;
  const ms = /^\d+$/.test(text.trim()) ? Number(text) * 1000 : Date.parse(text) - nowMs;
  return Number.isNaN(ms) ? undefined : Math.min(Math.max(ms, 0), limits.retryAfterMs.value);
}
