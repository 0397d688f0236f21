/** The core's ports as a command of the CLI has them: the process's clock, randomness, and warnings on standard error. */
import { randomBytes } from 'node:crypto';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Clock, Log, Random } from '../core/ports.ts';

export const processClock: Clock = {
  wallMs: () => Date.now(),
  monotonicMs: () => performance.now(),
  sleep: async (ms, signal) => {
    await sleep(ms, undefined, signal === undefined ? {} : { signal }).catch((error: unknown) => {
      throw signal?.aborted === true ? signal.reason : error;
    });
  },
};

export const processRandom: Random = {
  bytes: (count) => randomBytes(count),
  fraction: () => randomBytes(4).readUInt32LE() / 2 ** 32,
};

/** A command says what it does in its own words; of the parts below only warnings and errors are shown. */
export const warningsTo = (tell: (text: string) => void): Log => ({
  debug: () => undefined,
  info: () => undefined,
  warn: (event, fields) => tell(`${event} ${JSON.stringify(fields ?? {})}\n`),
  error: (event, fields) => tell(`${event} ${JSON.stringify(fields ?? {})}\n`),
});
