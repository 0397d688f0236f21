/** This installation: who it is, and whether it stands still after a restore or as a copy. */
import { Type } from 'typebox';
import { instant, nullable, oneOf, uuid } from './field.ts';
import { operation, shape, type AnswerShape } from './operation.ts';

const instance = shape(
  {
    id: uuid,
    paused: nullable(shape({ why: oneOf(['restored', 'copied', 'moved']), since: instant, dataAsOf: nullable(instant) })),
    waiting: shape({ inbox: Type.Integer(), outbox: Type.Integer() }),
  },
  { title: 'Instance' },
);

const shown: AnswerShape = { about: { ru: 'Установка', en: 'The installation' }, schema: instance };

export const instanceOperations = {
  getInstance: operation({
    id: 'getInstance', method: 'GET', path: '/api/v1/instance', tag: 'instance', permission: 'configuration.view',
    summary: { ru: 'Показать установку', en: 'Show the installation' },
    about: { ru: '`paused` — почему она стоит; `waiting` — сколько сообщений пойдёт в дело после подтверждения.', en: '`paused`: why it stands still; `waiting`: how many messages go to work once it is confirmed.' },
    answers: { 200: shown },
    failures: [],
  }),
  confirmInstance: operation({
    id: 'confirmInstance', method: 'POST', path: '/api/v1/instance/confirm', tag: 'instance', permission: 'configuration.edit',
    summary: { ru: 'Подтвердить, что установка может работать', en: 'Confirm that the installation may work' },
    about: {
      ru: 'После этого она отправляет, опрашивает и принимает. То, что ушло после снимка данных, может уйти снова с тем же номером действия; убедитесь, что прежняя установка остановлена.',
      en: 'From then on it sends, polls and takes in. What was sent after its data were taken may be sent again under the same effect id; make sure that the earlier installation is stopped.',
    },
    answers: { 200: shown },
    failures: ['instance.notPaused'],
  }),
};
