/** Properties of a connection to the new system and of the routes over it. */
import type { SpecFields } from '../../src/sdk/index.ts';

export const connection = {
  url: {
    type: 'string', required: true, transport: true, pattern: '^https?://[^\\s/?#@]+[^\\s?#]*$', example: 'https://new-system.example/api',
    title: { ru: 'Адрес', en: 'Address' },
    description: { ru: 'Начало всех адресов системы.', en: 'The beginning of all addresses of the system.' },
  },
  token: {
    type: 'secret', required: true,
    title: { ru: 'Токен', en: 'Token' },
    description: { ru: 'Уходит в заголовке Authorization: Bearer.', en: 'Goes out in the header Authorization: Bearer.' },
  },
  timeoutMs: {
    type: 'number', minimum: 1, maximum: 600_000, unit: 'ms', default: 30_000, advanced: true, example: 10_000,
    title: { ru: 'Время на запрос', en: 'Time for a request' },
    description: { ru: 'Сколько ждать ответа.', en: 'How long to wait for an answer.' },
  },
} as const satisfies SpecFields;

export const send = {
  path: {
    type: 'string', default: 'messages', pattern: '^[^\\s?#]*$', example: 'messages',
    title: { ru: 'Путь', en: 'Path' },
    description: { ru: 'Куда отправлять сообщение.', en: 'Where to send the message.' },
  },
} as const satisfies SpecFields;
