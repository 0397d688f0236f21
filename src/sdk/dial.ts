/** The one way out: the address that was checked is the address dialled. */
import type { Socket } from 'node:net';

/** Kinds of address that are refused unless the connection allows them. */
export type GuardedKind = 'unspecified' | 'loopback' | 'linkLocal' | 'metadata' | 'mapped' | 'nat64' | '6to4';

export interface Dialer {
  /** Resolves, checks and connects a TCP socket (TLS when `tls` is given, with the name passed on). */
  dial(target: { host: string; port: number; tls?: { servername?: string; ca?: string; rejectUnauthorized?: boolean }; timeoutMs?: number }, signal?: AbortSignal): Promise<Socket>;
}
