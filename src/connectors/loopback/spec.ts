/** A loopback has nothing to connect to; its routes say what to answer. */
import { catalogue, limits, type SpecFields } from '../../sdk/index.ts';

export const connection = {
  note: {
    type: 'string', default: '', maxLength: 1000, example: 'stands in for the warehouse',
    title: { ru: 'Заметка', en: 'Note' },
    description: { ru: 'Что это подключение изображает.', en: 'What this connection stands in for.' },
  },
} as const satisfies SpecFields;

export const call = {
  choose: {
    type: 'enum', values: ['fixed', 'order', 'match'], default: 'fixed', example: 'order',
    title: { ru: 'Выбор ответа', en: 'Choice of the reply' },
    description: {
      ru: 'fixed — всегда reply; order — reply как список по очереди, последний повторяется; match — первый из списка {when, reply}, чей when входит в сообщение.',
      en: 'fixed: always reply; order: reply is a list, one after another, the last one again and again; match: the first of a list {when, reply} whose when is part of the message.',
    },
  },
  reply: {
    type: 'json', default: null, example: { accepted: true },
    title: { ru: 'Ответ', en: 'Reply' },
    description: { ru: 'Что отвечать. Без него в ответ уходит само сообщение.', en: 'What to answer. Without it the message itself comes back.' },
  },
  delayMs: {
    type: 'number', minimum: 0, maximum: limits.remoteTimeoutMs.value, unit: 'ms', default: 0, example: 200,
    title: { ru: 'Задержка', en: 'Delay' },
    description: { ru: 'Сколько ждать перед ответом.', en: 'How long to wait before the answer.' },
  },
  fail: {
    type: 'enum', values: ['', ...Object.keys(catalogue).filter((code) => code.startsWith('connection.'))], default: '', example: 'connection.busy',
    title: { ru: 'Сбой', en: 'Failure' },
    description: { ru: 'Код сбоя вместо успеха: так видно, что делает маршрут, когда другая сторона отказывает.', en: 'Code of a failure instead of success: it shows what a route does when the other side refuses.' },
  },
  status: {
    type: 'number', minimum: 100, maximum: 599, unit: 'count', advanced: true, example: 422,
    title: { ru: 'Статус', en: 'Status' },
    description: { ru: 'Статус ответа, если маршрут его различает.', en: 'Status of the answer, where the route cares.' },
  },
} as const satisfies SpecFields;
