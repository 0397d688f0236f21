/** Signing in and out with a browser, sessions, and one's own password. */
import { sessionOperations } from '../../api/sessions.ts';
import { inOrder } from '../../core/access/permission.ts';
import { rightsOf } from '../../core/access/rights.ts';
import type { Account } from '../../core/account.ts';
import { failure } from '../../core/failure.ts';
import type { Session } from '../../core/session.ts';
import type { ValueObject } from '../../core/value.ts';
import { accountNamed } from '../account-named.ts';
import type { SeenSession } from '../authentication.ts';
import { assertOver } from '../grants.ts';
import type { Visitor } from '../session-desk.ts';
import { good, handle, handleOpen, type Asked, type Handler, type OpenHandler, type Stranger } from './handler.ts';
import type { ApiParts } from './parts.ts';

/** What needs nobody to be signed in. */
export const openHandlers = (parts: ApiParts): readonly OpenHandler[] => [
  handleOpen(sessionOperations.createSession, async (asked) => {
    const opened = await parts.sessionDesk.signIn(asked.body.login, asked.body.password, visitorOf(asked));
    return { status: 201, body: currentJson(opened.account, opened, parts), headers: { 'set-cookie': opened.cookie } };
  }),
];

export function sessionHandlers(parts: ApiParts): readonly Handler[] {
  const { accounts, sessions, sessionDesk, configuration } = parts;
  const named = (name: string): Promise<Account> => accountNamed(accounts, name);
  return [
    handle(sessionOperations.getSession, async ({ caller, session }) => good(currentJson(caller.account, inSession(session), parts))),

    handle(sessionOperations.deleteSession, async ({ session, actor }) => ({ status: 204, headers: { 'set-cookie': await sessionDesk.signOut(inSession(session), actor) } })),

    handle(sessionOperations.listSessions, async ({ caller, session }) => good(listJson(await sessions.list(caller.account.id), session))),

    handle(sessionOperations.endSession, async ({ params, caller, actor }) => {
      if ((await sessions.end(caller.account.id, { id: params.id.toLowerCase() }, actor)) === 0) throw failure('session.unknown', { id: params.id });
      return { status: 204 };
    }),

    handle(sessionOperations.endSessions, async ({ query, caller, session, actor }) => {
      const allBut = query.others === true ? (session?.session.id ?? null) : null;
      return good({ ended: await sessions.end(caller.account.id, { allBut }, actor) });
    }),

    handle(sessionOperations.listAccountSessions, async ({ params, session }) => good(listJson(await sessions.list((await named(params.name)).id), session))),

    handle(sessionOperations.endAccountSession, async ({ params, caller, actor }) => {
      const account = await named(params.name);
      assertOver(caller, account, configuration.current().access);
      if ((await sessions.end(account.id, { id: params.id.toLowerCase() }, actor)) === 0) throw failure('session.unknown', { id: params.id });
      return { status: 204 };
    }),

    handle(sessionOperations.endAccountSessions, async ({ params, caller, actor }) => {
      const account = await named(params.name);
      assertOver(caller, account, configuration.current().access);
      return good({ ended: await sessions.end(account.id, { allBut: null }, actor) });
    }),

    handle(sessionOperations.changePassword, async (asked) => {
      const { caller, body, actor } = asked;
      const opened = await sessionDesk.changePassword(caller.account, { current: body.current, wanted: body.password }, visitorOf(asked), actor);
      if (opened === null) return good({ session: null });
      return { status: 200, body: { session: currentJson(opened.account, opened, parts) }, headers: { 'set-cookie': opened.cookie } };
    }),
  ];
}

const visitorOf = ({ actor, headers }: Pick<Asked | Stranger, 'actor' | 'headers'>): Visitor => ({ address: actor.address ?? '', request: actor.request ?? '', cookie: headers.cookie, agent: headers['user-agent'] });

function inSession(session: SeenSession | null): SeenSession {
  if (session === null) throw failure('session.none');
  return session;
}

function currentJson(account: Account, { session, csrf }: SeenSession, { configuration }: ApiParts): ValueObject {
  const rights = rightsOf(account, configuration.current().access);
  return { ...sessionJson(session), account: account.name, csrf, may: inOrder(rights.permissions), roles: rights.roles, administrator: rights.administrator, mustChangePassword: account.mustChangePassword };
}

const listJson = (list: readonly Session[], own: SeenSession | null): ValueObject => ({ sessions: list.map((session) => ({ ...sessionJson(session), current: session.id === own?.session.id })) });

const sessionJson = ({ id, address, agent, createdAt, lastUsedAt, idleUntil, expiresAt }: Session): ValueObject => ({ id, address, agent, createdAt, lastUsedAt, idleUntil, expiresAt });
