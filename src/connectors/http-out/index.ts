/** HTTP requests to another system, as JSON. */
import { defineConnector, defineOperation, readUrl } from '../../sdk/index.ts';
import { checkHttp } from './check.ts';
import { isIdempotent, openHttp } from './send.ts';
import { call, connection } from './spec.ts';

export default defineConnector({
  name: 'http-out',
  title: { ru: 'Отправка HTTP-запросов', en: 'HTTP requests out' },
  about: { ru: 'Вызывает HTTP API другой системы: JSON туда и обратно.', en: 'Calls the HTTP API of another system: JSON both ways.' },
  verification: 'L2',
  connection,
  operations: {
    call: defineOperation({
      title: { ru: 'Запрос', en: 'Call' },
      direction: 'out',
      route: call,
      idempotent: isIdempotent,
    }),
  },
  open(context) {
    readUrl(context.name, context.properties.url);
    return openHttp(context);
  },
  check: checkHttp,
});
