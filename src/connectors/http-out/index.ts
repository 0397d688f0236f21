/** HTTP requests to another system, as JSON. */
import { defineConnector, defineOperation, Failure, parseResultCodes, readUrl, type Problem } from '../../sdk/index.ts';
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
      problems: ({ resultCodes }) => dictionaryProblems(resultCodes),
    }),
  },
  open(context) {
    readUrl(context.name, context.properties.url);
    return openHttp(context);
  },
  check: checkHttp,
});

function dictionaryProblems(resultCodes: unknown): readonly Problem[] {
  if (resultCodes === undefined) return [];
  try {
    parseResultCodes(resultCodes);
    return [];
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return [{ path: 'resultCodes', code: error.code, parameters: error.parameters }];
  }
}
