/** What a service can do: the facts that are asked for, and how they are told to a person. */
import { printJson, type Capability, type Localised, type Value, type ValueObject } from '../../sdk/index.ts';

/** In the order in which they are told. */
export const capabilityTitles = {
  /** Of OData, the newest that it has shown. */
  protocolVersion: { ru: 'версия OData', en: 'version of OData' },
  /** Of 1C. */
  platformVersion: { ru: 'версия платформы', en: 'version of the platform' },
  /** Forms in which it takes a batch; none when it takes no batch. */
  batch: { ru: '$batch', en: '$batch' },
  batchMaxOps: { ru: 'операций в пакете', en: 'operations of a batch' },
  /** Tells what has changed since last time. */
  delta: { ru: 'изменения с прошлого раза', en: 'changes since last time' },
  count: { ru: 'подсчёт', en: 'count' },
  inOperator: { ru: 'in', en: 'in' },
  /** Divides a reading into pages of the size that was asked for. */
  serverPaging: { ru: 'страницы службы', en: 'pages of the service' },
  /** Rows of the longest page that it has cut by itself. */
  maxPage: { ru: 'строк на странице самое большее', en: 'rows of a page at most' },
  /** Rows come with a version. */
  etag: { ru: 'версии строк', en: 'versions of rows' },
  etagEnforced: { ru: 'версия проверяется', en: 'the version is checked' },
  etagNeeded: { ru: 'без версии менять нельзя', en: 'no change without a version' },
  upsertPatch: { ru: 'частичное изменение создаёт строку', en: 'a change of a part creates a row' },
  upsertPut: { ru: 'PUT создаёт строку', en: 'PUT creates a row' },
  alternateKeys: { ru: 'другие ключи', en: 'alternate keys' },
  returnRepresentation: { ru: 'новая строка возвращается', en: 'a new row comes back' },
  clientKeyOnCreate: { ru: 'ключ клиента принимается', en: 'a key of the client is taken' },
  /** Hands out tokens against forged requests. */
  csrf: { ru: 'токен CSRF', en: 'CSRF token' },
  /** Gives its callers cookies. */
  session: { ru: 'сеанс', en: 'session' },
  /** What one address may carry. */
  maxQueryBytes: { ru: 'байт параметров адреса', en: 'bytes of the parameters of an address' },
} as const satisfies Readonly<Record<string, Localised>>;

export type CapabilityName = keyof typeof capabilityTitles;

export interface Learnt extends Capability {
  name: CapabilityName;
}

/** Facts of one inquiry with what they were seen with. */
export interface Capabilities {
  /** Of the description: another description is another service. */
  metadataHash: string;
  /** Set that was read. */
  set: string | null;
  learnt: readonly Learnt[];
}

export const capabilitiesJson = ({ metadataHash, set, learnt }: Capabilities): ValueObject => ({ metadataHash, set, ...Object.fromEntries(learnt.map(({ name, value }): [string, Value] => [name, value])) });

export function capabilitiesText(learnt: readonly Learnt[]): Localised {
  const line = (lang: 'ru' | 'en', words: { yes: string; no: string; unknown: string }): string =>
    learnt.map(({ name, value }) => `${capabilityTitles[name][lang]}: ${worded(value, words)}`).join('; ');
  return { ru: line('ru', { yes: 'да', no: 'нет', unknown: 'не выяснено' }), en: line('en', { yes: 'yes', no: 'no', unknown: 'not known' }) };
}

function worded(value: Value, { yes, no, unknown }: { yes: string; no: string; unknown: string }): string {
  if (value === null) return unknown;
  if (Array.isArray(value)) return value.length === 0 ? no : value.join(', ');
  return value === true ? yes : value === false ? no : typeof value === 'string' ? value : printJson(value);
}
