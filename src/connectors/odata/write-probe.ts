/**
 * Finds out by writes what a service does with versions, keys and rows that are not there: on a set that a person has
 * named for it, never by itself. Every row it makes is taken away again, whatever happens in between.
 */
import { Failure, failure, printJson, type Localised, type Value, type ValueObject } from '../../sdk/index.ts';
import type { CapabilityName, Learnt } from './capabilities.ts';
import type { EdmProperty, EntitySet, StructuredType } from './edm.ts';
import { readEtag, readSingle } from './envelope.ts';
import { rowAddress, setNamed } from './key.ts';
import { readServiceError } from './service-error.ts';
import type { ServiceContext } from './service-context.ts';
import { openService, type Described, type Service, type ServiceAnswer } from './service.ts';
import { returnRow } from './write-headers.ts';

/** `fact`: the capability that it says something about. */
type Finding = readonly [ru: string, en: string, value: boolean | string | null, fact: CapabilityName];

/** Throws `odata.noScratchSet` where none is named, and what keeps the probe from beginning. */
export async function probeWrites(context: ServiceContext, signal: AbortSignal): Promise<Localised> {
  const name = context.properties.scratchSet;
  if (name === undefined) throw failure('odata.noScratchSet', { connection: context.name });
  const service = openService(context);
  try {
    const described = await service.describe(signal);
    return await probe({ context, service, described, set: setNamed(context.name, described.model, name), signal });
  } finally {
    await service.close();
  }
}

interface Scene {
  context: ServiceContext;
  service: Service;
  described: Described;
  set: EntitySet;
  signal: AbortSignal;
}

async function probe(scene: Scene): Promise<Localised> {
  const { set } = scene;
  const text = textField(set.type);
  if (text === undefined) throw failure('odata.scratchSetUnfit', { connection: scene.context.name, set: set.name, detail: 'no text field' });
  const wanted = newRow(set.type, text, scene.context.clock.wallMs().toString(16).padStart(12, '0'));
  const made: ValueObject[] = [];
  const findings: Finding[] = [];
  let left: readonly string[] = [];
  try {
    const created = await send(scene, 'POST', encodeURIComponent(set.name), wanted, returnRow(scene.described.dialect));
    if (created.http.status >= 300) throw failure('odata.scratchSetUnfit', { connection: scene.context.name, set: set.name, detail: `HTTP ${created.http.status} ${readServiceError(created.text, created.value)?.message ?? ''}`.trim() });
    const wire = created.value === undefined ? undefined : readSingle(created.value);
    const key = keyOf(set, wire, wanted);
    if (key === undefined) throw failure('odata.scratchSetUnfit', { connection: scene.context.name, set: set.name, detail: 'the key of the new row did not come back' });
    made.push(key);
    findings.push(
      ['новая строка возвращается', 'a new row comes back', wire !== undefined, 'returnRepresentation'],
      ['ключ клиента принимается', 'a key of the client is taken', set.type.keys.every((field) => wanted[field] !== undefined && sameText(key[field], wanted[field])), 'clientKeyOnCreate'],
      ...(await versions(scene, key, text, created, wire)),
    );
    await remove(scene, key);
    findings.push(...(await upserts(scene, key, text, wanted, made)));
  } finally {
    left = await cleanUp(scene, made);
  }
  const place = { address: scene.service.address, metadataHash: scene.described.model.hash };
  await scene.context.dossier?.learn(place, findings.map(learntOf));
  return told(findings, left, set.name);
}

/** Changes the row without a version, then under a wrong one. */
async function versions(scene: Scene, key: ValueObject, field: string, created: ServiceAnswer, wire: Value | undefined): Promise<readonly Finding[]> {
  const path = address(scene, key);
  const etag = readEtag(created.http.headers, wire ?? null);
  const bare = await send(scene, scene.described.rules.patch, path, { [field]: 'zveno probe 2' }, {});
  const stale = await send(scene, scene.described.rules.patch, path, { [field]: 'zveno probe 3' }, { 'if-match': 'W/"zveno-no-such-version"' });
  return [
    ['версия строки', 'version of a row', etag !== undefined, 'etag'],
    ['изменение без версии', 'a change without a version', bare.http.status === 428 ? 'HTTP 428' : bare.http.status < 300 ? true : `HTTP ${bare.http.status}`, 'etagNeeded'],
    ['версия проверяется', 'the version is checked', stale.http.status === 412 ? true : stale.http.status < 300 ? false : `HTTP ${stale.http.status}`, 'etagEnforced'],
  ];
}

/** Changes a row that is not there any more. */
async function upserts(scene: Scene, key: ValueObject, field: string, wanted: ValueObject, made: ValueObject[]): Promise<readonly Finding[]> {
  const path = address(scene, key);
  const findings: Finding[] = [];
  for (const [method, body] of [[scene.described.rules.patch, { [field]: 'zveno probe 4' }], ['PUT', { ...wanted, ...key }]] as const) {
    const answer = await send(scene, method, path, body, {});
    findings.push([`${method} создаёт строку, которой нет`, `${method} creates a row that is not there`, answer.http.status < 300 ? true : answer.http.status === 404 ? false : `HTTP ${answer.http.status}`, method === 'PUT' ? 'upsertPut' : 'upsertPatch']);
    if (answer.http.status < 300) {
      made.push(key);
      await remove(scene, key);
    }
  }
  return findings;
}

/** An answer that says neither is none. That a change without a version is taken means that none is needed. */
function learntOf([, , value, name]: Finding): Learnt {
  const seen = typeof value === 'boolean' ? value : null;
  return { name, learned: 'written', value: name === 'etagNeeded' ? (value === 'HTTP 428' ? true : seen === true ? false : null) : seen };
}

function told(findings: readonly Finding[], left: readonly string[], set: string): Localised {
  const line = (index: 0 | 1, yes: string, no: string): string => findings.map((each) => `${each[index]}: ${each[2] === true ? yes : each[2] === false ? no : (each[2] ?? '–')}`).join('; ');
  return left.length === 0
    ? { ru: `Набор «${set}»: ${line(0, 'да', 'нет')}. Пробные строки удалены.`, en: `Set "${set}": ${line(1, 'yes', 'no')}. The rows of the probe were removed.` }
    : { ru: `Набор «${set}»: ${line(0, 'да', 'нет')}. Не удалось удалить пробные строки, удалите их сами: ${left.join(', ')}.`, en: `Set "${set}": ${line(1, 'yes', 'no')}. Rows of the probe could not be removed, remove them yourself: ${left.join(', ')}.` };
}

const address = ({ context, described, set }: Scene, key: ValueObject): string => rowAddress({ connection: context.name, dialect: described.dialect }, set, key);

const send = ({ service, described, signal }: Scene, method: string, path: string, body: ValueObject | undefined, headers: Readonly<Record<string, string>>): Promise<ServiceAnswer> =>
  service.request(described, { method, path, headers, ...(body === undefined ? {} : { body: new TextEncoder().encode(printJson(body)) }) }, signal);

/** Under the version that the row has now, where the service wants one. */
async function remove(scene: Scene, key: ValueObject): Promise<number> {
  const path = address(scene, key);
  const bare = await send(scene, 'DELETE', path, undefined, scene.described.rules.patchCreates ? { 'if-match': '*' } : {});
  if (bare.http.status !== 412 && bare.http.status !== 428) return bare.http.status;
  const read = await send(scene, 'GET', path, undefined, {});
  const etag = readEtag(read.http.headers, read.value === undefined ? null : readSingle(read.value));
  return etag === undefined ? bare.http.status : (await send(scene, 'DELETE', path, undefined, { 'if-match': etag })).http.status;
}

/** Addresses of rows that are still there. A person who gives up, or a link that breaks, still has them named. */
async function cleanUp(scene: Scene, made: readonly ValueObject[]): Promise<readonly string[]> {
  const fresh = { ...scene, signal: AbortSignal.timeout(scene.context.properties.timeoutMs) };
  const left: string[] = [];
  for (const path of new Set(made.map((key) => address(scene, key)))) {
    const status = await remove(fresh, made.find((key) => address(scene, key) === path) ?? {}).catch((error: unknown) => {
      if (error instanceof Failure) return 0;
      throw error;
    });
    if (status !== 404 && status !== 410 && (status < 200 || status >= 300)) left.push(path);
  }
  return left;
}

/** GUIDs come back in either case. */
const sameText = (one: Value | undefined, other: Value | undefined): boolean => typeof one === 'string' && typeof other === 'string' && one.toLowerCase() === other.toLowerCase();

function keyOf(set: EntitySet, wire: Value | undefined, wanted: ValueObject): ValueObject | undefined {
  const source = typeof wire === 'object' && wire !== null && !Array.isArray(wire) ? { ...wanted, ...(wire as ValueObject) } : wanted; // an object, as was seen
  const key = Object.fromEntries(set.type.keys.map((field): [string, Value] => [field, source[field] ?? null]));
  return Object.values(key).every((value) => value !== null) ? key : undefined;
}

const textField = ({ properties, keys }: StructuredType): string | undefined =>
  [...properties.values()].find(({ name, type, collection, role }) => type === 'Edm.String' && !collection && role.kind === 'scalar' && !keys.includes(name))?.name;

/** A key of our own where texts and GUIDs make one, and something in every field that may not be empty. */
function newRow({ properties, keys }: StructuredType, field: string, mark: string): ValueObject {
  const row: Record<string, Value> = { [field]: 'zveno probe' };
  for (const property of properties.values()) {
    const isKey = keys.includes(property.name);
    if (property.name === field || property.role.kind === 'version' || (!isKey && property.nullable)) continue;
    const value = valueFor(property, isKey, mark);
    if (value !== undefined) row[property.name] = value;
  }
  return row;
}

/** The mark is the time: two probes never make the same row. */
function valueFor({ type, maxLength, collection }: EdmProperty, isKey: boolean, mark: string): Value | undefined {
  if (collection) return [];
  switch (type) {
    case 'Edm.Guid': return isKey ? `5a76656e-6f00-4000-8000-${mark}` : undefined;
    case 'Edm.String': return isKey ? `z${mark}`.slice(0, maxLength ?? 42) : 'zveno';
    case 'Edm.Byte':
    case 'Edm.SByte':
    case 'Edm.Int16':
    case 'Edm.Int32':
    case 'Edm.Double':
    case 'Edm.Single': return isKey ? undefined : 0;
    case 'Edm.Int64':
    case 'Edm.Decimal': return isKey ? undefined : '0';
    case 'Edm.Boolean': return false;
    default: return undefined;
  }
}
