/** What the systems behind connections can do. */
import { Type } from 'typebox';
import { waysToLearn } from '../core/capability.ts';
import { anyValue, instant, name, oneOf } from './field.ts';
import { operation, shape, type AnswerShape } from './operation.ts';

const capabilities: AnswerShape = {
  about: { ru: 'Что известно, по одному факту', en: 'What is known, fact by fact' },
  schema: shape({
    capabilities: Type.Array(
      shape(
        {
          name: Type.String(),
          title: Type.String(),
          value: Type.Unsafe<unknown>({ ...anyValue, description: 'Null: it was asked, and could not be told' }),
          text: Type.String({ description: 'The value for a person' }),
          learned: oneOf(waysToLearn),
          how: Type.String({ description: 'How it was learnt, for a person' }),
          learnedAt: instant,
          ageSeconds: Type.Integer(),
          current: Type.Boolean({ description: 'False when the system has another address or other metadata by now' }),
        },
        { title: 'Capability' },
      ),
    ),
  }),
};

export const capabilityOperations = {
  getCapabilities: operation({
    id: 'getCapabilities', method: 'GET', path: '/api/v1/connections/{name}/capabilities', tag: 'connections', permission: 'connections.view',
    summary: { ru: 'Что умеет другая система', en: 'What the other system can do' },
    about: { ru: 'Из того, что выяснено прежде; другая система не спрашивается. Пусто, пока подключение не проверено.', en: 'From what was found out before; the other system is not asked. Empty until the connection was checked.' },
    params: { name },
    answers: { 200: capabilities },
    failures: ['connection.none', 'connection.noCapabilities'],
  }),
  refreshCapabilities: operation({
    id: 'refreshCapabilities', method: 'POST', path: '/api/v1/connections/{name}/capabilities/refresh', tag: 'connections', permission: 'connections.run',
    summary: { ru: 'Выяснить заново, что умеет другая система', en: 'Find out anew what the other system can do' },
    about: { ru: 'Только чтением. Пробная запись — действие probeWrites подключения.', en: 'By reads alone. Trial writes are the action probeWrites of the connection.' },
    params: { name },
    answers: { 200: capabilities },
    failures: ['connection.none', 'connection.noCapabilities', 'connection.noConnector'],
  }),
};
