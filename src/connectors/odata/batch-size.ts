/** How many operations a service takes in one batch, as its refusals tell. */
import { failure, type Failure } from '../../sdk/index.ts';
import type { BatchUnit } from './batch-multipart.ts';
import { splitUnits } from './batch-split.ts';
import type { Work } from './exchange.ts';
import { readServiceError } from './service-error.ts';
import type { ServiceAnswer } from './service.ts';

export const operationsIn = (units: readonly BatchUnit[]): number => units.reduce((sum, { members }) => sum + members.length, 0);

/** `count` operations in one batch were refused for their number or weight; none of them was carried out. */
export function sizeRefusal({ context }: Work, units: readonly BatchUnit[], { http, text, value }: ServiceAnswer): Failure | undefined {
  const { status } = http;
  const message = readServiceError(text, value)?.message ?? '';
  if (status !== 413 && !(status === 404 && iisTooLarge.test(text)) && !(status >= 400 && status < 500 && isAboutSize(message))) return undefined;
  const stated = statedIn(message, operationsIn(units));
  return failure('odata.batchRefusedLarge', { connection: context.name, count: operationsIn(units), detail: `HTTP ${status} ${message}`.trim().slice(0, 300), ...(stated === undefined ? {} : { stated }) });
}

/** IIS answers "not found" to a body that is longer than it lets through. */
const iisTooLarge = /\b404\.13\b/;

const counted = /(?:batch|change ?set|atomicity ?group|operations|requests|parts|пакет|операци|запрос)/i;
const beyond = /(?:too many|too large|exceed|more than|(?:maximum|max\.?|limit)\b[^.]{0,60}(?:number|count|\d)|at most|up to|превыш|больше|слишком|не более|предел)/i;

/** Of a refused batch as such: its words are the service's own, and one that is misread costs a few smaller batches. */
const isAboutSize = (message: string): boolean => counted.test(message) && beyond.test(message);

/** The number that the service names, where there is one that makes sense. */
function statedIn(message: string, sent: number): number | undefined {
  const numbers = [...message.matchAll(/(?<![\w.,])\d{1,5}(?![\w]|[.,]\d)/g)].map(([text]) => Number(text)).filter((number) => number >= 1 && number < sent);
  return numbers.length === 1 ? numbers[0] : undefined;
}

export interface BatchSize {
  /** Batches of so many operations as are known to go; groups that are larger go by themselves. */
  split(units: readonly BatchUnit[]): readonly (readonly BatchUnit[])[];
  /** Throws `refused` where what was refused cannot be divided. */
  shrink(units: readonly BatchUnit[], refused: Failure): void;
  /** The service has taken this one as such, whatever came of its members. */
  accepted(units: readonly BatchUnit[]): void;
}

/** `maxOps` is what the route wants. What was learnt is believed for a day, beside the description that it was learnt with. */
export function createBatchSize({ context, service: { capabilities } }: Work, maxOps: number): BatchSize {
  const known = capabilities.lately('batchMaxOps');
  let aim = typeof known === 'number' ? Math.min(maxOps, Math.max(1, known)) : maxOps;
  /** What is certain by now; nothing is learnt of a service that has refused no batch for its size. */
  let certain = typeof known === 'number' ? known : Infinity;
  const split = (units: readonly BatchUnit[], most: number) => splitUnits(context.name, units, { maxOps, aim: most });
  return {
    split: (units) => split(units, aim),
    shrink(units, refused) {
      const { stated } = refused.parameters;
      const less = typeof stated === 'number' ? Math.min(stated, operationsIn(units) - 1) : Math.floor(operationsIn(units) / 2);
      if (less < 1 || split(units, less).length === 1) throw refused;
      context.log.warn('odata.batchShrunk', { connection: context.name, count: operationsIn(units), next: less });
      aim = less;
      certain = 0;
    },
    accepted(units) {
      const count = operationsIn(units);
      if (count <= certain || certain === Infinity) return;
      certain = count;
      capabilities.learn('batchMaxOps', count);
    },
  };
}
