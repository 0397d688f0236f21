/** Sends: each operation reads its properties, then does its one request. */
import { createPropertyReader, Failure, failure, isObject, limits, type OpenConnection, type OutgoingCall, type Receipt, type Value, type ValueObject } from '../../sdk/index.ts';
import { renewCapabilities } from './capability-probe.ts';
import { performBatch } from './batch.ts';
import { batch } from './batch-spec.ts';
import { readChanges } from './changes.ts';
import { changes } from './changes-spec.ts';
import { performFunction } from './call-function.ts';
import { CallNotes } from './call-notes.ts';
import { inMessage, ofChanges, ofRow, ofRows, onClock } from './clocked-operation.ts';
import type { Work } from './exchange.ts';
import { exchangeTurns } from './exchange-turns.ts';
import { confirmPackage, readPackage } from './exchange-plan.ts';
import { withKnownFields } from './missing-fields.ts';
import { getRow, queryPage } from './read.ts';
import { createReferenceBook } from './reference-book.ts';
import { scanPage } from './scan.ts';
import { rowSource } from './row-source.ts';
import { openService, type ServiceContext } from './service.ts';
import { callFunction, confirmChanges, create, get, query, remove, scan, selectChanges, update } from './spec.ts';
import { verifyCreate } from './verify.ts';
import { createRow, deleteRow, updateRow } from './write.ts';

type Operation = (properties: ValueObject) => (work: Work) => Promise<Receipt>;

export function openOdata(context: ServiceContext): OpenConnection {
  const closing = new AbortController();
  const service = openService(context, () => {
    renewCapabilities(context, closing.signal).catch((error: unknown) => closing.signal.aborted || context.log.warn('odata.capabilitiesNotRenewed', { connection: context.name, error: String(error) }));
  });
  const operations = operationsOver(context.name);
  const references = createReferenceBook(context.clock);
  const turns = exchangeTurns(context);
  const readCreate = createPropertyReader(create, `a route over ${context.name}`);

  /** Does the work; a name that the description lacks may have come into the service since that was read. Nothing has been sent then. */
  async function named<T>(call: OutgoingCall, run: (work: Work) => Promise<T>, signal: AbortSignal, notes = new CallNotes(context.log)): Promise<T> {
    const message = attributesOf(context.name, call.request);
    const described = await service.describe(signal);
    const work = { context, service, described, call, message, references, turns, notes, signal };
    try {
      return await run(work);
    } catch (error) {
      if (!isUnknownName(error)) throw error;
      const fresh = await service.describe(signal, limits.odataRefreshMs.value);
      if (fresh.model === described.model) throw error;
      return run({ ...work, described: fresh });
    }
  }

  const send: NonNullable<OpenConnection['send']> = async (call, signal) => {
    const operation = operations.get(call.operation);
    if (operation === undefined) throw unknownOperation(context.name, call.operation, operations.keys());
    const notes = new CallNotes(context.log);
    return notes.on(await named(call, operation(call.properties), signal, notes));
  };

  return {
    send,
    ...rowSource(context.name, send, () => context.clock.wallMs()),
    verify(call, signal) {
      if (call.operation !== 'create') throw unknownOperation(context.name, call.operation, ['create']);
      const route = readCreate(call.properties);
      return named({ ...call, beforeBytes: nothing, afterBytes: nothing }, async (work) => {
        const verdict = await verifyCreate(onClock(work, route.set), route);
        return verdict.kind === 'done' ? { ...verdict, receipt: inMessage(work, route.set, verdict.receipt) } : verdict;
      }, signal);
    },
    async close() {
      closing.abort(failure('connection.closed', { connection: context.name }));
      await service.close();
    },
  };
}

const nothing = (): void => undefined;

const unknownOperation = (connection: string, operation: string, known: Iterable<string>): Failure => failure('connection.unknownOperation', { connection, operation, known: [...known].join(', ') });

/** A list would otherwise become an empty row. */
function attributesOf(connection: string, request: Value): ValueObject {
  if (isObject(request)) return request;
  if (request === null || request === undefined) return {};
  throw failure('connection.valueWrongType', { connection, attribute: '$', expected: 'object', actual: Array.isArray(request) ? 'array' : typeof request });
}

const unknownNames: readonly string[] = ['odata.unknownSet', 'odata.unknownField', 'odata.unknownFunction'];

const isUnknownName = (error: unknown): boolean => error instanceof Failure && unknownNames.includes(error.code);

/** Properties are read before the service is asked anything. */
function operationsOver(name: string): ReadonlyMap<string, Operation> {
  const place = `a route over ${name}`;
  const readers = {
    query: createPropertyReader(query, place), get: createPropertyReader(get, place), create: createPropertyReader(create, place),
    update: createPropertyReader(update, place), delete: createPropertyReader(remove, place), callFunction: createPropertyReader(callFunction, place),
    selectChanges: createPropertyReader(selectChanges, place), confirmChanges: createPropertyReader(confirmChanges, place), scan: createPropertyReader(scan, place),
    batch: createPropertyReader(batch, place), changes: createPropertyReader(changes, place),
  };
  return new Map<string, Operation>([
    ['query', (properties) => { const route = readers.query(properties); return ofRows(route.set, (work) => withKnownFields(work, route, false, queryPage)); }],
    ['get', (properties) => { const route = readers.get(properties); return ofRow(route.set, (work) => withKnownFields(work, route, false, getRow)); }],
    ['create', (properties) => { const route = readers.create(properties); return ofRow(route.set, (work) => withKnownFields(work, route, true, createRow)); }],
    ['update', (properties) => { const route = readers.update(properties); return ofRow(route.set, (work) => withKnownFields(work, route, true, updateRow)); }],
    ['delete', (properties) => { const route = readers.delete(properties); return ofRow(route.set, (work) => deleteRow(work, route)); }],
    ['callFunction', (properties) => { const route = readers.callFunction(properties); return (work) => performFunction(work, route); }],
    ['scan', (properties) => { const route = readers.scan(properties); return ofRows(route.set, (work) => scanPage(work, route)); }],
    ['selectChanges', (properties) => { const route = readers.selectChanges(properties); return ofChanges((work) => readPackage(work, route)); }],
    ['batch', (properties) => { const route = readers.batch(properties); return (work) => performBatch(work, route); }],
    ['changes', (properties) => { const route = readers.changes(properties); return (work) => readChanges(work, route); }],
    ['confirmChanges', (properties) => { const route = readers.confirmChanges(properties); return (work) => confirmPackage(work, route); }],
  ]);
}
