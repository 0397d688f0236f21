/** A connection without a transport: it lets routes and scenarios be built before the other system is there. */
import { defineConnector, defineOperation, established, runStages } from '../../sdk/index.ts';
import { openLoopback } from './send.ts';
import { call, connection } from './spec.ts';

export default defineConnector({
  name: 'loopback',
  title: { ru: 'Абстрактное подключение', en: 'Loopback' },
  about: { ru: 'Отвечает заготовленными ответами без сети: для черновиков, показа и проверки отказов.', en: 'Gives canned replies without a network: for drafts, demonstrations and trying out refusals.' },
  verification: 'L3',
  connection,
  operations: {
    call: defineOperation({
      title: { ru: 'Вызов', en: 'Call' },
      direction: 'out',
      route: call,
      idempotent: () => true,
    }),
  },
  open: openLoopback,
  async *check(context) {
    yield* runStages(context.clock, [{ stage: 'address', run: async () => established }]);
  },
});
