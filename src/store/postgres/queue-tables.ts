/** Where each queue lives and what names its rows. */
import type { QueueName } from '../../core/effect-set.ts';

export const queueTables: Readonly<Record<QueueName, { table: string; id: string; idType: string }>> = {
  inbox: { table: 'zveno.inbox_queue', id: 'message', idType: 'uuid' },
  outbox: { table: 'zveno.outbox_queue', id: 'message', idType: 'uuid' },
  timer: { table: 'zveno.timer', id: 'id', idType: 'text' },
};
