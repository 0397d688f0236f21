/** Sends messages to the new system. */
import { defineConnector, defineOperation } from '../../src/sdk/index.ts';
import { checkSystem } from './check.ts';
import { openSystem } from './send.ts';
import { connection, send } from './spec.ts';

export default defineConnector({
  name: 'connector-template',
  title: { ru: 'Новая система (connector-template)', en: 'New system (connector-template)' },
  about: { ru: 'Отправляет сообщения в новую систему.', en: 'Sends messages to the new system.' },
  verification: 'L1',
  connection,
  operations: {
    send: defineOperation({
      title: { ru: 'Отправка', en: 'Send' },
      direction: 'out',
      route: send,
      // Say true once the system is known to drop a repeated Idempotency-Key.
      idempotent: () => false,
    }),
  },
  open: openSystem,
  check: checkSystem,
});
