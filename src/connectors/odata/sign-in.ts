/** Who we are to the service: fixed credentials, or a token that is fetched and renewed. */
import { basicAuthorization, Failure, failure, isObject, parseJson, signInHeaders, statusFailure, type HttpAnswer, type HttpRequest, type Value, type ValueObject } from '../../sdk/index.ts';
import type { Connection, ServiceContext } from './service-context.ts';

export interface SignIn {
  headers(signal: AbortSignal): Promise<Readonly<Record<string, string>>>;
  /** After a 401 to these headers: whether others can be had, so that one more attempt makes sense. */
  renew(refused: Readonly<Record<string, string>>): boolean;
  /** Texts that must not be shown to people. */
  secrets(): readonly string[];
}

/** A token is given up so long before its end that a request under way still arrives with it. */
const marginMs = 30_000;
/** Where the service does not say how long a token is good for. */
const shortMs = 300_000;

export function createSignIn(context: ServiceContext, request: (request: HttpRequest, signal: AbortSignal) => Promise<HttpAnswer>): SignIn {
  const { properties, clock } = context;
  const given = spellings(properties);
  if (properties.auth !== 'oauth2') {
    const headers = signInHeaders(properties);
    return { headers: async () => headers, renew: () => false, secrets: () => given };
  }
  let held: { authorization: string; token: string; untilMs: number } | undefined;
  let fetching: Promise<void> | undefined;

  /** No caller's signal ends what others wait for, too: the request has a bound of its own. */
  async function fetchToken(): Promise<void> {
    const { token, ms } = await requestToken(context, request);
    held = { authorization: `Bearer ${token}`, token, untilMs: clock.monotonicMs() + Math.max(ms - marginMs, ms / 2) };
  }

  return {
    async headers(signal) {
      signal.throwIfAborted();
      if (held === undefined || clock.monotonicMs() >= held.untilMs) {
        fetching ??= fetchToken().finally(() => { fetching = undefined; });
        await fetching;
      }
      return { authorization: held?.authorization ?? '' };
    },
    renew(refused) {
      if (held?.authorization === refused['authorization']) held = undefined;
      return true;
    },
    secrets: () => (held === undefined ? given : [...given, held.token]),
  };
}

/** A service may repeat a secret as it stood in an address, in JSON, or in the header of the sign-in. A very short one would take half of the words with it. */
function spellings({ auth, username, password, token, clientSecret }: Connection): readonly string[] {
  const texts = [password, token, clientSecret].map((secret) => secret?.open() ?? '').filter((secret) => secret.length > 3);
  const header = auth === 'basic' && texts.length > 0 ? [Buffer.from(`${username ?? ''}:${password?.open() ?? ''}`, 'utf8').toString('base64')] : [];
  return [...texts.flatMap((text) => [text, encodeURIComponent(text), JSON.stringify(text).slice(1, -1)]), ...header];
}

/** RFC 6749, client credentials. The secret goes in a header, because a header does not follow a redirect to another host. */
async function requestToken(context: ServiceContext, request: (request: HttpRequest, signal: AbortSignal) => Promise<HttpAnswer>): Promise<{ token: string; ms: number }> {
  const { name, properties, clock } = context;
  const url = properties.tokenUrl ?? '';
  const form = new URLSearchParams({ grant_type: 'client_credentials', ...(properties.scope === undefined ? {} : { scope: properties.scope }) });
  const answer = await request({
    method: 'POST', url, timeoutMs: properties.timeoutMs, body: new TextEncoder().encode(form.toString()),
    headers: { accept: 'application/json', 'content-type': 'application/x-www-form-urlencoded', 'user-agent': 'Zveno' },
    credentials: { authorization: basicAuthorization(encodeURIComponent(properties.clientId ?? ''), encodeURIComponent(properties.clientSecret?.open() ?? '')) },
  }, new AbortController().signal).catch((error: unknown) => {
    // A token that nobody got has no effect whose fate could be unknown.
    if (error instanceof Failure && error.code === 'connection.unknownOutcome') throw failure(error.parameters['late'] === true ? 'connection.timeout' : 'connection.lost', { connection: name, address: url, ms: properties.timeoutMs }, { cause: error });
    throw error;
  });
  const { status, headers, body, bodyFailure } = answer;
  const read = bodyFailure === undefined ? objectIn(body) : undefined;
  if (status === 400 || status === 401 || status === 403) {
    throw failure('odata.tokenRefused', { connection: name, address: answer.url, detail: [`HTTP ${status}`, textOf(read?.['error']), textOf(read?.['error_description'])].filter((part) => part !== '').join(', ').slice(0, 300) });
  }
  const refused = statusFailure({ connection: name, address: answer.url, status, headers, nowMs: clock.wallMs() });
  if (refused !== undefined) throw refused;
  const token = textOf(read?.['access_token']);
  if (token === '' || /[^\x21-\x7e]/.test(token)) throw failure('odata.tokenRefused', { connection: name, address: answer.url, detail: 'no access_token' });
  const seconds = Number(read?.['expires_in']);
  return { token, ms: Number.isFinite(seconds) && seconds > 0 ? seconds * 1000 : shortMs };
}

function objectIn(body: Uint8Array): ValueObject | undefined {
  try {
    const value = parseJson(body);
    return isObject(value) ? value : undefined;
  } catch (error) {
    if (error instanceof Failure) return undefined; // a page for people, most likely: the status tells
    throw error;
  }
}

const textOf = (value: Value | undefined): string => (typeof value === 'string' ? value : '');
