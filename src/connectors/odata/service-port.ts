/** HTTP to one service: every request is signed in, and no more of them are under way than the service bears. */
import { createHttpPort, Failure, limits, type HttpPort, type HttpRequest } from '../../sdk/index.ts';
import { inUtf8, streamInUtf8 } from './charset.ts';
import { createLoad, type LoadVerdict } from './load.ts';
import type { ServiceContext } from './service-context.ts';
import { createSignIn } from './sign-in.ts';

export interface ServicePort extends HttpPort {
  /** Texts that must not be shown to people. */
  secrets(): readonly string[];
}

export function createServicePort(context: ServiceContext): ServicePort {
  const { url, auth, username = '', password, ca, tls, poolSize, timeoutMs, headers: fixed } = context.properties;
  const port = createHttpPort({
    connection: context.name, dialer: context.dial, poolSize, connectTimeoutMs: Math.min(timeoutMs, limits.connectTimeoutMs.value),
    tls: { rejectUnauthorized: tls === 'verify', ...(ca === undefined ? {} : { ca }) },
    ...(auth === 'ntlm' ? { ntlm: { address: url, username, password: password?.open() ?? '', nowMs: () => context.clock.wallMs() } } : {}),
  });
  const signIn = createSignIn(context, (request, signal) => port.request(request, signal));
  const load = createLoad(context.clock, poolSize);

  /** A token that has run out is renewed once; the refused request has done nothing, so it goes out again under its first intent. */
  async function signedIn<A extends { status: number }>(request: HttpRequest, signal: AbortSignal, call: (signed: HttpRequest) => Promise<A>, drop: (answer: A) => void): Promise<A> {
    const first = await signIn.headers(signal);
    const answer = await call(withHeaders(request, first));
    if (answer.status !== 401 || !signIn.renew(first)) return answer;
    drop(answer);
    const { beforeBytes: _before, afterBytes: _after, ...again } = request;
    return call(withHeaders(again, await signIn.headers(signal)));
  }

  const withHeaders = (request: HttpRequest, own: Readonly<Record<string, string>>): HttpRequest => ({ ...request, credentials: { ...fixed, ...own, ...request.credentials } });

  const told = new Set<string>();
  const tell = (charset: string): void => {
    if (told.has(charset)) return;
    told.add(charset);
    context.log.warn('odata.charset', { connection: context.name, charset });
  };

  return {
    request: (request, signal) => load.run(() => signedIn(request, signal, async (signed) => inUtf8(context.name, await port.request(signed, signal), tell), () => undefined), verdictOf, signal),
    stream: (request, signal) => load.run(() => signedIn(request, signal, async (signed) => streamInUtf8(context.name, await port.stream(signed, signal), tell), (answer) => answer.drop()), verdictOf, signal),
    secrets: () => signIn.secrets(),
    close: () => port.close(),
  };
}

const tooMuch: readonly number[] = [408, 429, 503, 504];

/** A refused connection says nothing of the load; an answer that never came does. */
function verdictOf(outcome: { status: number } | Error): LoadVerdict {
  if (!(outcome instanceof Error)) return tooMuch.includes(outcome.status) ? 'busy' : 'good';
  return outcome instanceof Failure && (outcome.code === 'connection.timeout' || outcome.code === 'connection.unknownOutcome') ? 'busy' : 'good';
}
