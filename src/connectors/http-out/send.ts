/** One call: build, send, read the answer. */
import {
  createHttpPort, createPropertyReader, failure, isObject, parseJson, parseResultCodes, reasonsIn, statusFailure,
  type ConnectionContext, type Failure, type HttpAnswer, type HttpPort, type OpenConnection, type Receipt, type Value, type ValueObject,
} from '../../sdk/index.ts';
import { buildRequest, type Call, type Connection } from './request.ts';
import { call } from './spec.ts';

export function openHttp(context: ConnectionContext<Connection>): OpenConnection {
  const port = httpPort(context);
  const read = createPropertyReader(call, `a route over ${context.name}`);
  return {
    async send(outgoing, signal) {
      if (outgoing.operation !== 'call') throw failure('connection.unknownOperation', { connection: context.name, operation: outgoing.operation, known: 'call' });
      const route = read(outgoing.properties);
      const request = buildRequest(context.name, context.properties, route, outgoing.request, outgoing.effectId);
      const answer = await port.request({ ...request, beforeBytes: () => outgoing.beforeBytes(), afterBytes: () => outgoing.afterBytes() }, signal);
      return receiptOf(context, route, answer);
    },
    close: () => port.close(),
  };
}

export function httpPort(context: ConnectionContext<Connection>): HttpPort {
  const { ca, tls, poolSize, timeoutMs } = context.properties;
  return createHttpPort({
    connection: context.name,
    dialer: context.dial,
    poolSize,
    connectTimeoutMs: timeoutMs,
    tls: { rejectUnauthorized: tls === 'verify', ...(ca === undefined ? {} : { ca }) },
  });
}

export const isIdempotent = (route: Pick<Call, 'method'>): boolean => route.method === 'GET' || route.method === 'PUT' || route.method === 'DELETE';

function receiptOf(context: ConnectionContext<Connection>, route: Call, answer: HttpAnswer): Receipt {
  const { status, headers, url: address } = answer;
  const refused = statusFailure({ connection: context.name, address, status, headers, nowMs: context.clock.wallMs() });
  // Once the remote has accepted a change, only a harmless repeat may follow an answer that cannot be read.
  const next = isIdempotent(route) ? { next: { kind: 'retry' } as const } : {};
  if (answer.bodyFailure !== undefined) {
    const { code, parameters, cause } = answer.bodyFailure;
    return { kind: 'error', failure: refused ?? failure(code, parameters, { cause, ...next }), response: shaped(route, status, null, ''), status, headers };
  }
  const text = new TextDecoder().decode(answer.body);
  const parsed = parsedBody(answer.body);
  if (refused !== undefined) return { kind: 'error', failure: refused, response: shaped(route, status, parsed.value, text), status, headers };
  if (parsed.problem !== undefined && route.responseContentAttribute === undefined) {
    const malformed = failure('connection.malformedResponse', { connection: context.name, address, detail: 'JSON' }, { cause: parsed.problem, ...next });
    return { kind: 'error', failure: malformed, response: shaped(route, status, null, text), status, headers };
  }
  const told = toldByCode(context.name, route, address, parsed.value);
  if (told !== undefined) return { kind: 'error', failure: told, response: shaped(route, status, parsed.value, text), status, headers };
  return { kind: 'ok', response: shaped(route, status, parsed.value, text), status, headers };
}

/** A refusal inside an answer of success. An answer without the code that was promised is no answer. */
function toldByCode(connection: string, { resultCodes }: Call, address: string, answer: Value): Failure | undefined {
  if (resultCodes === undefined) return undefined;
  const dictionary = parseResultCodes(resultCodes);
  const reasons = reasonsIn(dictionary, answer);
  if (reasons === undefined) return failure('connection.malformedResponse', { connection, address, detail: dictionary.at });
  if (reasons.length === 0) return undefined;
  const code = reasons.map((reason) => reason.code).join(' + ');
  return failure('connection.resultCode', { connection, address, code, reasons: reasons.map((reason) => `${reason.code}: ${reason.meaning || '?'}`).join('; ') });
}

function parsedBody(body: Uint8Array): { value: Value; problem?: unknown } {
  if (body.length === 0) return { value: null };
  try {
    return { value: parseJson(body) };
  } catch (problem) {
    return { value: null, problem };
  }
}

/** The answer as the route wants it: the parsed body, with status and text beside it where attributes are named for them. */
function shaped(route: Call, status: number, value: Value, text: string): Value {
  const { responseStatusAttribute, responseContentAttribute } = route;
  if (responseStatusAttribute === undefined && responseContentAttribute === undefined) return value;
  const whole: ValueObject = isObject(value) ? value : {};
  return {
    ...whole,
    ...(responseStatusAttribute === undefined ? {} : { [responseStatusAttribute]: status }),
    ...(responseContentAttribute === undefined ? {} : { [responseContentAttribute]: text }),
  };
}
