/** HTTP requests from outside, as JSON. The listener itself is the platform's HTTP server. */
import { defineConnector, defineOperation } from '../../sdk/index.ts';
import { checkInbound } from './check.ts';
import { parseRequest } from './parse.ts';
import { connection, receive } from './spec.ts';

export default defineConnector({
  name: 'http-in',
  title: { ru: 'Получение HTTP-запросов', en: 'HTTP requests in' },
  about: { ru: 'Принимает JSON по адресу /api/public/adapter/<подключение>/<маршрут>.', en: 'Takes JSON at /api/public/adapter/<connection>/<route>.' },
  verification: 'L2',
  connection,
  operations: {
    receive: defineOperation({
      title: { ru: 'Приём', en: 'Receive' },
      direction: 'in',
      route: receive,
      addresses: (connected, { path, methods }) => {
        const prefix = typeof connected['path'] === 'string' ? connected['path'] : '';
        const address = path === '' ? prefix : `${prefix}/${path}`;
        return methods.map((method) => `${method} /api/public/adapter/${address}`);
      },
      parse: parseRequest,
    }),
  },
  open: () => ({ close: async () => undefined }),
  check: checkInbound,
});
