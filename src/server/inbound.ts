/**
 * Inbound HTTP: /api/public/adapter/<connection path>/<route path>. The order is fixed: address, credentials, body,
 * engine; so that nobody makes us read or parse anything before we know who he is.
 */
import multipart from '@fastify/multipart';
import type { FastifyInstance, FastifyReply, FastifyRequest } from 'fastify';
import type { Configuration, ConfigurationSource, PublishedConnection, PublishedRoute } from '../core/configuration/published.ts';
import { failure } from '../core/failure.ts';
import type { FileStore } from '../core/file-store.ts';
import { limits } from '../core/limits.ts';
import type { SigningKeyDirectory } from '../core/signing-key.ts';
import type { Value } from '../core/value.ts';
import type { Engine } from '../engine/engine.ts';
import { packedForm } from '../engine/message-case.ts';
import type { Reply } from '../engine/reply.ts';
import type { RawHttpRequest } from '../sdk/connector.ts';
import { inboundPrefix, indexInbound, type InboundAddress, type InboundIndex } from './inbound-index.ts';
import { claimed, type Auditor } from './auditor.ts';
import { asFailure, sendProblem } from './problem.ts';
import { readForm, type Form } from './form.ts';
import { idempotencyKeyOf } from './idempotency-key.ts';
import { leaveBodyAlone, readBody } from './read-body.ts';
import { acceptedStatus, successStatus } from './reply-status.ts';
import { assertOwnPassword, type Authentication } from './authentication.ts';
import { assertMaySend, parseAuthorization, sameText } from './sign-in.ts';
import { isSigned, type Signed } from './signature.ts';

export interface InboundOptions {
  engine: Engine;
  configuration: ConfigurationSource;
  authentication: Authentication;
  signingKeys: SigningKeyDirectory;
  auditor: Auditor;
  /** Where files of forms go. */
  files: FileStore;
  /** Makes a message of a request, as the connector of the route does. */
  parse(route: PublishedRoute, raw: RawHttpRequest): Value;
  /** The connection's own bearer token, when it has one. */
  connectionToken(connection: PublishedConnection): Promise<string | null>;
}

export function registerInbound(app: FastifyInstance, options: InboundOptions): void {
  const { configuration } = options;
  let indexed: { of: Configuration; index: InboundIndex } | null = null;
  const index = (): InboundIndex => {
    const current = configuration.current();
    if (indexed?.of !== current) indexed = { of: current, index: indexInbound(current) };
    return indexed.index;
  };

  const tokens = ownTokens((connection) => options.connectionToken(connection));

  app.register(async (scope) => {
    leaveBodyAlone(scope);
    await scope.register(multipart);
    scope.route({
      method: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'],
      url: `${inboundPrefix}*`,
      handler: async (request, reply) => {
        const address = index().find(request.method, pathOf(request));
        const sender = await senderOf(options, address, request, tokens).catch((error: unknown) => {
          options.auditor.refused(claimed(request), 'message', 'Route', address.route.name, asFailure(error));
          throw error;
        });
        const brought = await broughtBy(options, address.route, sender, request, reply);
        return answer(reply, await receive(options, address, sender, request, brought), address.route);
      },
    });
  });
}

/** A body as it came, or a form of which everything has come. */
type Brought = { body: Uint8Array; form: null } | { body: Uint8Array; form: Form };

/** What was read is the engine's to count from here on. */
async function broughtBy({ engine: { inFlight }, files }: InboundOptions, { properties }: PublishedRoute, { signature, assertBody }: Sender, request: FastifyRequest, reply: FastifyReply): Promise<Brought> {
  const reading = inFlight.reading();
  try {
    if (properties['form'] === true && request.isMultipart()) {
      // A signature covers the whole body, and files are taken before its end has come.
      if (signature !== null) throw failure('http.signedUpload');
      const limit = properties['formBytes'];
      const form = await readForm(request, reply, { limit: typeof limit === 'number' ? limit : limits.formBytes.value, store: files, reading });
      return { form, body: packedForm(form.value, form.files) };
    }
    const body = await readBody(request, reply, limits.messageBodyBytes.value, reading);
    assertBody(body);
    return { body, form: null };
  } finally {
    reading.giveBack();
  }
}

function pathOf(request: FastifyRequest): string {
  const path = request.url.slice(inboundPrefix.length).split('?', 1)[0] ?? '';
  try {
    return decodeURIComponent(path).replace(/\/$/, '');
  } catch {
    throw failure('http.malformed', { detail: 'the path is not valid UTF-8' });
  }
}

type OwnToken = (connection: PublishedConnection) => Promise<string | null>;

/** A published connection is another object as soon as its document or its secret changes, so its token is opened once. */
function ownTokens(open: OwnToken): OwnToken {
  const opened = new WeakMap<PublishedConnection, Promise<string | null>>();
  return (connection) => {
    const known = opened.get(connection);
    if (known !== undefined) return known;
    const token = open(connection);
    opened.set(connection, token);
    token.catch(() => opened.delete(connection));
    return token;
  };
}

interface Sender {
  /** Account id, or `anonymous`. */
  caller: string;
  signature: Signed | null;
  readonly assertBody: (body: Uint8Array) => void;
}

const anonymous: Sender = { caller: 'anonymous', signature: null, assertBody: () => undefined };

async function senderOf({ authentication }: InboundOptions, { connection, route }: InboundAddress, request: FastifyRequest, ownToken: OwnToken): Promise<Sender> {
  const { auth, legacyPathOnly } = connection.properties;
  if (auth === 'none') return anonymous;
  const { authorization = '' } = request.headers;
  const credentials = parseAuthorization(authorization);
  const kind = isSigned(authorization) ? 'hmac' : (credentials?.kind ?? null);
  // Whoever may come with his password may come with his key: it proves the same without travelling.
  if (kind === null || (kind !== auth && !(kind === 'hmac' && auth === 'basic'))) throw failure('access.unauthenticated');
  if (credentials?.kind === 'bearer') {
    const own = await ownToken(connection);
    if (own !== null && sameText(credentials.token, own)) return anonymous;
  }
  const authenticated = await authentication.of(request, { pathOnly: legacyPathOnly === true });
  const { caller, signed, assertBody } = authenticated;
  assertMaySend(caller, route.name);
  assertOwnPassword(authenticated);
  return { caller: caller.account.id, signature: signed, assertBody };
}

async function receive(options: InboundOptions, { route }: InboundAddress, { caller, signature }: Sender, request: FastifyRequest, { body, form }: Brought): Promise<Reply> {
  const { method } = request;
  const withQuery = route.properties['queryAttribute'] !== undefined;
  return options.engine.receive({
    route: route.name,
    body,
    contentType: request.headers['content-type'] ?? null,
    caller,
    idempotencyKey: await repeatKey(options.signingKeys, route, signature, request),
    ...(form === null ? {} : { files: form.files }),
    ...(withQuery || form !== null ? { sameness: Buffer.concat([form?.sameness ?? body, Buffer.from(withQuery ? `\n${queryText(request)}` : '')]) } : {}),
    bodyIsAll: !withQuery && route.properties['headersAttribute'] === undefined,
    parse: (bytes) => options.parse(route, { method, headers: headersOf(request), query: queryOf(request), body: bytes, ...(form === null ? {} : { form: form.value }) }),
  });
}

/**
 * By what a repeat is known. One signature is one message: without a key of the caller's or the route's it is the key itself.
 * A key in a header that is not signed could be exchanged by whoever listens in, so a signature is good for one such key.
 */
async function repeatKey(keys: SigningKeyDirectory, route: PublishedRoute, signature: Signed | null, request: FastifyRequest): Promise<string | null> {
  const header = idempotencyKeyOf(request.headers['idempotency-key']);
  if (signature === null) return header;
  if (header === null) return route.keys.idempotency === null ? `signature ${signature.signature}` : null;
  if (signature.signedHeaders.includes('idempotency-key')) return header;
  const use = await keys.use(signature.signature, `${route.id} ${header}`);
  if (use.kind === 'repeated' && !use.same) throw failure('access.signatureUsed');
  return header;
}

function headersOf(request: FastifyRequest): [string, string][] {
  const pairs: [string, string][] = [];
  const { rawHeaders } = request.raw;
  for (let at = 0; at + 1 < rawHeaders.length; at += 2) pairs.push([rawHeaders[at] ?? '', rawHeaders[at + 1] ?? '']);
  return pairs;
}

const queryText = (request: FastifyRequest): string => request.url.split('?').slice(1).join('?');

const queryOf = (request: FastifyRequest): [string, string][] => [...new URLSearchParams(queryText(request))];

function answer(reply: FastifyReply, outcome: Reply, route: PublishedRoute): FastifyReply {
  if (outcome.message !== null) reply.header('zveno-message', outcome.message);
  switch (outcome.kind) {
    case 'body': {
      if (outcome.repeated) reply.header('idempotent-replayed', 'true');
      const status = outcome.status === 200 ? successStatus(route, 200) : outcome.status;
      return reply.status(status).type('application/json; charset=utf-8').send(Buffer.from(outcome.body));
    }
    case 'accepted':
      if (outcome.repeated) reply.header('idempotent-replayed', 'true');
      return reply
        .status(acceptedStatus(route))
        .header('location', `/api/v1/messages/${outcome.message}`)
        .type('application/json; charset=utf-8')
        .send(JSON.stringify({ message: outcome.message, state: 'pending' }));
    case 'failure':
      return sendProblem(reply, outcome.failure, outcome.message);
    default:
      return outcome satisfies never;
  }
}
