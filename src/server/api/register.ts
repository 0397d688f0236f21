/** Serves the operations: who calls, may he, what does he send; then the handler. */
import { Readable } from 'node:stream';
import multipart from '@fastify/multipart';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import { checkInput, type InputSchema } from '../../api/check-input.ts';
import { isRequired } from '../../api/openapi.ts';
import { operationList } from '../../api/operations.ts';
import { deprecationHeaders, takesKey, type Operation, type TProperties } from '../../api/operation.ts';
import { readQuery } from '../../api/read-query.ts';
import type { Caller } from '../../core/account.ts';
import { catalogue } from '../../core/errors.ts';
import { failure, type Problem } from '../../core/failure.ts';
import { parseJson, printJson } from '../../core/json.ts';
import { limits } from '../../core/limits.ts';
import type { Log } from '../../core/ports.ts';
import type { SigningKeyDirectory } from '../../core/signing-key.ts';
import type { StoredReplies, StoredReply } from '../../core/stored-replies.ts';
import type { Value, ValueObject } from '../../core/value.ts';
import { actorOf, claimed, nameIn, type Auditor } from '../auditor.ts';
import { asFailure, languageOf, sendProblem } from '../problem.ts';
import { idempotencyKeyOf } from '../idempotency-key.ts';
import { lastingCaller, type LastingCaller, type LastingCallerParts } from '../lasting-caller.ts';
import type { RateLimits } from '../rate-limits.ts';
import { leaveBodyAlone, readBody } from '../read-body.ts';
import { assertOwnPassword, type Authenticated, type Authentication } from '../authentication.ts';
import { assertMay, assertMayUseRecords } from '../sign-in.ts';
import { uploadsOf } from '../upload.ts';
import type { Answered, Asked, Handler, OpenHandler } from './handler.ts';
import { entityTag, isKnown } from './entity-tag.ts';
import { assertSaysWhat } from './if-match.ts';
import { pageOfList } from './list-page.ts';
import { answerOnce, type Repeated } from './idempotent.ts';

export interface ApiServing {
  handlers: readonly Handler[];
  openHandlers: readonly OpenHandler[];
  authentication: Authentication;
  signingKeys: SigningKeyDirectory;
  auditor: Auditor;
  rates: RateLimits;
  replies: StoredReplies;
  lasting: LastingCallerParts;
  /** An edit has to say what it is an edit of. */
  demandIfMatch: boolean;
  log: Log;
}

export function registerApi(app: FastifyInstance, { handlers, openHandlers, authentication, signingKeys, auditor, rates, replies, demandIfMatch, lasting, log }: ApiServing): void {
  assertComplete([...handlers, ...openHandlers]);
  const closing = new AbortController();
  app.addHook('preClose', async () => closing.abort());
  app.register(async (scope) => {
    leaveBodyAlone(scope);
    await scope.register(multipart);
    for (const handler of openHandlers) registerOpen(scope, handler, { authentication, rates });
    for (const { operation, answer } of handlers) {
      const checks = inputChecks(operation);
      const deprecation = deprecationHeaders(operation);
      scope.route({
        method: operation.method,
        url: operation.path.replace(/\{(\w+)\}/g, ':$1'),
        // A stream has no length to tell beforehand, and its reader would be counted.
        exposeHeadRoute: !['watchEvents', 'readFile', 'downloadBackup'].includes(operation.id),
        handler: async (request, reply) => {
          let actor = claimed(request);
          reply.headers(deprecation);
          try {
            await rates.address(request.ip);
            const authenticated = await authentication.of(request, { session: true, seen: (seen) => (actor = actorOf(seen, request)) });
            const { caller } = authenticated;
            reply.headers(await rates.caller(caller.account.id));
            assertMay(caller, 'api.call');
            if (operation.beforePassword !== true) assertOwnPassword(authenticated);
            assertMayCall(caller, operation, request.params);
            const { bytes, ...input } = await readInput(operation, checks, request, reply, authenticated);
            if (demandIfMatch) assertSaysWhat(operation, request.headers, input.query);
            await assertFirstUse(authenticated, request, signingKeys);
            const gone = new AbortController();
            reply.raw.once('close', () => gone.abort());
            const asked: Asked = { ...input, caller, actor, session: authenticated.session, lang: languageOf(request.headers['accept-language']), headers: request.headers, mayStill: mayStill(operation, lastingCaller(request, authenticated, lasting)), uploads: () => uploadsOf(request, reply), signal: AbortSignal.any([gone.signal, closing.signal]) };
            const who = actor;
            const audited = async (): Promise<Answered> => {
              const given = await answer(asked);
              const answered = operation.list === undefined ? given : pageOfList(`${operation.id} ${Object.values(asked.params).join('/')}`, operation.list, given, asked.query);
              if (isChange(operation) && operation.audit === undefined && !('failure' in answered)) await auditor.done(who, operation, request.params);
              return answered;
            };
            const key = takesKey(operation) ? idempotencyKeyOf(request.headers['idempotency-key']) : null;
            if (key === null) return send(reply, await audited());
            const keyed = { caller: caller.account.id, key, method: request.method, url: request.url, ifMatch: request.headers['if-match'], body: bytes };
            return send(reply, await answerOnce(replies, operation, keyed, log, audited));
          } catch (error) {
            const problem = asFailure(error);
            // A reading that goes wrong is nobody's deed; what is refused is always on record.
            if (isChange(operation) || [401, 403, 429].includes(catalogue[problem.code].status)) auditor.refused(actor, operation.id, operation.tag, nameIn(request.params), problem);
            throw error;
          }
        },
      });
    }
  });
}

/** How one gets in: nobody is known yet, and what is refused is put on record by whoever knows the claimed name. */
function registerOpen(scope: FastifyInstance, { operation, answer }: OpenHandler, { authentication, rates }: Pick<ApiServing, 'authentication' | 'rates'>): void {
  const checks = inputChecks(operation);
  scope.route({
    method: operation.method,
    url: operation.path,
    exposeHeadRoute: false,
    handler: async (request, reply) => {
      await rates.address(request.ip);
      authentication.assertSameSite(request);
      const { bytes: _, ...input } = await readInput(operation, checks, request, reply, { signed: null, assertBody: () => undefined });
      return send(reply, await answer({ ...input, actor: claimed(request), headers: request.headers }));
    },
  });
}

/** Every operation of the document is served, and nothing else. */
function assertComplete(handlers: readonly { operation: Operation }[]): void {
  const served = handlers.map(({ operation }) => operation.id);
  const missing = operationList.filter(({ id }) => !served.includes(id)).map(({ id }) => id);
  if (missing.length > 0 || new Set(served).size !== operationList.length) throw new Error(`operations without one handler each: ${missing.join(', ') || served.join(', ')}`);
}

interface InputChecks {
  params: InputSchema;
  query: InputSchema;
  body: InputSchema | null;
}

function inputChecks({ params, query, body }: Operation): InputChecks {
  // A typebox schema is its JSON Schema; a test holds operations to the keywords that are checked.
  return { params: objectOf(params), query: objectOf(query), body: body ?? null };
}

function objectOf(fields: TProperties | undefined): InputSchema {
  const properties = (fields ?? {}) as Readonly<Record<string, InputSchema>>;
  return { type: 'object', properties, additionalProperties: false, required: Object.entries(properties).filter(([, field]) => isRequired(field)).map(([name]) => name) };
}

/** Checked, and the bytes of the body as they came. */
type Read = Pick<Asked, 'params' | 'query' | 'body'> & { bytes: Uint8Array };

async function readInput(operation: Operation, checks: InputChecks, request: FastifyRequest, reply: FastifyReply, { signed, assertBody }: Pick<Authenticated, 'signed' | 'assertBody'>): Promise<Read> {
  // A signature covers the whole body, and a file is acted on before its end has come.
  if (operation.upload !== undefined && signed !== null) throw failure('http.signedUpload');
  const params: ValueObject = { ...(request.params as Record<string, string>) };
  const query = readQuery(checks.query, [...new URLSearchParams(request.url.split('?').slice(1).join('?'))]);
  const problems: Problem[] = [...checkInput(checks.params, params), ...checkInput(checks.query, query)];
  const { bytes, value: body } = checks.body === null ? { bytes: new Uint8Array(), value: null } : await readJson(operation, checks.body, request, reply, assertBody);
  // What comes where no body belongs is not looked at, but a signature covers it.
  if (checks.body === null && signed !== null) assertBody(hasBody(request) ? await readBody(request, reply, limits.messageBodyBytes.value) : new Uint8Array());
  if (checks.body !== null && body !== null) problems.push(...checkInput(checks.body, body));
  if (problems.length > 0) throw failure('http.invalid', { operation: operation.id, count: problems.length }, { problems });
  return { params, query, body, bytes } as Read;
}

const jsonType = /^application\/(?:[\w.+-]+\+)?json\s*(?:;\s*charset="?utf-?8"?\s*)?$/i;

const isChange = ({ method, audit, reads }: Operation): boolean => method !== 'GET' && reads !== true && audit !== 'none';

/** Its permission, or, for records, a role that opens some of the template's. */
function assertMayCall(caller: Caller, { permission, records, object }: Operation, params: unknown): void {
  if (permission === null || caller.may.has(permission)) return;
  const named = params as Readonly<Record<string, string | undefined>>;
  const { template } = named;
  if (object !== undefined && caller.narrowed?.objects.get(permission)?.has(named[object] ?? '') === true) return;
  if (records === undefined || template === undefined) assertMay(caller, permission);
  else assertMayUseRecords(caller, template, records, permission);
}

/** A database that does not answer now ends nothing: it is asked again soon. */
const mayStill = ({ permission }: Operation, caller: LastingCaller) => async (): Promise<boolean> => {
  const may = await caller().catch(() => null);
  return may === null || (may.has('api.call') && (permission === null || may.has(permission)));
};

/** A signed change is carried out once: whoever has listened in and sends it again changes nothing. */
async function assertFirstUse({ signed }: Authenticated, { method, url }: FastifyRequest, keys: SigningKeyDirectory): Promise<void> {
  if (signed === null || method === 'GET' || method === 'HEAD') return;
  if ((await keys.use(signed.signature, `${method} ${url}`.slice(0, 500))).kind === 'repeated') throw failure('access.signatureUsed');
}

const hasBody = ({ headers }: FastifyRequest): boolean => headers['transfer-encoding'] !== undefined || !['0', undefined].includes(headers['content-length']);

async function readJson(operation: Operation, schema: InputSchema, request: FastifyRequest, reply: FastifyReply, assertBody: Authenticated['assertBody']): Promise<{ bytes: Uint8Array; value: Value }> {
  const { 'content-type': type } = request.headers;
  const isEmpty = !hasBody(request);
  if (!isEmpty && (type === undefined || !jsonType.test(type))) throw failure('http.contentType');
  const bytes = isEmpty ? new Uint8Array() : await readBody(request, reply, operation.bodyBytes ?? limits.messageBodyBytes.value);
  assertBody(bytes);
  if (bytes.length > 0) return { bytes, value: parseJson(bytes) };
  if (schema.type === 'object' && schema.properties !== undefined && (schema.required ?? []).length === 0) return { bytes, value: {} };
  throw failure('http.bodyMissing');
}

function send(reply: FastifyReply, answered: Answered | Repeated): FastifyReply {
  if ('replay' in answered) return replay(reply, answered.replay);
  if ('failure' in answered) return sendProblem(reply, answered.failure, answered.message);
  reply.status(answered.status).header('cache-control', 'no-store').headers(answered.headers ?? {});
  if ('stream' in answered) return reply.type(answered.mediaType).send(Readable.from(answered.stream, { objectMode: false }));
  if (answered.body === undefined) return reply.send();
  const text = printJson(answered.body);
  if (reply.request.method === 'GET' || reply.request.method === 'HEAD') {
    const tag = entityTag(text, answered.headers?.['etag']);
    reply.header('etag', tag);
    if (isKnown(reply.request.headers['if-none-match'], tag)) return reply.status(304).removeHeader('content-type').send();
  }
  return reply.type('application/json; charset=utf-8').send(text);
}

function replay(reply: FastifyReply, { status, headers, body }: StoredReply): FastifyReply {
  reply.status(status).header('cache-control', 'no-store').headers(headers).header('idempotent-replayed', 'true');
  return body === null ? reply.send() : reply.type('application/json; charset=utf-8').send(Buffer.from(body));
}
