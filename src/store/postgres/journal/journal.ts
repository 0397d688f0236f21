/** What the API and the UI read of the journal. */
import type { Journal } from '../../../core/journal.ts';
import type { Clock } from '../../../core/ports.ts';
import { unavailable, type Readers } from '../pool.ts';
import { countMessages } from './counts.ts';
import { listMessages } from './list.ts';
import { queueLengths } from './queue-lengths.ts';
import { showMessage } from './show.ts';

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
    queues: () => asked(queueLengths(readers)),
  };
}
