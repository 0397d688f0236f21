/** Sessions of 1C: to start one costs more than most requests, so each that was given is used again, by one request at a time. */

export interface SessionKeeper {
  /** What the next request carries: the cookie of a free session, or the wish for a new one. */
  take(): Session;
  /** After its answer: `setCookie` is its header, `failed` an answer that may mean that the session is over. */
  give(session: Session, setCookie: string | undefined, failed: boolean): void;
}

export interface Session {
  cookie: string | undefined;
}

/** Without a cookie in return 1C has no such sessions, and nothing is kept. */
export const sessionHeaders = ({ cookie }: Session): Readonly<Record<string, string>> => (cookie === undefined ? { ibsession: 'start' } : { cookie });

export function createSessionKeeper(limit: number): SessionKeeper {
  const free: string[] = [];
  return {
    take: () => ({ cookie: free.pop() }),
    give({ cookie }, setCookie, failed) {
      const given = /(?:^|[,;\s])(ibsession=[^;,\s]+)/i.exec(setCookie ?? '')?.[1];
      const kept = given ?? (failed ? undefined : cookie);
      if (kept !== undefined && free.length < limit) free.push(kept);
    },
  };
}
