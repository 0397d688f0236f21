/** Waits until a message is over, whichever node finishes it. */
import type { MessageRow, MessageState } from '../core/effect-set.ts';
import type { EngineParts } from './parts.ts';

const over: ReadonlySet<MessageState> = new Set(['done', 'failed', 'dead', 'discarded', 'cancelled']);

/** A reason of our own: the usual one is an exception with a stack. */
const waited = 'waited';

export interface ReplyWaiter {
  /** The finished row, or null after `ms`. */
  wait(message: string, ms: number): Promise<MessageRow | null>;
  /** Nobody waits any longer: what is not over goes on without its caller, on another node or after the next start. */
  close(): void;
  readonly closed: boolean;
}

export function createReplyWaiter({ store, feed, clock, settings }: Pick<EngineParts, 'store' | 'feed' | 'clock' | 'settings'>): ReplyWaiter {
  const closing = Promise.withResolvers<void>();
  let closed = false;
  return {
    close() {
      closed = true;
      closing.resolve();
    },
    get closed() {
      return closed;
    },
    async wait(message, ms) {
      const deadline = clock.monotonicMs() + ms;
      let news = freshNews();
      const stop = feed.subscribe((event) => {
        if ('message' in event && event.message === message && over.has(event.state)) news.arrive();
      });
      try {
        for (;;) {
          const row = await store.message(message);
          if (row !== null && over.has(row.state)) return row;
          const left = deadline - clock.monotonicMs();
          if (left <= 0 || closed) return null;
          const pause = new AbortController();
          await Promise.race([news.arrived, closing.promise, clock.sleep(Math.min(left, settings.replyPollMs), pause.signal).catch(() => undefined)]);
          pause.abort(waited);
          news = freshNews();
        }
      } finally {
        stop();
      }
    },
  };
}

function freshNews(): { arrived: Promise<void>; arrive: () => void } {
  const { promise, resolve } = Promise.withResolvers<void>();
  return { arrived: promise, arrive: resolve };
}
