/** Structured logs on standard error, one JSON object a line. */
import pino from 'pino';
import type { Log } from '../core/ports.ts';

export const logLevels = ['debug', 'info', 'warn', 'error', 'silent'] as const;
export type LogLevel = (typeof logLevels)[number];

/** Names under which a secret could stand in a log field; their values are not written. */
const hidden = ['password', 'token', 'secret', 'authorization', 'cookie', 'connectionString'];

/** Every line names the environment, when there is one. */
export function createLog(level: LogLevel, environment: string | null = null): Log {
  const logger = pino(
    { level, base: environment === null ? null : { environment }, timestamp: pino.stdTimeFunctions.isoTime, messageKey: 'event', redact: { paths: hidden.flatMap((name) => [name, `*.${name}`]), censor: '[secret]' } },
    pino.destination({ fd: 2, sync: true }),
  );
  return {
    debug: (event, fields = {}) => logger.debug(fields, event),
    info: (event, fields = {}) => logger.info(fields, event),
    warn: (event, fields = {}) => logger.warn(fields, event),
    error: (event, fields = {}) => logger.error(fields, event),
  };
}
