/** The operations on tables and custom statements. */
import {
  createPropertyReader, Failure, failure, isObject, limits,
  type OpenConnection, type OutgoingCall, type Receipt, type SpecValues, type Value, type ValueObject,
} from '../../sdk/index.ts';
import { createCatalog, type Catalog, type Table } from './catalog.ts';
import { conditionsOf } from './condition.ts';
import { polling } from './poll.ts';
import { createPool, type Pool } from './pool.ts';
import { placeOf, type Rows, type Session, type SqlContext } from './session.ts';
import * as specs from './spec.ts';
import { explain } from './sql-failure.ts';
import { readSql } from './sql-text.ts';
import { deleteStatement, insertStatement, selectStatement, updateStatement, type Statement } from './statement.ts';
import { isUnknown, settle, write, type Write } from './transaction.ts';
import { fromText, toParameter } from './values.ts';

export function openSql(context: SqlContext): OpenConnection {
  const place = `a route over ${context.name}`;
  const parts: Parts = { context, pool: createPool(context), catalog: createCatalog(context) };
  const read = {
    select: createPropertyReader(specs.select, place),
    insert: createPropertyReader(specs.insert, place),
    update: createPropertyReader(specs.update, place),
    delete: createPropertyReader(specs.remove, place),
    custom: createPropertyReader(specs.custom, place),
  };
  const send: NonNullable<OpenConnection['send']> = async (call, signal) => {
    switch (call.operation) {
      case 'select': return select(parts, call, read.select(call.properties), signal);
      case 'insert': return insert(parts, call, read.insert(call.properties), signal);
      case 'update': return update(parts, call, read.update(call.properties), signal);
      case 'delete': return remove(parts, call, read.delete(call.properties), signal);
      case 'custom': return custom(parts, call, read.custom(call.properties), signal);
      default: throw failure('connection.unknownOperation', { connection: context.name, operation: call.operation, known: Object.keys(read) });
    }
  };
  return { send, read: polling(context.name, send), close: () => parts.pool.close() };
}

interface Parts {
  context: SqlContext;
  pool: Pool;
  catalog: Catalog;
}

async function select(parts: Parts, call: OutgoingCall, route: SpecValues<typeof specs.select>, signal: AbortSignal): Promise<Receipt> {
  const conditions = conditionsOf('SELECT', route, call.request);
  return reading(parts, route.table, signal, async (session) => {
    const table = await parts.catalog.table(session, route.table, signal);
    const statement = selectStatement(parts.context.name, table, conditions, route.limit + 1);
    const rows = await readOnly(session, call, signal, () => pages(parts.context, session, statement, route.limit, signal));
    return rowsReceipt(parts.context, route, route.table, rows);
  });
}

async function insert(parts: Parts, call: OutgoingCall, route: SpecValues<typeof specs.insert>, signal: AbortSignal): Promise<Receipt> {
  const list: readonly Value[] = Array.isArray(call.request) ? call.request : [call.request];
  const limit = limits.remoteWriteRows.value;
  if (list.length > limit) throw failure('connection.rowsLimit', { connection: parts.context.name, count: list.length, limit });
  const rows = list.map((row, index) => (isObject(row) ? row : wrongRow(parts.context, index, row)));
  return writing(parts, call, signal, { ledger: route.ledger, table: route.table }, (table) => rows.map((row) => insertStatement(parts.context.name, table, row)));
}

async function update(parts: Parts, call: OutgoingCall, route: SpecValues<typeof specs.update>, signal: AbortSignal): Promise<Receipt> {
  const conditions = conditionsOf('UPDATE', route, call.request);
  const changes = without(call.request, [route.filterAttribute, ...(route.key ?? [])]);
  return writing(parts, call, signal, { ledger: route.ledger, table: route.table }, (table) => [updateStatement(parts.context.name, table, changes, conditions)]);
}

async function remove(parts: Parts, call: OutgoingCall, route: SpecValues<typeof specs.remove>, signal: AbortSignal): Promise<Receipt> {
  const conditions = conditionsOf('DELETE', route, call.request);
  return writing(parts, call, signal, { ledger: route.ledger, table: route.table }, (table) => [deleteStatement(parts.context.name, table, conditions)]);
}

async function custom(parts: Parts, call: OutgoingCall, route: SpecValues<typeof specs.custom>, signal: AbortSignal): Promise<Receipt> {
  const sql = readSql(route.sql);
  const statement = { text: sql.text, parameters: sql.names.map((name) => parameterOf(parts.context, call, name)) };
  if (sql.reads && !route.writes) {
    return reading(parts, 'SQL', signal, async (session) => {
      const rows = await readOnly(session, call, signal, () => (sql.pages
        ? pages(parts.context, session, statement, route.limit, signal)
        : session.run(statement.text, statement.parameters, signal)));
      return customReceipt(parts.context, route, rows);
    });
  }
  const written = await inLedger(parts, call, signal, { ledger: route.ledger, work: async (session) => [await session.run(statement.text, statement.parameters, signal)] });
  return written === 'repeated' || written[0] === undefined ? repeated() : customReceipt(parts.context, route, written[0]);
}

function parameterOf(context: SqlContext, call: OutgoingCall, name: string): string | null {
  if (name === 'effectId') return call.effectId;
  const value = isObject(call.request) && Object.hasOwn(call.request, name) ? call.request[name] : undefined;
  if (value === undefined) throw failure('connection.valueMissing', { connection: context.name, attribute: name });
  return toParameter(context.name, name, value);
}

async function reading(parts: Parts, table: string, signal: AbortSignal, use: (session: Session) => Promise<Receipt>): Promise<Receipt> {
  try {
    return await parts.pool.lend(use, signal);
  } catch (error) {
    signal.throwIfAborted();
    throw explained(parts, table, error);
  }
}

/** A read-only transaction: a function with side effects is refused by the server, so a lost read is never an unknown outcome. */
async function readOnly(session: Session, call: OutgoingCall, signal: AbortSignal, use: () => Promise<Rows>): Promise<Rows> {
  await call.beforeBytes();
  await session.run('BEGIN READ ONLY', [], signal);
  try {
    const rows = await use();
    await call.afterBytes();
    return rows;
  } finally {
    if (session.usable) await session.run('ROLLBACK', [], AbortSignal.timeout(1_000)).catch(() => session.destroy());
  }
}

const pageRows = 500;

/** Fetches by pages, so that neither too many rows nor too large ones are ever held in memory. */
async function pages(context: SqlContext, session: Session, statement: Statement, limit: number, signal: AbortSignal): Promise<Rows> {
  await session.run(`DECLARE zveno NO SCROLL CURSOR FOR ${statement.text}`, statement.parameters, signal);
  const rows: (readonly (string | null)[])[] = [];
  let bytes = 0;
  for (;;) {
    const page = await session.run(`FETCH FORWARD ${Math.min(pageRows, limit + 1 - rows.length)} FROM zveno`, [], signal);
    rows.push(...page.rows);
    bytes += page.rows.reduce((sum, row) => sum + row.reduce((length, text) => length + (text?.length ?? 0), 0), 0);
    if (bytes > limits.remoteResponseBytes.value) throw failure('connection.responseTooLarge', { connection: context.name, address: placeOf(context).address, limit: limits.remoteResponseBytes.value });
    if (page.rows.length < pageRows || rows.length > limit) return { ...page, command: 'SELECT', count: rows.length, rows };
  }
}

async function writing(parts: Parts, call: OutgoingCall, signal: AbortSignal, into: { ledger: boolean; table: string }, build: (table: Table) => readonly Statement[]): Promise<Receipt> {
  const done = await inLedger(parts, call, signal, {
    ...into,
    prepare: async (session) => {
      const statements = build(await parts.catalog.table(session, into.table, signal));
      return async () => {
        const results: Rows[] = [];
        for (const statement of statements) results.push(await session.run(statement.text, statement.parameters, signal));
        return results;
      };
    },
  });
  if (done === 'repeated') return repeated();
  return { kind: 'ok', response: { rowCount: done.reduce((sum, result) => sum + result.count, 0), repeated: false } };
}

type LedgerWrite = { ledger: boolean; table?: string } & (
  | { work: Write['work'] }
  /** Runs before the hooks: what fails here was never begun. */
  | { prepare(session: Session): Promise<() => Promise<readonly Rows[]>> });

/** Performs a write; a COMMIT whose answer was lost is looked up in the ledger where there is one. */
async function inLedger(parts: Parts, call: OutgoingCall, signal: AbortSignal, what: LedgerWrite): Promise<readonly Rows[] | 'repeated'> {
  const { context, pool } = parts;
  let results: readonly Rows[] = [];
  try {
    const written = await pool.lend(async (session) => {
      const work = 'prepare' in what ? await what.prepare(session) : () => what.work(session);
      return write(context, session, call, { ledger: what.ledger, ...(what.table === undefined ? {} : { table: what.table }), work: async () => (results = await work()) }, signal);
    }, signal);
    return written.kind === 'repeated' ? 'repeated' : written.results;
  } catch (error) {
    if (!isUnknown(error) || !what.ledger || signal.aborted) {
      if (!isUnknown(error)) signal.throwIfAborted();
      throw explained(parts, what.table ?? 'SQL', error);
    }
    const done = await pool.lend((session) => settle(context, session, call, signal), signal).catch(() => undefined);
    if (done === true) return results;
    throw done === undefined ? error : failure('connection.lost', { connection: context.name, address: placeOf(context).address }, { cause: error });
  }
}

/** A table that changed since it was looked up is looked up again next time. */
function explained(parts: Parts, table: string, error: unknown): unknown {
  const found = explain(placeOf(parts.context, table), error);
  if (found instanceof Failure && /^42(?:P01|703|804)/.test(String(found.parameters['detail']))) parts.catalog.forget();
  return found;
}

function rowsReceipt(context: SqlContext, route: { resultAttribute: string; limit: number }, table: string, rows: Rows): Receipt {
  if (rows.rows.length > route.limit) {
    return { kind: 'error', failure: failure('connection.tooManyRows', { connection: context.name, table, limit: route.limit }), response: null };
  }
  return { kind: 'ok', response: { [route.resultAttribute]: objectsOf(rows), rowCount: rows.rows.length } };
}

function customReceipt(context: SqlContext, route: SpecValues<typeof specs.custom>, rows: Rows): Receipt {
  switch (route.resultKind) {
    case 'none': return { kind: 'ok', response: { rowCount: rows.count, repeated: false } };
    case 'rows': return rowsReceipt(context, route, 'SQL', rows);
    case 'scalar': {
      const type = rows.columns[0]?.type ?? 0;
      return { kind: 'ok', response: { [route.resultAttribute]: fromText(type, rows.rows[0]?.[0] ?? null), rowCount: rows.rows.length } };
    }
  }
}

const repeated = (): Receipt => ({ kind: 'ok', response: { rowCount: 0, repeated: true } });

function objectsOf(rows: Rows): readonly ValueObject[] {
  return rows.rows.map((row) => {
    const object: Record<string, Value> = Object.create(null);
    for (const [index, column] of rows.columns.entries()) object[column.name] = fromText(column.type, row[index] ?? null);
    return object;
  });
}

function without(message: Value, names: readonly string[]): Readonly<Record<string, Value>> {
  const rest: Record<string, Value> = Object.create(null);
  if (isObject(message)) for (const [name, value] of Object.entries(message)) if (!names.includes(name)) rest[name] = value;
  return rest;
}

function wrongRow(context: SqlContext, index: number, row: Value): never {
  throw failure('connection.valueWrongType', { connection: context.name, attribute: `[${index}]`, expected: 'object', actual: row === null ? 'null' : typeof row });
}
