/** Tests a connection by reads alone: the description, then one row of a set, then what the service can do and whether that is enough. */
import {
  established, Failure, failure, limits, readUrl, runStages,
  type CheckStage, type Localised,
} from '../../sdk/index.ts';
import { answerFailure } from './answer-failure.ts';
import { capabilitiesText, type Learnt } from './capabilities.ts';
import { probeCapabilities } from './capability-probe.ts';
import { compositionSnippet } from './composition-snippet.ts';
import type { EntitySet } from './edm.ts';
import { printQuery } from './query-string.ts';
import { openService, type Described, type Service, type ServiceContext } from './service.ts';
import { judgeVersions } from './version-floor.ts';

const suffix = '/odata/standard.odata';

/** Sets that are asked for a row before the check gives up: some services refuse sets without a filter. */
const samples = 3;

/** Sets of routes that are asked for a row. */
const usedSamples = 50;
const shownSets = 20;

const usedSets = ({ uses = [] }: ServiceContext): readonly string[] => [...new Set(uses.flatMap(({ properties }) => (typeof properties['set'] === 'string' ? [properties['set']] : [])))];

export async function* checkOdata(context: ServiceContext, signal: AbortSignal): AsyncGenerator<CheckStage> {
  const { dial, properties } = context;
  let service: Service | undefined;
  let described: Described | undefined;
  let facts: readonly Learnt[] | undefined;
  const url = (): URL => readUrl(context.name, properties.url);
  const target = () => ({ host: url().hostname, port: Number(url().port) || (url().protocol === 'https:' ? 443 : 80), timeoutMs: Math.min(properties.timeoutMs, limits.connectTimeoutMs.value) });
  try {
    yield* runStages(context.clock, [
      { stage: 'address', run: async () => {
        if (properties.dialect === '1c' && !hasSuffix(properties.url)) throw suffixMissing(context);
        return same((await dial.resolve(target().host, signal)).join(', '));
      } },
      { stage: 'tcp', run: async () => {
        (await dial.dial(target(), signal)).destroy();
        return same(`${target().host}:${target().port}`);
      } },
      { stage: 'tls', run: async () => {
        if (url().protocol === 'http:') return { skipped: { ru: 'Адрес без шифрования', en: 'The address is not encrypted' } };
        const tls = { rejectUnauthorized: properties.tls === 'verify', ...(properties.ca === undefined ? {} : { ca: properties.ca }) };
        (await dial.dial({ ...target(), tls }, signal)).destroy();
        return properties.tls === 'verify' ? { ru: 'Сертификат проверен', en: 'Certificate checked' } : { ru: 'Сертификат не проверялся', en: 'Certificate not checked' };
      } },
      { stage: 'authentication', run: async () => {
        service = openService(context);
        described = await service.read(signal).catch((error: unknown) => explain(context, error, signal));
        const { rules, model } = described;
        return same(`${rules.title}, $metadata ${model.bytes} B, ${model.hash.slice(0, 12)}`);
      } },
      { stage: 'permission', run: async () => composition(context, started(described)) },
      { stage: 'sample', run: async () => withWaking(await sample(context, started(service), started(described), signal), started(service).woken()) },
      { stage: 'capabilities', run: async () => {
        const { learnt, metadataHash } = await probeCapabilities(context, started(described), signal);
        await context.dossier?.learn({ address: started(service).address, metadataHash }, learnt);
        facts = learnt;
        return capabilitiesText(learnt);
      } },
      { stage: 'version', run: async () => judgeVersions({ connection: context.name, properties, dialect: started(described).dialect, uses: context.uses ?? [], learnt: started(facts) }) },
    ]);
  } finally {
    await service?.close();
  }
}

const hasSuffix = (url: string): boolean => new RegExp(`${suffix.replace('.', '\\.')}/*$`, 'i').test(url);

const suffixMissing = (context: ServiceContext, cause?: unknown): Failure =>
  failure('odata.addressSuffix', { connection: context.name, suggestion: withSuffix(context.properties.url) }, { cause });

const withSuffix = (url: string): string => url.replace(/\/+(?:odata\/*)?$|\/odata$/i, '') + suffix;

/** Most wrong addresses of 1C are those of the publication itself: so that is looked into before the failure is told. */
async function explain(context: ServiceContext, error: unknown, signal: AbortSignal): Promise<never> {
  const shape: readonly string[] = ['connection.notFound', 'connection.rejected', 'odata.htmlPage', 'odata.notMetadata'];
  const { properties } = context;
  if (error instanceof Failure && error.code === 'connection.notFound' && hasSuffix(properties.url)) throw failure('odata.notPublished', { connection: context.name, address: properties.url }, { cause: error });
  if (!(error instanceof Failure) || properties.dialect === 'v2' || properties.dialect === 'v4' || hasSuffix(properties.url) || !shape.includes(error.code)) throw error;
  const there = openService({ ...context, properties: { ...properties, url: withSuffix(properties.url) } });
  try {
    const { model } = await there.describe(signal);
    if (model.dialect === '1c') throw suffixMissing(context, error);
  } catch (other) {
    if (other instanceof Failure && other.code === 'odata.addressSuffix') throw other;
    signal.throwIfAborted(); // what the other address says is no news: the first failure stands
  } finally {
    await there.close();
  }
  throw error;
}

/** `Catalog 40, Document 12`, table parts not counted. */
function countKinds(sets: Iterable<EntitySet>): string {
  const counts = new Map<string, number>();
  for (const { kind, parentSet } of sets) if (parentSet === undefined) counts.set(kind, (counts.get(kind) ?? 0) + 1);
  return [...counts].map(([kind, count]) => `${kind} ${count}`).join(', ');
}

async function composition(context: ServiceContext, { model, dialect }: Described): Promise<Localised> {
  const used = usedSets(context);
  if (model.sets.size === 0 && dialect === '1c') throw failure('odata.emptyComposition', { connection: context.name, snippet: compositionSnippet(used) });
  const missing = used.filter((set) => !model.sets.has(set));
  if (missing.length > 0 && dialect === '1c') throw failure('odata.notInComposition', { connection: context.name, sets: missing.join(', '), snippet: compositionSnippet([...model.sets.values()].filter(({ parentSet }) => parentSet === undefined).map(({ name }) => name).filter((name) => !name.endsWith('_RecordType')).slice(0, shownSets).concat(missing)) });
  const kinds = dialect === '1c' ? ` (${countKinds(model.sets.values())})` : '';
  return { ru: `Наборов: ${model.sets.size}${kinds}, функций: ${model.functions.length}`, en: `${model.sets.size} sets${kinds}, ${model.functions.length} functions` };
}

async function sample(context: ServiceContext, service: Service, described: Described, signal: AbortSignal): Promise<Localised> {
  // Roles are told by nothing but a reading: what routes use is read first, and each of them has to be readable.
  const used = usedSets(context).flatMap((name) => described.model.sets.get(name) ?? []).slice(0, usedSamples);
  for (const set of used) {
    const refused = await readOne(context, service, described, set, signal);
    if (refused?.code === 'odata.noRights') throw refused;
  }
  let last: Failure | undefined;
  for (const set of sampleSets(described)) {
    const found = await readOne(context, service, described, set, signal);
    if (found === undefined) return { ru: `${established.ru}: набор «${set.name}» читается`, en: `${established.en}: the set "${set.name}" can be read` };
    last = found;
    if (found.code !== 'odata.refused' && found.code !== 'odata.noRights') break;
  }
  if (last === undefined) return { ru: `${established.ru}, наборов для чтения нет`, en: `${established.en}, there are no sets to read` };
  if (last.code !== 'odata.refused') throw last;
  return { ru: `${established.ru}, пробное чтение отклонено: ${last.text('ru')}`, en: `${established.en}, the sample was refused: ${last.text('en')}` };
}

/** A base that had to wake up is in order, and its first answer says nothing about the others. */
const withWaking = ({ ru, en }: Localised, woken: Failure | undefined): Localised => (woken === undefined ? { ru, en } : { ru: `${ru}. ${woken.text('ru')}`, en: `${en}. ${woken.text('en')}` });

/** Reference books first: they are small, and their rows are read one by one. */
function sampleSets({ model }: Described): readonly EntitySet[] {
  const weight = ({ kind, parentSet }: EntitySet): number => (parentSet !== undefined ? 3 : kind === 'Catalog' || kind === 'generic' ? 0 : kind === 'Document' ? 1 : 2);
  return [...model.sets.values()].sort((one, other) => weight(one) - weight(other)).slice(0, samples);
}

async function readOne(context: ServiceContext, service: Service, described: Described, set: EntitySet, signal: AbortSignal): Promise<Failure | undefined> {
  const allowed = described.dialect === '1c' ? [['allowedOnly', 'true'] as const] : [];
  const path = encodeURIComponent(set.name) + printQuery(context.name, described, [['$top', '1'], ...allowed]);
  const { http, text, value } = await service.request(described, { method: 'GET', path }, signal).catch((error: unknown) => asReadFailure(context, error, signal));
  const place = { connection: context.name, dialect: described.dialect, set: set.name, key: '', repeatable: true, nowMs: context.clock.wallMs() };
  const refused = answerFailure(place, http, text, value);
  if (refused !== undefined) return refused;
  if (value === undefined) return failure('connection.malformedResponse', { connection: context.name, address: http.url, detail: 'JSON' });
  return undefined;
}

/** A read has no effect whose fate could be unknown. */
function asReadFailure(context: ServiceContext, error: unknown, signal: AbortSignal): never {
  if (!(error instanceof Failure) || error.code !== 'connection.unknownOutcome') throw error;
  signal.throwIfAborted();
  throw failure(error.parameters['late'] === true ? 'connection.timeout' : 'connection.lost', { connection: context.name, address: context.properties.url, ms: context.properties.timeoutMs }, { cause: error });
}

/** The stages before this one have run: the first failure ends a check. */
function started<T>(value: T | undefined): T {
  if (value === undefined) throw new Error('an earlier stage gives this');
  return value;
}

const same = (text: string): Localised => ({ ru: text, en: text });
