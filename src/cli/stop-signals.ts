/**
 * SIGINT and SIGTERM ask for an orderly end. Ctrl-C reaches this process twice, from the terminal and from the wrapper
 * that started it, so only a signal that comes clearly later means impatience and ends the process at once.
 * The wrapper may also be killed, which closes the channel to it: nobody could end this process by it any more.
 */
const impatientAfterMs = 2_000;

export function stopSignal(): AbortSignal {
  const stop = new AbortController();
  const asked = { at: 0 };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) {
    process.on(signal, () => {
      if (!stop.signal.aborted) {
        asked.at = performance.now();
        stop.abort();
      } else if (performance.now() - asked.at > impatientAfterMs) {
        process.exit(130);
      }
    });
  }
  process.on('disconnect', () => stop.abort());
  process.channel?.unref();
  return stop.signal;
}

/** Of work that was given up because its signal said so. */
export const isAbort = (error: unknown): boolean => error instanceof Error && error.name === 'AbortError';
