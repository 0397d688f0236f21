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

/** Asks the system for many bytes at once: one message needs a handful of ids, and each call costs more than its bytes. */
function drawnAhead(): Random {
  const blockBytes = 4_096;
  let block = randomBytes(0);
  const take = (count: number): Buffer => {
    if (count > blockBytes) return randomBytes(count);
    if (block.length < count) block = randomBytes(blockBytes);
    const taken = block.subarray(0, count);
    block = block.subarray(count);
    return taken;
  };
  return { bytes: take, fraction: () => take(4).readUInt32LE() / 2 ** 32 };
}

export const processRandom: Random = drawnAhead();

/** A command says what it does in its own words; of the parts below only warnings and errors are shown. */
export const warningsTo = (tell: (text: string) => void): Log => ({
  debug: () => undefined,
  info: () => undefined,
  warn: (event, fields) => tell(`${event} ${JSON.stringify(fields ?? {})}\n`),
  error: (event, fields) => tell(`${event} ${JSON.stringify(fields ?? {})}\n`),
});
