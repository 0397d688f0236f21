/** Signs one connection in: a refusal with a challenge, an answer, and the connection is that user's until it ends. */
import type { X509Certificate } from 'node:crypto';
import { channelBindings } from './channel-bindings.ts';
import { authenticateMessage, negotiateMessage, ntlmUser, readChallenge } from './messages.ts';

export interface NtlmAccount {
  /** `DOMAIN\user`, `user@domain` or `user`. */
  username: string;
  password: string;
  /** Of the server, as it is called. */
  host: string;
}

export interface SignInAnswer {
  status: number;
  headers: Readonly<Record<string, string>>;
}

/** The connection at hand; nothing else goes over it meanwhile. */
export interface NtlmConnection<A extends SignInAnswer> {
  send(authorization: string): Promise<A>;
  certificate(): X509Certificate | undefined;
  chance(bytes: number): Buffer;
  nowMs(): number;
}

/** Undefined when the connection is signed in, or needs no sign-in; the answer that refused it otherwise. */
export async function signInNtlm<A extends SignInAnswer>(connection: NtlmConnection<A>, account: NtlmAccount): Promise<A | undefined> {
  const refused = await signInAs(connection, account, 'NTLM');
  // Negotiate takes the same messages; some servers offer nothing else.
  if (refused?.challenged !== false || !/(?:^|,)\s*Negotiate\b/i.test(refused.answer.headers['www-authenticate'] ?? '')) return refused?.answer;
  return (await signInAs(connection, account, 'Negotiate'))?.answer;
}

async function signInAs<A extends SignInAnswer>(connection: NtlmConnection<A>, { username, password, host }: NtlmAccount, scheme: 'NTLM' | 'Negotiate'): Promise<{ answer: A; challenged: boolean } | undefined> {
  const negotiated = negotiateMessage();
  const first = await connection.send(`${scheme} ${negotiated.toString('base64')}`);
  if (first.status !== 401) return undefined;
  const challenged = challengeIn(first.headers['www-authenticate'] ?? '', scheme);
  const challenge = challenged === undefined ? undefined : readChallenge(challenged);
  if (challenged === undefined || challenge === undefined) return { answer: first, challenged: challenged !== undefined };
  const message = authenticateMessage({
    user: ntlmUser(username), password, challenge, negotiated, challenged, target: `HTTP/${host}`,
    channelBindings: channelBindings(connection.certificate()), client: connection.chance(8), nowMs: connection.nowMs(),
  });
  const second = await connection.send(`${scheme} ${message.toString('base64')}`);
  return second.status === 401 ? { answer: second, challenged: true } : undefined;
}

function challengeIn(header: string, scheme: string): Buffer | undefined {
  const token = new RegExp(`(?:^|,)\\s*${scheme}\\s+([A-Za-z0-9+/]{1,8000}={0,2})\\s*(?:,|$)`, 'i').exec(header)?.[1];
  return token === undefined ? undefined : Buffer.from(token, 'base64');
}
