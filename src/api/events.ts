/** The live feed: what happens to messages on this node, as server-sent events. */
import { Type } from 'typebox';
import { listOf, nullable, oneOf, uuid, instant } from './field.ts';
import { messageDirections, messageStates } from './messages.ts';
import { operation, shape } from './operation.ts';

export const eventOperations = {
  watchEvents: operation({
    id: 'watchEvents', method: 'GET', path: '/api/v1/events', tag: 'events', permission: 'messages.view',
    summary: { ru: 'Следить за сообщениями', en: 'Watch messages' },
    about: {
      ru: 'Событие message — сообщение перешло в состояние. С `job=true` и событие job: состояние и продвижение задания. Событие gap — что-то пропущено (узел перезапущен или читатель отстал): перечитайте список. Поток время от времени закрывается; браузер подключается снова сам.',
      en: 'An event message: a message came into a state. With `job=true` also an event job: the state and progress of a job. An event gap: something was missed (the node was restarted, or the reader was away too long): read the list again. The stream ends now and then; a browser connects again by itself.',
    },
    query: {
      state: listOf(oneOf(messageStates)),
      direction: listOf(oneOf(messageDirections)),
      route: Type.Optional(Type.String({ maxLength: 128 })),
      job: Type.Optional(Type.Boolean({ default: false })),
    },
    headers: { 'Last-Event-ID': { ru: 'Номер последнего виденного события', en: 'The last event seen' } },
    answers: {
      200: {
        about: { ru: 'Поток', en: 'The stream' },
        mediaType: 'text/event-stream',
        schema: shape({ message: uuid, direction: oneOf(messageDirections), state: oneOf(messageStates), route: nullable(Type.String()), failure: nullable(Type.String()), at: instant }, { title: 'MessageEvent' }),
      },
    },
    failures: ['http.tooManyReaders'],
  }),
};
