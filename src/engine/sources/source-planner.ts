/** Looks at every change of the configuration, and now and then, whether all row sources are planned. */
import { planSources, type SourceDeskParts } from './source-desk.ts';

export class SourcePlanner {
  readonly #parts: SourceDeskParts;
  readonly #stopping = new AbortController();
  #pause = new AbortController();
  #changed = false;
  #running: Promise<void> | null = null;
  #stopListening: () => void = () => undefined;

  constructor(parts: SourceDeskParts) {
    this.#parts = parts;
  }

  start(): void {
    this.#stopListening = this.#parts.configuration.onChange(() => {
      this.#changed = true;
      this.#pause.abort();
    });
    this.#running ??= this.#run();
  }

  async close(): Promise<void> {
    this.#stopping.abort();
    this.#pause.abort();
    this.#stopListening();
    await this.#running;
  }

  async #run(): Promise<void> {
    const { clock, settings, log } = this.#parts;
    while (!this.#stopping.signal.aborted) {
      this.#changed = false;
      await planSources(this.#parts).catch((error: unknown) => log.warn('source.notPlanned', { error: String(error) }));
      this.#pause = new AbortController();
      if (!this.#changed && !this.#stopping.signal.aborted) await clock.sleep(settings.sourcePlanMs, this.#pause.signal).catch(() => undefined);
    }
  }
}
