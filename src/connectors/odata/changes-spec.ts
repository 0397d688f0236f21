/** Properties of a route that reads what has changed since last time. */
import type { SpecFields } from '../../sdk/index.ts';
import { query } from './spec.ts';

export const changes = {
  set: query.set,
  select: query.select,
  pageRows: {
    type: 'number', minimum: 1, maximum: 20_000, unit: 'count', default: 1_000, example: 500,
    title: { ru: 'Строк на странице', en: 'Rows of a page' },
    description: { ru: 'Сколько строк просить за раз; служба может дать и меньше, и больше.', en: 'How many rows to ask for at once; the service may give fewer or more.' },
  },
  onExpired: {
    type: 'enum', values: ['fail', 'restart'], default: 'fail', advanced: true, example: 'restart',
    title: { ru: 'Если служба забыла, что уже отдала', en: 'When the service has forgotten what it gave' },
    description: {
      ru: 'fail — отказ odata.deltaExpired: начать заново, без cursor. restart — сразу читать заново; в ответе restarted: true, и удалённых строк в нём не будет.',
      en: 'fail: the failure odata.deltaExpired; begin anew without a cursor. restart: read anew at once; the response says restarted: true, and removed rows are not in it.',
    },
  },
} as const satisfies SpecFields;
