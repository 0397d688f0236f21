/** One operation with the function that carries it out. */
import type { IncomingHttpHeaders } from 'node:http';
import type { Actor } from '../../core/audit.ts';
import type { Caller } from '../../core/account.ts';
import type { Failure, Lang } from '../../core/failure.ts';
import type { Value } from '../../core/value.ts';
import type { SeenSession } from '../authentication.ts';
import type { Upload } from '../upload.ts';
import type { InputOf, Operation, TProperties, TSchema } from '../../api/operation.ts';

export interface Asked<P extends TProperties = TProperties, Q extends TProperties = TProperties, B extends TSchema = TSchema> extends InputOf<P, Q, B> {
  caller: Caller;
  /** The same, for the audit log. */
  actor: Actor;
  /** Of a browser that is signed in. */
  session: SeenSession | null;
  lang: Lang;
  headers: IncomingHttpHeaders;
  /** Of an operation that takes files. */
  uploads: () => AsyncIterable<Upload>;
  /** Whether he could still begin this operation: for what lasts. */
  mayStill: () => Promise<boolean>;
  /** Aborts when the client goes away or the server closes; for streams and for calls of other systems. */
  signal: AbortSignal;
}

/** Who asks without having shown who he is. */
export type Stranger<P extends TProperties = TProperties, Q extends TProperties = TProperties, B extends TSchema = TSchema> = InputOf<P, Q, B> & Pick<Asked, 'actor' | 'headers'>;

export type Answered =
  | { status: number; body?: Value; headers?: Readonly<Record<string, string>> }
  /** A failure that belongs to a message which can be looked at. */
  | { failure: Failure; message: string | null }
  | { status: number; stream: AsyncIterable<string | Uint8Array>; mediaType: string; headers?: Readonly<Record<string, string>> };

export interface Handler {
  operation: Operation;
  /** Its input has been checked against the operation. */
  answer: (asked: Asked) => Promise<Answered>;
}

export interface OpenHandler {
  operation: Operation;
  answer: (asked: Stranger) => Promise<Answered>;
}

/** Ties the types of the operation's fields to its function. */
export function handle<P extends TProperties, Q extends TProperties, B extends TSchema>(operation: Operation<P, Q, B>, answer: (asked: Asked<P, Q, B>) => Promise<Answered>): Handler {
  // The one place where "checked against the schema" becomes a type: registration checks before it calls.
  return { operation, answer: answer as unknown as Handler['answer'] };
}

/** The same for an operation that strangers may call. */
export function handleOpen<P extends TProperties, Q extends TProperties, B extends TSchema>(operation: Operation<P, Q, B>, answer: (asked: Stranger<P, Q, B>) => Promise<Answered>): OpenHandler {
  return { operation, answer: answer as unknown as OpenHandler['answer'] };
}

export const good = (body: Value): Answered => ({ status: 200, body });
