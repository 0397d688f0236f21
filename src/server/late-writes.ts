/**
 * Around a switch, runs of the former version still write the former column: on this node until it has noticed, and until
 * those that were under way have ended. They are looked for soon after each switch that converts values; housekeeping goes on for a day.
 */
import type { Configuration, ConfigurationSource } from '../core/configuration/published.ts';
import type { Clock, Log } from '../core/ports.ts';

/** After a switch; most runs end within the first. */
const pausesMs = [500, 2_000, 10_000, 60_000];

export function followSwitches(configuration: ConfigurationSource, takeOver: () => Promise<void>, clock: Clock, log: Log): () => Promise<void> {
  let stopping = new AbortController();
  let following: Promise<void> = Promise.resolve();
  const follow = async (signal: AbortSignal): Promise<void> => {
    for (const ms of pausesMs) {
      await clock.sleep(ms, signal).catch(() => undefined);
      if (signal.aborted) return;
      await takeOver().catch((error: unknown) => log.warn('template.lateWrites', { error: error instanceof Error ? error.message : String(error) }));
    }
  };
  const stop = configuration.onChange((next) => {
    if (!converts(next)) return;
    stopping.abort();
    stopping = new AbortController();
    following = Promise.all([following, follow(stopping.signal)]).then(() => undefined);
  });
  return async () => {
    stop();
    stopping.abort();
    await following;
  };
}

/** An attribute of the newest version has taken over values. */
const converts = ({ templates }: Configuration): boolean =>
  templates.all().some(({ version, attributes }) => attributes.some((attribute) => attribute.kind === 'scalar' && attribute.convertedFrom?.version === version));
