/** What an answer of a service means for the engine: whose fault, and whether to repeat. Pure. */
import { failure, statusFailure, type Failure, type HttpAnswer, type Value } from '../../sdk/index.ts';
import type { Dialect } from './edm.ts';
import { exceptionFailure } from './onec-exception.ts';
import { isHtml, jsonError, readServiceError, titleOf, type ServiceError } from './service-error.ts';

export interface AnswerPlace {
  connection: string;
  dialect: Dialect;
  /** Set or function that was asked. */
  set: string;
  /** For a person; empty when no row was meant. */
  key: string;
  /** Whether a repeat does no harm. */
  repeatable: boolean;
  nowMs: number;
}

/** The failure of an answer, or undefined when the service did what it was asked. `value` is the answer as JSON, if it is that. */
export function answerFailure(place: AnswerPlace, answer: HttpAnswer, text: string, value: Value | undefined): Failure | undefined {
  const { status } = answer;
  if (status >= 200 && status < 300) return refusedWithin200(place, answer, text, value);
  const error = readServiceError(text, value);
  const detail = describe(status, error);
  const { connection, set, key } = place;
  // What the protocol says by its status holds whatever code stands beside it.
  if (status === 412) return failure('odata.conflict', { connection, set, detail });
  if (error !== undefined && languageMissing.test(error.message)) return failure('odata.languageMissing', { connection, set, detail });
  const onec = place.dialect === '1c' && error !== undefined ? (onecFailure(place, error, detail) ?? (status >= 500 ? exceptionFailure(place, error.message, detail) : undefined)) : undefined;
  if (onec !== undefined) return onec;
  switch (status) {
    case 404: return key === '' ? failure('odata.refused', { connection, set, detail }) : failure('odata.rowNotFound', { connection, set, key, detail });
    case 403: return failure('odata.noRights', { connection, set, detail });
    case 409: return failure('odata.conflict', { connection, set, detail });
    case 414:
    case 431: return failure('odata.addressTooLong', { connection, set, detail }, place.repeatable ? { next: { kind: 'retry' } } : {});
    case 428: return failure('odata.etagNeeded', { connection, set, detail });
    default:
  }
  if (status === 502 || status === 504) return throughGateway(place, answer, detail);
  if (status >= 500 && status !== 501 && status !== 503) return failure('odata.serverError', { connection, set, detail }, { next: { kind: place.repeatable ? 'retry' : 'park' } });
  const known = statusFailure({ connection, address: answer.url, status, headers: answer.headers, nowMs: place.nowMs });
  return known?.code === 'connection.rejected' || status === 501 ? failure('odata.refused', { connection, set, detail }) : known;
}

/** A system whose language of the interface is not installed says so in whatever language it has. */
const languageMissing = /(?:язык\S*\s+(?:интерфейса\s+)?[^.]{0,40}(?:не\s+(?:установлен|найден|поддерживается|существует))|(?:interface )?language\s+[^.]{0,40}(?:is )?(?:not (?:installed|found|available|supported))|select one of the installed languages)/i;

/** The gateway knows nothing of what happened behind it: only a harmless request may be repeated. */
function throughGateway({ connection, repeatable }: AnswerPlace, { url, status }: HttpAnswer, detail: string): Failure {
  return repeatable
    ? failure('connection.busy', { connection, address: url, status, detail })
    : failure('connection.unknownOutcome', { connection, address: url, detail, late: false });
}

function refusedWithin200(place: AnswerPlace, answer: HttpAnswer, text: string, value: Value | undefined): Failure | undefined {
  const { connection, set } = place;
  if (value !== undefined) {
    const error = jsonError(value);
    if (error === undefined) return undefined;
    return (place.dialect === '1c' ? onecFailure(place, error, describe(answer.status, error)) : undefined) ?? failure('odata.refused', { connection, set, detail: describe(answer.status, error) });
  }
  return isHtml(text) ? failure('odata.htmlPage', { connection, address: answer.url, title: titleOf(text) }) : undefined;
}

/** 1C is judged by its code alone: its texts are in the language of the base. */
function onecFailure(place: AnswerPlace, error: ServiceError, detail: string): Failure | undefined {
  const { connection, set, key } = place;
  switch (error.code) {
    case '-1': return exceptionFailure(place, error.message, detail) ?? failure('odata.business', { connection, set, detail });
    case '9': return failure('odata.rowNotFound', { connection, set, key, detail });
    case '15': return failure('odata.keyExists', { connection, set, detail });
    case '20': return failure('odata.noRights', { connection, set, detail });
    default: return /^(?:\d|1\d|21)$/.test(error.code) ? failure('odata.refused', { connection, set, detail }) : undefined;
  }
}

const describe = (status: number, error: ServiceError | undefined): string =>
  [`HTTP ${status}`, error?.code === undefined || error.code === '' ? '' : `code ${error.code.slice(0, 80)}`, error?.message ?? ''].filter((part) => part !== '').join(', ');
