/** Finding records: committed ones by a query, the run's own by looking at what it holds. */
import { Decimal } from '../decimal.ts';
import { failure } from '../failure.ts';
import { checkFilter, matches } from '../filter.ts';
import { limits } from '../limits.ts';
import { filterAttributes, type Archived, type Filter, type RecordQuery } from '../query.ts';
import { isOwnColumn } from '../record-values.ts';
import { attributeNamed } from '../template-catalogue.ts';
import type { RecordData, Scalar, Template } from '../template.ts';
import { isObject, type Value } from '../value.ts';
import { exists, heldRecord, holdRead, linksNamed } from './held-records.ts';
import type { FilterProgram } from './program.ts';
import { ask, wordsOf, type Run } from './run.ts';
import type { Held } from './run-state.ts';

/** Enough to name a few when a key is not unique. */
const keyMatches = 4;

/** Condition of an upsert's key: every attribute equal. */
export function keyFilter(template: Template, by: Readonly<Record<string, Scalar>>): Filter {
  const of = Object.entries(by).map(([attribute, value]) => ({ op: 'eq' as const, attribute, value: value ?? null }));
  return checkFilter(template, of.length === 1 && of[0] !== undefined ? of[0] : { op: 'and', of });
}

/**
 * Ids of the records that have the key, own writes considered without asking the store for them:
 * equality means the same in memory. A key that names a record of this run has no committed match.
 */
export function findByKey(run: Run, template: Template, by: Readonly<Record<string, Scalar>>, lock: boolean): readonly string[] {
  const filter = keyFilter(template, by);
  const committed = namesOwnRecord(run, template, by) ? [] : ((lock ? undefined : run.state.keyed[keyName(template, by)]) ?? committedByKey(run, template, filter, lock));
  const kept = committed.filter((id) => matchesNow(run, template, id, filter));
  const own = run.parts.ownIndex(run.state).candidates(template.id, by).filter((id) => !kept.includes(id) && matchesNow(run, template, id, filter));
  return own.length === 0 ? kept : [...kept, ...own];
}

/** Where a looked-up key stands in the state. */
export const keyName = (template: Template, by: Readonly<Record<string, Scalar>>): string =>
  JSON.stringify([template.id, ...Object.keys(by).sort().flatMap((name) => [name, keyText(by[name] ?? null)])]);

const keyText = (value: Scalar): string | boolean | null => (value instanceof Decimal ? value.toFixed() : value);

function namesOwnRecord(run: Run, template: Template, by: Readonly<Record<string, Scalar>>): boolean {
  return Object.entries(by).some(([name, value]) => {
    const attribute = attributeNamed(template, name);
    return attribute?.kind === 'link' && typeof value === 'string' && heldRecord(run.state, attribute.target, value)?.base === null;
  });
}

function committedByKey(run: Run, template: Template, filter: Filter, lock: boolean): readonly string[] {
  const links = linksToLoad(run, template);
  // Records that the run has moved away from the key still come back, so room is left for them.
  const limit = Math.min(keyMatches + run.state.touched.length, limits.pageRows.value);
  const query: RecordQuery = { template: template.id, filter, sort: [], limit, ...(links.length > 0 ? { links } : {}) };
  return committedRows(run, 'key', template, query, false, lock).map((record) => record.id);
}

/** Asks once for a page and keeps its records. */
function committedRows(run: Run, key: string, template: Template, query: RecordQuery, own: boolean, lock: boolean): readonly RecordData[] {
  const answer = ask(run, key, { kind: 'read', request: { kind: 'query', query }, own });
  if (answer.kind !== 'read' || answer.result.kind !== 'page') throw new Error('a query is answered by a page');
  for (const record of answer.result.records) holdRead(run.state, template, record.id, record, lock || run.state.requested);
  return answer.result.records;
}

const linksToLoad = (run: Run, template: Template): readonly string[] => linksNamed(template, wordsOf(run, run.state.scope.scenario)).map((attribute) => attribute.name);

function matchesNow(run: Run, template: Template, id: string, filter: Filter): boolean {
  const held = heldRecord(run.state, template.id, id);
  return held !== undefined && exists(held) && matches(template, filter, dataOf(template, id, held));
}

function dataOf(template: Template, id: string, held: Held): RecordData {
  const { base } = held;
  return {
    id,
    template: template.id,
    version: base?.version ?? 1,
    createdAt: base?.createdAt ?? '',
    createdBy: base?.createdBy ?? null,
    changedAt: base?.changedAt ?? '',
    changedBy: base?.changedBy ?? null,
    archived: held.archived,
    origin: base?.origin ?? '',
    values: held.values,
    links: {},
  };
}

export interface FindRequest {
  where: FilterProgram | null;
  sort: readonly { attribute: string; descending: boolean }[];
  limit: number;
  links: readonly string[];
  archived: Archived;
  lock: boolean;
  path: string;
  /** Which records may be seen; null for all. */
  readable: Filter | null;
}

/** Ids of what a `find` gives, in its order. The store sees the run's own writes only when they could matter. */
export function findRecords(run: Run, template: Template, request: FindRequest): readonly string[] {
  const where = request.where === null ? [] : [evaluateFilter(run, template, request.where, request.path)];
  const kept: readonly Filter[] = request.archived === 'with' ? [] : [{ op: 'eq', attribute: '_archived', value: request.archived === 'only' }];
  const readable = request.readable === null ? [] : [request.readable];
  const [only, ...more] = [...where, ...kept, ...readable];
  const filter = only === undefined ? undefined : checkFilter(template, more.length === 0 ? only : { op: 'and', of: [only, ...more] });
  const own = seesOwnWrites(run, template, filter);
  // Links of a page that shows own writes would be mixed with them; they are read apart.
  const links = own ? [] : [...new Set([...linksToLoad(run, template), ...request.links])];
  const query: RecordQuery = { template: template.id, ...(filter === undefined ? {} : { filter }), sort: request.sort, limit: request.limit, ...(links.length > 0 ? { links } : {}) };
  return committedRows(run, 'find', template, query, own, request.lock).map((record) => record.id);
}

function seesOwnWrites(run: Run, template: Template, filter: Filter | undefined): boolean {
  if (run.state.touched.some((key) => key.template === template.id)) return true;
  return filter !== undefined && filterAttributes(filter).some((name) => {
    const attribute = attributeNamed(template, name);
    if (attribute?.kind !== 'link' || isOwnColumn(attribute)) return false;
    const { relation } = attribute;
    return relation.storage === 'table' ? run.state.pairs[relation.id] !== undefined : run.state.touched.some((key) => key.template === relation.owner);
  });
}

function evaluateFilter(run: Run, template: Template, program: FilterProgram, path: string): Filter {
  if (!('attribute' in program)) {
    if (program.op === 'not') return { op: 'not', of: evaluateFilter(run, template, program.of, path) };
    return { op: program.op, of: program.of.map((part) => evaluateFilter(run, template, part, path)) };
  }
  const value = program.value.evaluate(run.state.scope.variables);
  // Leaving the condition out would find everything.
  if (value === undefined) throw failure('run.valueMissing', { path, attribute: program.attribute });
  return conditionOf(template, program, value);
}

type Condition = Extract<FilterProgram, { attribute: string }>;

function conditionOf(template: Template, { op, attribute }: Condition, value: Value): Filter {
  const declared = attributeNamed(template, attribute);
  if (op === 'linked' || (op === 'eq' && declared?.kind === 'link' && declared.multiple)) return { op: 'linked', attribute, record: String(comparable(value)) };
  if (value === null && (op === 'eq' || op === 'ne')) return { op: op === 'eq' ? 'isNull' : 'isNotNull', attribute };
  if (op === 'in') return { op, attribute, value: (Array.isArray(value) ? (value as readonly Value[]) : [value]).map(comparable) };
  return { op, attribute, value: comparable(value) };
}

/** A record is compared by its id. Numbers become exact when the filter is checked. */
function comparable(value: Value): Scalar {
  const given = isObject(value) && Object.hasOwn(value, 'id') ? (value['id'] ?? null) : value;
  if (typeof given === 'number') return new Decimal(given);
  if (typeof given === 'object' && given !== null && !(given instanceof Decimal)) return JSON.stringify(given).slice(0, 80);
  return given;
}
