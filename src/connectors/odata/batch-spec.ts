/** Properties of a route that sends many operations in one request. */
import type { SpecFields } from '../../sdk/index.ts';
import { match, onDifference } from './spec.ts';

export const batch = {
  set: {
    type: 'string', maxLength: 500, example: 'Orders',
    title: { ru: 'Набор', en: 'Set' },
    description: { ru: 'Набор тех операций сообщения, которые своего не называют.', en: 'Set of those operations of the message that name none of their own.' },
  },
  atomic: {
    type: 'boolean', default: false,
    title: { ru: 'Всё или ничего', en: 'All or nothing' },
    description: { ru: 'Все изменения сообщения — одна группа: служба выполняет её целиком или не выполняет вовсе. Отдельные группы задаёт поле group операции.', en: 'All changes of the message are one group, which the service carries out as a whole or not at all. Several groups are made by the field group of an operation.' },
  },
  format: {
    type: 'enum', values: ['auto', 'multipart', 'json'], default: 'auto', advanced: true, example: 'json',
    title: { ru: 'Вид пакета', en: 'Form of the batch' },
    description: { ru: 'auto — multipart, а если служба V4 его не понимает, то JSON; что подошло, запоминается.', en: 'auto: multipart, and JSON where a V4 service does not understand that; what worked is remembered.' },
  },
  maxOps: {
    type: 'number', minimum: 1, maximum: 1_000, unit: 'count', default: 100, advanced: true, example: 100,
    title: { ru: 'Операций в пакете', en: 'Operations of a batch' },
    description: { ru: 'Более длинное сообщение уходит несколькими пакетами; группа не делится.', en: 'A longer message goes out in several batches; a group is never divided.' },
  },
  match,
  onDifference,
} as const satisfies SpecFields;
