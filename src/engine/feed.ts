/** What happens on this node, told to whoever listens (the live event stream, waiting callers). */
import type { MessageState } from '../core/effect-set.ts';
import type { JobState } from '../core/job.ts';

export interface MessageNews {
  message: string;
  direction: 'in' | 'out' | 'run';
  state: MessageState;
  route: string | null;
  failure: string | null;
}

export interface JobNews {
  job: string;
  kind: string;
  subject: string | null;
  state: JobState;
  done: number;
  total: number | null;
  failed: number;
  failure: string | null;
}

export type FeedNews = MessageNews | JobNews;

export type FeedEvent = FeedNews & {
  /** Grows by one; a reader that reconnects says the last one it saw. */
  position: number;
  at: string;
};

export interface Feed {
  publish(news: FeedNews): void;
  /** Events after `since` that are still remembered come first. */
  subscribe(listener: (event: FeedEvent) => void, since?: number): () => void;
  readonly subscribers: number;
  /** Position of the oldest event that is still remembered; that of the next one when none is. */
  readonly oldest: number;
}

const remembered = 1_000;

export function createFeed(now: () => string): Feed {
  const listeners = new Set<(event: FeedEvent) => void>();
  const recent: FeedEvent[] = [];
  let position = 0;
  return {
    publish(news) {
      const event = { ...news, position: ++position, at: now() };
      recent.push(event);
      if (recent.length > remembered) recent.shift();
      for (const listener of listeners) listener(event);
    },
    subscribe(listener, since) {
      if (since !== undefined) for (const event of recent) if (event.position > since) listener(event);
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    get subscribers() {
      return listeners.size;
    },
    get oldest() {
      return recent[0]?.position ?? position + 1;
    },
  };
}
