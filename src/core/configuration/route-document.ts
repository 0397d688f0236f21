/**
 * A Route document: one operation over one connection, its message schemas and what happens on failures.
 *
 *   kind: Route
 *   name: orders
 *   connection: shopIn
 *   operation: receive
 *   properties: {path: orders, methods: [POST], reply: afterRun}
 *   keys: {idempotency: =orderId, order: =customer.phone, business: {order: =orderId}}
 *   request: {orderId: {type: string, required: true}, total: decimal}
 *   errorResponse: {status: 422, body: {accepted: false, reason: =failure.message}}
 */
import { compileExpression, type CompileExpressionOptions } from '../expression/expression.ts';
import type { Problem } from '../failure.ts';
import { compileMapping } from '../mapping.ts';
import { parseSchemaTree, type SchemaTree } from '../message-schema.ts';
import type { KnownConnector, KnownOperation } from './connector-catalogue.ts';
import { type DocumentFields, DocumentReader, placeName, readBy, typeName } from './document-reader.ts';
import { readSchedule } from './schedule-reader.ts';
import { headerKeys, readTitle } from './object-header.ts';
import { type DocumentPath, isPlainObject, type Plain, type PlainObject } from './object-document.ts';
import type { MappingRow, PublishedRoute, RetryPolicy } from './published.ts';

export type RouteBody = Omit<PublishedRoute, 'id' | 'version'>;

export interface RouteContext {
  /** The connector of each connection that exists; null when the connection itself is wrong. */
  connections: ReadonlyMap<string, KnownConnector | null>;
}

const keys = [
  ...headerKeys, 'connection', 'operation', 'enabled', 'properties', 'keys', 'mapping', 'request', 'response', 'errorResponse',
  'onUnknown', 'retry', 'orderPolicy', 'schedule', 'retentionDays', 'initiator',
];

export function parseRoute(document: PlainObject, context: RouteContext): { body: RouteBody | null; problems: readonly Problem[] } {
  const reader = new DocumentReader();
  const fields = reader.fields(document, [], keys);
  if (fields === undefined) return { body: null, problems: reader.problems };
  const title = readTitle(reader, fields);
  const operation = readOperation(reader, fields, context);
  const properties = plainObject(fields.entries('properties'));
  const sound = operation !== undefined && checkProperties(reader, operation, properties) ? operation : undefined;
  const fixed = sound?.schemas(properties) ?? {};
  const request = readTree(reader, fields, 'request', fixed.request);
  const body: RouteBody = {
    name: fields.text('name') ?? '',
    title,
    connection: fields.text('connection') ?? '',
    operation: fields.text('operation') ?? '',
    direction: operation?.direction ?? 'in',
    enabled: fields.flag('enabled', true),
    properties,
    keys: readKeys(reader, fields, request),
    request,
    response: readTree(reader, fields, 'response', fixed.response),
    errorResponse: readErrorResponse(reader, fields, fixed.errorResponse),
    mapping: readMapping(reader, fields, request),
    reply: properties['reply'] === 'ack' ? 'ack' : 'afterRun',
    onUnknown: readOnUnknown(reader, fields, operation, sound?.verifiable(properties) ?? true),
    retry: readRetry(reader, fields),
    orderPolicy: fields.oneOf('orderPolicy', ['park', 'block'], 'park'),
    schedule: readSchedule(reader, fields, operation),
    retentionDays: fields.oneOf('retentionDays', [1, 7, 30, 365], 30),
    initiator: readInitiator(reader, fields, operation),
  };
  return { body: reader.problems.length === 0 ? body : null, problems: reader.problems };
}

function readOperation(reader: DocumentReader, fields: DocumentFields, context: RouteContext): KnownOperation | undefined {
  const name = fields.requiredText('connection');
  const operation = fields.requiredText('operation');
  if (name === undefined) return undefined;
  const connector = context.connections.get(name);
  if (connector === undefined) reader.missing(fields.path('connection'), 'Connection', name, [...context.connections.keys()]);
  if (connector === null) reader.add(fields.path('connection'), 'config.dependsOnBroken', { kind: 'Connection', name });
  if (connector === undefined || connector === null || operation === undefined) return undefined;
  if (Object.hasOwn(connector.operations, operation)) return connector.operations[operation];
  reader.missing(fields.path('operation'), 'Operation', operation, Object.keys(connector.operations));
  return undefined;
}

function checkProperties(reader: DocumentReader, operation: KnownOperation, properties: PlainObject): boolean {
  const problems = operation.checkRoute(properties);
  for (const problem of problems) reader.problems.push({ ...problem, path: problem.path === '' ? 'properties' : `properties.${problem.path}` });
  return problems.length === 0;
}

function readKeys(reader: DocumentReader, fields: DocumentFields, request: SchemaTree): RouteBody['keys'] {
  const written = fields.fields('keys', ['idempotency', 'order', 'business']);
  // A key is read from the message as the scenario sees it: only declared fields are there.
  const declared = Object.keys(request);
  const readable: Readable = { variables: [], ...(declared.length === 0 ? {} : { roots: declared }) };
  const business: Record<string, string> = Object.create(null);
  for (const [name, value] of written?.entries('business') ?? []) {
    const text = expression(reader, value, ['keys', 'business', name], readable);
    if (text !== null) business[name] = text;
  }
  const one = (key: 'idempotency' | 'order'): string | null => {
    const value = written?.raw(key);
    return value === undefined || value === null ? null : expression(reader, value, ['keys', key], readable);
  };
  return { idempotency: one('idempotency'), order: one('order'), business };
}

/** What an expression may read. */
type Readable = Pick<CompileExpressionOptions, 'variables' | 'roots'>;

/** The text of an expression without its `=`; null and a problem when it is none. */
function expression(reader: DocumentReader, value: Plain, path: DocumentPath, readable: Readable): string | null {
  if (typeof value !== 'string' || !value.startsWith('=') || value.startsWith('==')) {
    reader.add(path, 'config.expressionExpected', { place: placeName(path), got: typeName(value) });
    return null;
  }
  const text = value.slice(1);
  return readBy(reader, path, () => compileExpression(text, readable)) === undefined ? null : text;
}

/** What the operation fixes lies below what the route declares. */
function readTree(reader: DocumentReader, fields: DocumentFields, key: string, fixed: SchemaTree | undefined): SchemaTree {
  const declared = fields.has(key) ? readBy(reader, fields.path(key), () => parseSchemaTree(fields.raw(key), key)) : undefined;
  return { ...fixed, ...declared };
}

function readErrorResponse(reader: DocumentReader, fields: DocumentFields, fixed: SchemaTree | undefined): RouteBody['errorResponse'] {
  const written = fields.fields('errorResponse', ['status', 'fields', 'body']);
  if (written === undefined && fixed === undefined) return null;
  const declared = written?.has('fields') === true ? readBy(reader, written.path('fields'), () => parseSchemaTree(written.raw('fields'), 'errorResponse.fields')) : undefined;
  const body = written?.raw('body') ?? null;
  checkValueTree(reader, body, fields.path('errorResponse').concat('body'));
  return { status: written?.has('status') === true ? written.integer('status', { from: 400, to: 599 }, 422) : null, tree: { ...fixed, ...declared }, body };
}

/** What the body of an error response may read. */
const errorReadable: Readable = { variables: [], roots: ['failure', 'message'] };

/** Every text of a value tree that begins with one `=` must be an expression. */
function checkValueTree(reader: DocumentReader, value: Plain, path: DocumentPath): void {
  if (typeof value === 'string') {
    if (value.startsWith('=') && !value.startsWith('==')) expression(reader, value, path, errorReadable);
  } else if (Array.isArray(value)) {
    value.forEach((item: Plain, index) => checkValueTree(reader, item, [...path, index]));
  } else if (isPlainObject(value)) {
    for (const [key, item] of Object.entries(value)) checkValueTree(reader, item, [...path, key]);
  }
}

/** A list of rows, or the short form `{target: source}`. */
function readMapping(reader: DocumentReader, fields: DocumentFields, request: SchemaTree): readonly MappingRow[] | null {
  const value = fields.raw('mapping');
  if (value === undefined || value === null) return null;
  const before = reader.problems.length;
  const rows = Array.isArray(value)
    ? value.map((row: Plain, index) => readRow(reader, row, ['mapping', index]))
    : fields.entries('mapping').map(([target, source]) => readRow(reader, typeof source === 'string' ? { target, source } : source, ['mapping', target], target));
  if (reader.problems.length === before) readBy(reader, ['mapping'], () => compileMapping(rows, request, { place: 'mapping' }));
  return rows;
}

function readRow(reader: DocumentReader, value: Plain, path: DocumentPath, named?: string): MappingRow {
  const row = reader.fields(value, path, ['target', 'source', 'conversion', 'default', 'onMissing']);
  if (row === undefined) return { target: named ?? '' };
  const source = row.text('source');
  const conversion = row.text('conversion');
  return {
    target: row.has('target') || named === undefined ? (row.requiredText('target') ?? '') : named,
    ...(source === undefined ? {} : { source }),
    ...(conversion === undefined ? {} : { conversion }),
    ...(row.has('default') ? { default: row.raw('default') } : {}),
    ...(row.has('onMissing') ? { onMissing: row.oneOf('onMissing', ['leave', 'null', 'fail'], 'leave') } : {}),
  };
}

/** Null leaves it to the operation: a call is repeated after an unknown outcome only where a repeat does no harm, and asked about where it can be. */
function readOnUnknown(reader: DocumentReader, fields: DocumentFields, operation: KnownOperation | undefined, verifiable: boolean): RouteBody['onUnknown'] {
  if (!fields.has('onUnknown')) return null;
  if (operation?.direction === 'in') reader.add(fields.path('onUnknown'), 'config.onlyOutgoing', { key: 'onUnknown' });
  const chosen = fields.oneOf('onUnknown', ['repeat', 'verify', 'park'], 'park');
  if (chosen === 'verify' && !verifiable) reader.add(fields.path('onUnknown'), 'config.notVerifiable', { operation: fields.text('operation') ?? '' });
  return chosen;
}

function readRetry(reader: DocumentReader, fields: DocumentFields): RetryPolicy {
  const day = 86_400_000;
  const written = fields.fields('retry', ['attempts', 'firstMs', 'maxMs']);
  const attempts = written?.integer('attempts', { from: 1, to: 1_000 }, 8) ?? 8;
  const firstMs = written?.integer('firstMs', { from: 1, to: day }, 500) ?? 500;
  const maxMs = written?.integer('maxMs', { from: 1, to: day }, Math.max(firstMs, 60_000)) ?? 60_000;
  if (written !== undefined && firstMs > maxMs) {
    reader.add(written.path('firstMs'), 'config.outOfRange', { place: 'retry.firstMs', value: firstMs, from: 1, to: maxMs });
  }
  return { attempts, firstMs, maxMs };
}

function readInitiator(reader: DocumentReader, fields: DocumentFields, operation: KnownOperation | undefined): RouteBody['initiator'] {
  const value = fields.raw('initiator');
  if (isPlainObject(value)) {
    const account = fields.fields('initiator', ['account'])?.requiredText('account');
    return account === undefined ? 'system' : { account };
  }
  return fields.oneOf('initiator', ['caller', 'system'], operation?.direction === 'out' ? 'system' : 'caller');
}

function plainObject(entries: readonly (readonly [string, Plain])[]): PlainObject {
  const object: Record<string, Plain> = Object.create(null);
  for (const [key, value] of entries) object[key] = value;
  return object;
}
