import type { Log } from '../../src/core/ports.ts';

const ignore = (): void => undefined;

/** For tests that judge by what happens and not by what is said. */
export const quietLog: Log = { debug: ignore, info: ignore, warn: ignore, error: ignore };

export interface LoggedEvent {
  readonly level: keyof Log;
  readonly event: string;
  readonly fields: Readonly<Record<string, unknown>>;
}

/** A log that remembers, for tests of what an operator is told. */
export function recordingLog(): Log & { readonly events: readonly LoggedEvent[] } {
  const events: LoggedEvent[] = [];
  const at = (level: keyof Log) => (event: string, fields: Readonly<Record<string, unknown>> = {}): void => void events.push({ level, event, fields });
  return { events, debug: at('debug'), info: at('info'), warn: at('warn'), error: at('error') };
}
