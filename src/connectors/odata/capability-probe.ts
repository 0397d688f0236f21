/** Finds out by reads alone what a service can do. What cannot be told is left open; it is no failure, unless nothing answered. */
import { Failure, isObject, limits, type CapabilityPlace, type Value, type ValueObject } from '../../sdk/index.ts';
import { asRead } from './as-read.ts';
import type { BatchFormat } from './batch-format.ts';
import { parseBatchJson, printBatchJson } from './batch-json.ts';
import type { BatchMember } from './batch-member.ts';
import { BatchProblem, parseMultipart, printMultipart, type BatchUnit } from './batch-multipart.ts';
import type { Capabilities, CapabilityName, Learnt } from './capabilities.ts';
import type { EntitySet } from './edm.ts';
import { readEtag, readPage } from './envelope.ts';
import { printLiteral } from './literal.ts';
import type { ServiceContext } from './service-context.ts';
import { readServiceError } from './service-error.ts';
import { openService, type Described, type Service, type ServiceAnswer, type ServiceRequest } from './service.ts';
import { versionFacts } from './version-facts.ts';

interface Probe {
  context: ServiceContext;
  described: Described;
  /** Some answer had one: a session is given once, and later answers go on in it. */
  cookies: boolean;
  /** Whether there was any answer at all, whatever it said. */
  answered: boolean;
  /** Why there was none to the first question without one. */
  silence: Failure | null;
  /** Answered that it does not know the format that was asked for. */
  formatRefused: boolean;
  /** Undefined when there was no answer. */
  ask: (request: Partial<ServiceRequest>) => Promise<ServiceAnswer | undefined>;
}

/** What 1C says to a format that it does not write. */
const formatCode = '3';

/** Sets that are tried before the probe gives up. */
const candidates = 3;

/** Asked of the dossier, and kept there by whoever keeps it. */
export async function findCapabilities(context: ServiceContext, signal: AbortSignal): Promise<{ place: CapabilityPlace; learnt: readonly Learnt[] }> {
  const service = openService(context);
  try {
    const described = await service.describe(signal);
    const { learnt } = await probeCapabilities(context, described, signal);
    return { place: { address: service.address, metadataHash: described.model.hash }, learnt };
  } finally {
    await service.close();
  }
}

/** Finds out anew what was found out with another description: that is another service. What nobody ever asked for is not asked here. */
export async function renewCapabilities(context: ServiceContext, signal: AbortSignal): Promise<void> {
  const { dossier } = context;
  if (dossier === undefined) return;
  const [known, snapshot] = await Promise.all([dossier.capabilities(), dossier.snapshot()]);
  if (snapshot === null || known.every(({ learned, metadataHash }) => learned !== 'probed' || metadataHash === snapshot.hash)) return;
  const { place, learnt } = await findCapabilities(context, signal);
  await dossier.learn(place, learnt);
}

/** A service of its own, more hurried than the connection's: nobody waits minutes for a question that was asked on the side. */
export async function probeCapabilities(context: ServiceContext, described: Described, signal: AbortSignal): Promise<Capabilities> {
  // Without the dossier: whoever works by what is known finds out nothing new.
  const { dossier: _dossier, ...bare } = context;
  const service = openService({ ...bare, properties: { ...context.properties, timeoutMs: Math.min(context.properties.timeoutMs, limits.odataProbeMs.value) } });
  try {
    return await probeOver(context, service, described, signal);
  } finally {
    await service.close();
  }
}

async function probeOver(context: ServiceContext, service: Service, described: Described, signal: AbortSignal): Promise<Capabilities> {
  const probe: Probe = {
    context, described, cookies: false, answered: false, silence: null, formatRefused: false,
    async ask(request) {
      try {
        const answer = await asRead(context, service.root.href, context.properties.timeoutMs, signal, () => service.request(described, { method: 'GET', path: '', ...request }, signal));
        probe.answered = true;
        probe.formatRefused ||= described.dialect === '1c' && readServiceError(answer.text, answer.value)?.code === formatCode;
        probe.cookies ||= answer.http.headers['set-cookie'] !== undefined;
        return answer;
      } catch (error) {
        signal.throwIfAborted();
        if (!(error instanceof Failure)) throw error;
        probe.silence ??= error;
        return undefined;
      }
    },
  };
  const found = await readableSet(probe);
  // Nothing can be said of a service that is not there; what was known of it before stays, and would look like news.
  if (!probe.answered && probe.silence !== null) throw probe.silence;
  const seen: Partial<Record<CapabilityName, Value>> = { ...(await tokenAndSession(probe)), ...(found === undefined ? {} : await ofSet(probe, found)) };
  const versions = await versionFacts(context, described, { answer: found?.answer, formatRefused: probe.formatRefused }, signal);
  return { metadataHash: described.model.hash, set: found?.set.name ?? null, learnt: [...versions, ...learntFrom(context, described, seen)] };
}

async function ofSet(probe: Probe, { set, row, answer }: NonNullable<Awaited<ReturnType<typeof readableSet>>>): Promise<Partial<Record<CapabilityName, Value>>> {
  const paging = await orOpen(() => pagesAndDeltas(probe, set, answer));
  return {
    ...paging, count: await orOpen(() => counts(probe, set)), inOperator: await orOpen(() => knowsIn(probe, set, row)),
    batch: await orOpen(() => batchFormats(probe, set)), etag: row === undefined ? null : readEtag({}, row) !== undefined,
  };
}

const asked: readonly CapabilityName[] = ['batch', 'delta', 'count', 'inOperator', 'serverPaging', 'etag', 'csrf', 'session'];

/** What was seen stands; what could not be seen may be declared. */
function learntFrom({ properties }: ServiceContext, { model, rules }: Described, seen: Partial<Record<CapabilityName, Value>>): readonly Learnt[] {
  const { declared } = model;
  const learnt = asked.map((name): Learnt => {
    const value = seen[name] ?? null;
    const said = name === 'batch' || name === 'delta' ? declared[name] : undefined;
    return value === null && said !== undefined ? { name, value: said, learned: 'declared' } : { name, value, learned: 'probed' };
  });
  const keys: readonly Learnt[] = declared.alternateKeys === undefined ? [] : [{ name: 'alternateKeys', value: declared.alternateKeys, learned: 'declared' }];
  const own = properties.maxQueryBytes;
  return [...learnt, ...keys, { name: 'maxQueryBytes', value: own ?? rules.queryBytes, learned: own === undefined ? 'usual' : 'configured' }];
}

/** A row that does not fit its own description, and the like: then this question stays open. */
async function orOpen<T>(question: () => Promise<T>): Promise<T | null> {
  try {
    return await question();
  } catch (error) {
    if (error instanceof Failure) return null;
    throw error;
  }
}

const succeeded = (answer: ServiceAnswer | undefined): answer is ServiceAnswer => answer !== undefined && answer.http.status >= 200 && answer.http.status < 300 && answer.http.bodyFailure === undefined;

/** Answered and refused: then the service does not know what it was asked. */
const refused = (answer: ServiceAnswer | undefined): boolean => answer !== undefined && [400, 404, 405, 406, 415, 501].includes(answer.http.status);

const verdict = (answer: ServiceAnswer | undefined, good: (answer: ServiceAnswer) => boolean): boolean | null => (succeeded(answer) ? good(answer) : refused(answer) ? false : null);

async function readableSet(probe: Probe): Promise<{ set: EntitySet; answer: ServiceAnswer; row: ValueObject | undefined } | undefined> {
  const sets = [...probe.described.model.sets.values()].filter(({ parentSet, type }) => parentSet === undefined && type.keys.length > 0);
  for (const set of sets.slice(0, candidates)) {
    const answer = await probe.ask({ path: `${encodeURIComponent(set.name)}?$top=1` });
    const page = succeeded(answer) && answer.value !== undefined ? readPage(answer.value) : undefined;
    if (answer === undefined || page === undefined) continue;
    const [row] = page.rows;
    return { set, answer, row: isObject(row ?? null) ? row as ValueObject : undefined }; // seen to be an object
  }
  return undefined;
}

async function tokenAndSession(probe: Probe): Promise<{ csrf: boolean | null; session: boolean | null }> {
  const answer = await probe.ask({ headers: { 'x-csrf-token': 'Fetch' } });
  if (!succeeded(answer)) return { csrf: null, session: null };
  const token = answer.http.headers['x-csrf-token'] ?? '';
  return { csrf: token !== '' && token.toLowerCase() !== 'required', session: probe.cookies };
}

async function counts({ ask, described: { dialect, rules } }: Probe, set: EntitySet): Promise<boolean | null> {
  const name = encodeURIComponent(set.name);
  // 1C forgets the size of the page while it counts.
  if (dialect === '1c') return verdict(await ask({ path: `${name}/$count` }), ({ text }) => /^\uFEFF?\d+\s*$/.test(text));
  const [option, value] = rules.count;
  return verdict(await ask({ path: `${name}?$top=1&${option}=${value}` }), (answer) => answer.value !== undefined && readPage(answer.value)?.count !== undefined);
}

/** Both are asked for in one reading that cannot become long: two rows at most, in pages of one. */
async function pagesAndDeltas({ ask, described }: Probe, set: EntitySet, first: ServiceAnswer): Promise<{ serverPaging: boolean | null; delta: boolean | null }> {
  if (described.dialect === '1c') return { serverPaging: false, delta: [...described.model.sets.values()].some(({ kind }) => kind === 'ExchangePlan') };
  if (described.dialect !== 'v4') return { serverPaging: null, delta: deltaIn(first.value) ? true : null };
  const answer = await ask({ path: `${encodeURIComponent(set.name)}?$top=2`, headers: { prefer: 'odata.track-changes,odata.maxpagesize=1' } });
  if (!succeeded(answer)) return { serverPaging: null, delta: null };
  const applied = answer.http.headers['preference-applied'] ?? '';
  const page = answer.value === undefined ? undefined : readPage(answer.value);
  return {
    serverPaging: /maxpagesize/i.test(applied) || (page?.rows.length === 1 && page.next !== undefined),
    delta: /track-changes/i.test(applied) || deltaIn(answer.value),
  };
}

function deltaIn(value: Value | undefined): boolean {
  const holder = isObject(value ?? null) ? value as ValueObject : {}; // seen to be an object
  const inner = isObject(holder['d'] ?? null) ? holder['d'] as ValueObject : holder;
  return ['@odata.deltaLink', '@deltaLink', '__delta'].some((name) => typeof inner[name] === 'string');
}

async function knowsIn({ ask, context, described }: Probe, set: EntitySet, row: ValueObject | undefined): Promise<boolean | null> {
  const [field = ''] = set.type.keys;
  const value = row?.[field];
  if (!described.rules.inList) return false;
  if (value === undefined || value === null) return null;
  const literal = printLiteral({ connection: context.name, dialect: described.dialect, field }, set.type.properties.get(field)?.type ?? 'Edm.String', value);
  return verdict(await ask({ path: `${encodeURIComponent(set.name)}?$top=1&$filter=${encodeURIComponent(`${field} in (${literal})`)}` }), (answer) => answer.value !== undefined && (readPage(answer.value)?.rows.length ?? 0) > 0);
}

/** The batch holds one reading. */
async function batchFormats({ ask, described: { dialect, rules } }: Probe, set: EntitySet): Promise<readonly BatchFormat[] | null> {
  const member: BatchMember = { id: '1', operation: 'get', set, key: '', group: undefined, after: [], repeatable: true, warnings: [], method: 'GET', path: `${encodeURIComponent(set.name)}?$top=1`, headers: {}, body: undefined, sent: undefined };
  const units: readonly BatchUnit[] = [{ group: undefined, members: [member] }];
  const boundary = 'batch_probe';
  const parts = await ask({ method: 'POST', path: '$batch', body: printMultipart(units, { boundary, accept: rules.accept, changesAlone: dialect === 'v4' }), headers: { accept: 'multipart/mixed', 'content-type': `multipart/mixed; boundary=${boundary}` } });
  const json = dialect === 'v4' ? await ask({ method: 'POST', path: '$batch', body: printBatchJson(units, rules.accept), headers: { accept: 'application/json', 'content-type': 'application/json' } }) : undefined;
  const known = [
    ...(succeeded(parts) && holds(() => parseMultipart(parts.http.headers['content-type'] ?? '', parts.http.body).length) ? (['multipart'] as const) : []),
    ...(succeeded(json) && holds(() => parseBatchJson(json.value).length) ? (['json'] as const) : []),
  ];
  return known.length > 0 || refused(parts) ? known : null;
}

function holds(answers: () => number): boolean {
  try {
    return answers() === 1;
  } catch (error) {
    if (error instanceof BatchProblem) return false;
    throw error;
  }
}
