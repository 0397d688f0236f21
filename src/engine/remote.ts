/** Remote calls as the engine sees them; `connections.ts` performs them, a simulation answers them. */
import type { PublishedConnection, PublishedRoute } from '../core/configuration/published.ts';
import type { Value } from '../core/value.ts';
import type { ReadPage, Receipt, Verdict } from '../sdk/connector.ts';

export interface RemoteCall {
  connection: PublishedConnection;
  route: PublishedRoute;
  message: Value;
  effectId: string;
}

export interface Remote {
  /** Resolves with what the remote answered; throws a Failure when it did not answer. */
  call(call: RemoteCall, hooks: { beforeBytes(): void | Promise<void>; afterBytes(): void | Promise<void> }, signal: AbortSignal): Promise<Receipt>;
  /** Whether a repeat with the same effect id is harmless by nature or by key. */
  idempotent(connection: PublishedConnection, route: PublishedRoute): boolean;
  /** Whether `verify` can be asked about calls over this route. */
  verifiable(connection: PublishedConnection, route: PublishedRoute): boolean;
  /** Finds out what came of a call that got no answer; throws a Failure when the remote cannot be asked now. */
  verify(call: RemoteCall, signal: AbortSignal): Promise<Verdict>;
  /** Throws a Failure when this request must never be sent over this route. */
  guard(connection: PublishedConnection, route: PublishedRoute, message: Value): void;
  /** Whether the platform reads over this route by itself. */
  reads(connection: PublishedConnection, route: PublishedRoute): boolean;
  /** One page from a cursor. Throws a Failure when there is none. */
  read(call: Pick<RemoteCall, 'connection' | 'route'> & { cursor: Value; limit: number }, signal: AbortSignal): Promise<ReadPage>;
  /** What lies before the cursor is durable here. */
  confirm(call: Pick<RemoteCall, 'connection' | 'route'> & { cursor: Value }, signal: AbortSignal): Promise<void>;
  close(): Promise<void>;
}
