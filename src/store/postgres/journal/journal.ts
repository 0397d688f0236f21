/** What the API and the UI read of the journal. */
import type { Journal } from '../../../core/journal.ts';
import type { Clock } from '../../../core/ports.ts';
import { asked, type Readers } from '../pool.ts';
import { countMessages } from './counts.ts';
import { listMessages } from './list.ts';
import { queueLengths } from './queue-lengths.ts';
import { showMessage } from './show.ts';

export function journalOf(readers: Readers, clock: Clock): Journal {
  return {
    list: (filter, page) => asked(listMessages(readers, filter, page, clock.wallMs())),
    show: (id) => asked(showMessage(readers, id)),
    counts: (sinceMs) => asked(countMessages(readers, sinceMs)),
    queues: () => asked(queueLengths(readers)),
  };
}
