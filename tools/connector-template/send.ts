/** One message to the new system. */
import {
  createHttpPort, createPropertyReader, failure, parseJson, printJson, statusFailure,
  type ConnectionContext, type HttpAnswer, type HttpPort, type OpenConnection, type Receipt, type SpecValues, type Value,
} from '../../src/sdk/index.ts';
import { send, type connection } from './spec.ts';

export type Context = ConnectionContext<SpecValues<typeof connection>>;

export function openSystem(context: Context): OpenConnection {
  const port = createHttpPort({ connection: context.name, dialer: context.dial });
  const read = createPropertyReader(send, `a route over ${context.name}`);
  return {
    async send(call, signal) {
      if (call.operation !== 'send') throw failure('connection.unknownOperation', { connection: context.name, operation: call.operation, known: 'send' });
      const answer = await request(context, port, {
        method: 'POST',
        path: read(call.properties).path,
        headers: { 'content-type': 'application/json; charset=utf-8', 'idempotency-key': call.effectId },
        body: new TextEncoder().encode(printJson(call.request)),
        beforeBytes: () => call.beforeBytes(),
        afterBytes: () => call.afterBytes(),
      }, signal);
      return receiptOf(context, answer);
    },
    close: () => port.close(),
  };
}

interface Request {
  method: string;
  path: string;
  headers?: Readonly<Record<string, string>>;
  body?: Uint8Array;
  beforeBytes?(): void | Promise<void>;
  afterBytes?(): void | Promise<void>;
}

export function request(context: Context, port: HttpPort, { path, ...rest }: Request, signal: AbortSignal): Promise<HttpAnswer> {
  const { url, token, timeoutMs } = context.properties;
  return port.request({ ...rest, url: `${url.replace(/\/+$/, '')}/${path.replace(/^\/+/, '')}`, credentials: { authorization: `Bearer ${token.open()}` }, timeoutMs }, signal);
}

function receiptOf(context: Context, answer: HttpAnswer): Receipt {
  const { status, headers, url: address } = answer;
  const refused = statusFailure({ connection: context.name, address, status, headers, nowMs: context.clock.wallMs() }) ?? answer.bodyFailure;
  const response = bodyOf(answer.body);
  if (refused !== undefined) return { kind: 'error', failure: refused, response: response ?? null, status };
  if (response !== undefined) return { kind: 'ok', response, status };
  return { kind: 'error', failure: failure('connection.malformedResponse', { connection: context.name, address, detail: 'JSON' }), response: null, status };
}

/** undefined when it is no JSON. */
function bodyOf(body: Uint8Array): Value | undefined {
  try {
    return body.length === 0 ? null : parseJson(body);
  } catch {
    return undefined;
  }
}
