/** What the API and the UI read of the journal. */
import type { Clock } from '../../../core/ports.ts';
import type { Readers } from '../pool.ts';
import { unavailable } from '../pool.ts';
import { countMessages, type MessageCounts } from './counts.ts';
import { listMessages, type MessageFilter, type MessagePage } from './list.ts';
import { showMessage, type MessageStory } from './show.ts';

export type { MessageCounts, StateCount } from './counts.ts';
export type { MessageFilter, MessagePage } from './list.ts';
export type { MessageStory, QueuePlace, RemoteCall } from './show.ts';
export type { MessageSummary } from './summary.ts';

export interface Journal {
  /** Newest first, without payloads. */
  list(filter: MessageFilter, page: { limit: number; cursor?: string }): Promise<MessagePage>;
  /** Null when there is no such message (any more). */
  show(id: string): Promise<MessageStory | null>;
  /** `sinceMs`: milliseconds since 1970. */
  counts(sinceMs: number): Promise<MessageCounts>;
}

export function journalOf(readers: Readers, clock: Clock): Journal {
  const asked = async <T>(answer: Promise<T>): Promise<T> => {
    try {
      return await answer;
    } catch (error) {
      throw unavailable(error);
    }
  };
  return {
    list: (filter, page) => asked(listMessages(readers, filter, page, clock.wallMs())),
    show: (id) => asked(showMessage(readers, id)),
    counts: (sinceMs) => asked(countMessages(readers, sinceMs)),
  };
}
