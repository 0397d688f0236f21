/** The steps of a Scenario document: each is an object with exactly one kind and a few keys that every step may have. */
import { limits } from '../limits.ts';
import { nearestName } from '../nearest-name.ts';
import type { OnError, Step } from './document.ts';
import {
  isUnread,
  joinPath,
  placeOf,
  readBoolean,
  readChoice,
  readList,
  readName,
  readNamed,
  readObject,
  readOptionalName,
  readRequired,
  readWholeNumber,
  report,
  type DocumentReader,
  type Unread,
} from './document-reader.ts';

export type StepKind = Step['kind'];

type StepBody = { [K in StepKind]: Omit<Extract<Step, { kind: K }>, 'name' | 'onError' | 'handle' | 'lock'> }[StepKind];

const common = ['name', 'onError', 'handle', 'lock'] as const;

/** What may stand under each kind. */
const keysOf: Readonly<Record<StepKind, readonly string[]>> = {
  create: ['template', 'set', 'link', 'as', 'steps'],
  upsert: ['template', 'by', 'set', 'as', 'steps'],
  find: ['template', 'where', 'sort', 'limit', 'one', 'links', 'archived', 'as'],
  set: ['record', 'values', 'add', 'exclude', 'clear'],
  delete: ['record'],
  archive: ['record', 'restore'],
  clone: ['template', 'of', 'depth', 'set', 'as', 'steps'],
  context: ['template', 'of', 'as', 'steps'],
  variables: ['set', 'op', 'values'],
  send: ['route', 'message', 'response', 'error', 'key'],
  validate: ['that', 'else'],
  conditions: ['mode', 'cases', 'else'],
  forEach: ['in', 'as', 'steps'],
  repeat: ['times', 'as', 'steps'],
  try: ['steps', 'handle'],
  call: ['scenario', 'with', 'as'],
  return: ['response', 'errorResponse', 'status'],
  stop: [],
};

const kinds = Object.keys(keysOf) as readonly StepKind[]; // the keys of a record of step kinds are step kinds

export function parseSteps(reader: DocumentReader, value: unknown, path: string, depth: number): readonly Step[] {
  if (depth > limits.stepDepth.value) {
    report(reader, path, 'run.stepDepth', { limit: limits.stepDepth.value });
    return [];
  }
  return readList(reader, value, path).flatMap((step, i) => parseStep(reader, step, `${path}[${i}]`, depth) ?? []);
}

function parseStep(reader: DocumentReader, value: unknown, path: string, depth: number): Step | undefined {
  if (!isUnread(value)) {
    report(reader, path, 'scenario.shape', { expected: '{<step>: {…}}' });
    return undefined;
  }
  const kind = kindOf(reader, value, path);
  if (kind === undefined) return undefined;
  const under = joinPath(path, kind);
  const object = readObject(reader, value[kind] ?? {}, under, kind === 'set' ? setKeys(value[kind]) : keysOf[kind]);
  if (object === undefined) return undefined;
  return withCommon(reader, value, readBody({ reader, object, path: under, depth }, kind), object, path, depth);
}

function kindOf(reader: DocumentReader, step: Unread, path: string): StepKind | undefined {
  const present = kinds.filter((kind) => Object.hasOwn(step, kind));
  for (const key of Object.keys(step)) {
    if (kinds.some((kind) => kind === key) || common.some((known) => known === key)) continue;
    report(reader, joinPath(path, key), 'scenario.unknownStep', { key, nearest: nearestName(key, [...kinds, ...common]) ?? kinds.join(', ') });
  }
  if (present.length !== 1 && (present.length > 1 || Object.keys(step).every((key) => common.some((known) => known === key)))) {
    report(reader, path, 'scenario.oneStep', { kinds: present.join(', ') || '—' });
  }
  return present.length === 1 ? present[0] : undefined;
}

function withCommon(reader: DocumentReader, step: Unread, body: StepBody, object: Unread, path: string, depth: number): Step {
  const isTry = body.kind === 'try';
  const handlePath = isTry ? `${path}.try.handle` : `${path}.handle`;
  const handleSource = isTry ? object['handle'] : step['handle'];
  const handled = handleSource !== undefined;
  if (isTry && (step['handle'] !== undefined || step['onError'] !== undefined)) report(reader, path, 'scenario.shape', { expected: 'try: {steps, handle}' });
  const written = readChoice<OnError>(reader, isTry ? undefined : step['onError'], joinPath(path, 'onError'), ['rollback', 'continue', 'handle'], handled ? 'handle' : isTry ? 'continue' : 'rollback');
  if (written === 'handle' && !handled) report(reader, path, 'scenario.missingKey', { key: 'handle' });
  if (written !== 'handle' && handled) report(reader, joinPath(path, 'onError'), 'scenario.shape', { expected: 'handle' });
  return {
    ...body,
    ...(typeof step['name'] === 'string' ? { name: step['name'] } : refuseName(reader, step['name'], path)),
    onError: written,
    lock: readBoolean(reader, step['lock'], joinPath(path, 'lock'), false),
    ...(handled ? { handle: parseSteps(reader, handleSource, handlePath, depth + 1) } : {}),
  };
}

function refuseName(reader: DocumentReader, name: unknown, path: string): object {
  if (name !== undefined) report(reader, joinPath(path, 'name'), 'scenario.shape', { expected: 'text' });
  return {};
}

interface Reading {
  reader: DocumentReader;
  object: Unread;
  path: string;
  depth: number;
}

function readBody(reading: Reading, kind: StepKind): StepBody {
  switch (kind) {
    case 'create':
      return { kind, ...templateOf(reading), set: named(reading, 'set'), ...linkOf(reading), ...as(reading), steps: nested(reading) };
    case 'upsert':
      return { kind, ...templateOf(reading), by: keyOf(reading), set: named(reading, 'set'), ...as(reading), steps: nested(reading) };
    case 'find':
      return readFind(reading);
    case 'set':
      return readSet(reading);
    case 'delete':
      return { kind, ...optional(reading, 'record') };
    case 'archive':
      return { kind, ...optional(reading, 'record'), restore: readBoolean(reading.reader, reading.object['restore'], joinPath(reading.path, 'restore'), false) };
    case 'clone':
      return {
        kind,
        ...templateOf(reading),
        of: required(reading, 'of'),
        depth: readWholeNumber(reading.reader, reading.object['depth'], joinPath(reading.path, 'depth'), { from: 0, to: limits.cloneDepth.value, fallback: 0 }),
        set: named(reading, 'set'),
        ...as(reading),
        steps: nested(reading),
      };
    case 'context':
      return { kind, ...templateOf(reading), of: required(reading, 'of'), ...as(reading), steps: nested(reading) };
    case 'variables':
      return { kind, set: requiredName(reading, 'set'), op: choice(reading, 'op', ['replace', 'add', 'exclude']), values: named(reading, 'values') };
    case 'send':
      return readSend(reading);
    case 'validate':
      return { kind, that: required(reading, 'that'), else: required(reading, 'else') };
    case 'conditions':
      return readConditions(reading);
    case 'forEach':
      return { kind, in: required(reading, 'in'), as: requiredName(reading, 'as'), steps: nested(reading) };
    case 'repeat':
      return { kind, times: required(reading, 'times'), as: readOptionalName(reading.reader, reading.object, 'as', reading.path) ?? 'index', steps: nested(reading) };
    case 'try':
      return { kind, steps: nested(reading) };
    case 'call':
      return { kind, scenario: requiredName(reading, 'scenario'), with: named(reading, 'with'), ...as(reading) };
    case 'return':
      return readReturn(reading);
    case 'stop':
      return { kind };
    default:
      return kind satisfies never;
  }
}

const required = ({ reader, object, path }: Reading, key: string): unknown => readRequired(reader, object, key, path);
const optional = ({ object }: Reading, key: 'record'): { record?: unknown } => (object[key] === undefined ? {} : { record: object[key] });
const named = ({ reader, object, path }: Reading, key: string): Unread => readNamed(reader, object[key], joinPath(path, key));
const nested = ({ reader, object, path, depth }: Reading): readonly Step[] => parseSteps(reader, object['steps'], joinPath(path, 'steps'), depth + 1);

function requiredName(reading: Reading, key: string): string {
  const value = required(reading, key);
  return value === undefined ? '' : readName(reading.reader, value, joinPath(reading.path, key));
}

const templateOf = (reading: Reading): { template: string } => ({ template: requiredName(reading, 'template') });

function as({ reader, object, path }: Reading): { as?: string } {
  const name = readOptionalName(reader, object, 'as', path);
  return name === undefined ? {} : { as: name };
}

function choice<T extends string>({ reader, object, path }: Reading, key: string, choices: readonly [T, ...T[]]): T {
  return readChoice(reader, object[key], joinPath(path, key), choices, choices[0]);
}

function keyOf(reading: Reading): Unread {
  const by = named(reading, 'by');
  if (Object.keys(by).length === 0) report(reading.reader, reading.path, 'scenario.missingKey', { key: 'by' });
  return by;
}

function linkOf({ reader, object, path }: Reading): { link?: { attribute: string; op: 'add' | 'replace' } } {
  const link = object['link'];
  const at = joinPath(path, 'link');
  if (link === undefined) return {};
  if (typeof link === 'string') return { link: { attribute: readName(reader, link, at), op: 'add' } };
  const parts = readObject(reader, link, at, ['attribute', 'op']);
  if (parts === undefined) return {};
  return { link: { attribute: readName(reader, parts['attribute'], joinPath(at, 'attribute')), op: readChoice(reader, parts['op'], joinPath(at, 'op'), ['add', 'replace'], 'add') } };
}

function readFind(reading: Reading): StepBody {
  const { reader, object, path } = reading;
  const one = readBoolean(reader, object['one'], joinPath(path, 'one'), false);
  return {
    kind: 'find',
    ...templateOf(reading),
    ...(object['where'] === undefined ? {} : { where: object['where'] }),
    sort: readList(reader, object['sort'], joinPath(path, 'sort')).map((entry, i) => readSort(reader, entry, `${joinPath(path, 'sort')}[${i}]`)),
    limit: readWholeNumber(reader, object['limit'], joinPath(path, 'limit'), { from: 1, to: limits.pageRows.value, fallback: one ? 1 : limits.pageRows.value }),
    one,
    links: readList(reader, object['links'], joinPath(path, 'links')).map((name, i) => readName(reader, name, `${joinPath(path, 'links')}[${i}]`)),
    archived: choice(reading, 'archived', ['without', 'with', 'only']),
    as: requiredName(reading, 'as'),
  };
}

/** `total`, or `-total` for the largest first. */
function readSort(reader: DocumentReader, entry: unknown, path: string): { attribute: string; descending: boolean } {
  const descending = typeof entry === 'string' && entry.startsWith('-');
  return { attribute: readName(reader, descending ? entry.slice(1) : entry, path), descending };
}

/** `set: {state: paid}` is short for `set: {values: {state: paid}}`: short when none of the long form's keys is there. */
function setKeys(value: unknown): readonly string[] {
  if (!isUnread(value)) return keysOf.set;
  const own = Object.keys(value);
  return own.some((key) => keysOf.set.includes(key)) ? keysOf.set : own;
}

function readSet(reading: Reading): StepBody {
  const { reader, object, path } = reading;
  const isShort = Object.keys(object).length > 0 && !Object.keys(object).some((key) => keysOf.set.includes(key));
  if (isShort) return { kind: 'set', values: object, add: {}, exclude: {}, clear: [] };
  return {
    kind: 'set',
    ...optional(reading, 'record'),
    values: named(reading, 'values'),
    add: named(reading, 'add'),
    exclude: named(reading, 'exclude'),
    clear: readList(reader, object['clear'], joinPath(path, 'clear')).map((name, i) => readName(reader, name, `${joinPath(path, 'clear')}[${i}]`)),
  };
}

function readSend(reading: Reading): StepBody {
  const { reader, object, path } = reading;
  const response = readOptionalName(reader, object, 'response', path);
  const error = readOptionalName(reader, object, 'error', path);
  return {
    kind: 'send',
    route: requiredName(reading, 'route'),
    message: object['message'] ?? {},
    ...(response === undefined ? {} : { response }),
    ...(error === undefined ? {} : { error }),
    ...(object['key'] === undefined ? {} : { key: object['key'] }),
  };
}

function readConditions(reading: Reading): StepBody {
  const { reader, object, path, depth } = reading;
  const cases = readList(reader, required(reading, 'cases'), joinPath(path, 'cases'));
  return {
    kind: 'conditions',
    mode: choice(reading, 'mode', ['all', 'first']),
    cases: cases.flatMap((entry, i) => readCase(reader, entry, `${joinPath(path, 'cases')}[${i}]`, depth) ?? []),
    else: parseSteps(reader, object['else'], joinPath(path, 'else'), depth + 1),
  };
}

function readCase(reader: DocumentReader, value: unknown, path: string, depth: number): { name?: string; when: unknown; steps: readonly Step[] } | undefined {
  const object = readObject(reader, value, path, ['name', 'when', 'steps']);
  if (object === undefined) return undefined;
  return {
    ...(typeof object['name'] === 'string' ? { name: object['name'] } : {}),
    when: readRequired(reader, object, 'when', path),
    steps: parseSteps(reader, object['steps'], joinPath(path, 'steps'), depth + 1),
  };
}

function readReturn({ reader, object, path }: Reading): StepBody {
  const hasResponse = Object.hasOwn(object, 'response');
  if (hasResponse === Object.hasOwn(object, 'errorResponse')) {
    report(reader, path, 'scenario.shape', { expected: `${placeOf(reader, path)}: {response} | {errorResponse}` });
  }
  const slot = hasResponse ? 'response' : 'errorResponse';
  const range = { from: 100, to: 599, fallback: hasResponse ? 200 : 422 };
  return { kind: 'return', slot, body: object[slot] ?? {}, status: readWholeNumber(reader, object['status'], joinPath(path, 'status'), range) };
}
