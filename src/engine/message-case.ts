/** Everything known about one arriving message, and what can be said about it without doing anything. */
import type { Configuration, PublishedRoute, PublishedScenario } from '../core/configuration/published.ts';
import type { IdempotencyWrite, MessageRow } from '../core/effect-set.ts';
import { failure, type Failure } from '../core/failure.ts';
import { limits } from '../core/limits.ts';
import { messageFilesOf, messageFilesValue, type MessageFile } from '../core/message-file.ts';
import type { RunStart } from '../core/scenario/machine-port.ts';
import { isObject, type Value, type ValueObject } from '../core/value.ts';
import { packedBytes, unpackedBytes } from './packed.ts';
import { bodyHash } from './request-hash.ts';
import type { Access } from './parts.ts';
import type { RouteFace } from './route-face.ts';

export interface Arrival {
  /** System name of the route. */
  route: string;
  body: Uint8Array;
  contentType: string | null;
  /** Account id, or `anonymous`. */
  caller: string;
  /** The header, when the caller sent one. */
  idempotencyKey: string | null;
  /** Whether the body alone gives the value again; else the value itself is kept. */
  bodyIsAll: boolean;
  /** What has to be equal in two messages of one idempotency key; the body unless told. */
  sameness?: Uint8Array;
  /** What a form brought; the body is the form's value then. */
  files?: readonly MessageFile[];
  /** Makes a value of the body; throws `message.*`. */
  parse(body: Uint8Array): Value;
}

/** Marks a payload that is a packed value, not what came over the wire. */
export const valueContentType = 'application/vnd.zveno.value+json';

/** Marks a packed value with the files that came along. */
export const formContentType = 'application/vnd.zveno.form+json';

/** A sender who claims that his body is one of ours would have it read as what we vouch for. */
export const assertForeign = (contentType: string | null): void => {
  if (contentType !== null && /^\s*application\/vnd\.zveno\./i.test(contentType)) throw failure('message.contentType', { contentType: contentType.slice(0, 80) });
};

export const packedForm = (message: Value, files: readonly MessageFile[]): Uint8Array => packedBytes({ message, files: messageFilesValue(files) });

/** What was kept of a message; `parse` reads a body as it came over the wire. */
export function arrivedOf(bytes: Uint8Array, contentType: string | null, parse: () => Value): { arrived: Value; files: readonly MessageFile[] } {
  if (contentType === valueContentType) return { arrived: unpackedBytes(bytes), files: [] };
  if (contentType !== formContentType) return { arrived: parse(), files: [] };
  const kept = unpackedBytes(bytes);
  if (!isObject(kept)) throw new Error('this is no kept form');
  return { arrived: kept['message'] ?? null, files: messageFilesOf(kept['files']) };
}

export interface MessageCase {
  configuration: Configuration;
  route: PublishedRoute;
  scenarios: readonly PublishedScenario[];
  face: RouteFace;
  /** Null when the body was refused. */
  message: ValueObject | null;
  files: readonly MessageFile[];
  row: MessageRow;
  idempotency: IdempotencyWrite | null;
  /** Monotonic; the caller is answered by then. */
  deadlineAt: number;
}

export interface OpenRoute {
  configuration: Configuration;
  route: PublishedRoute;
  scenarios: readonly PublishedScenario[];
}

/** The route, when messages may come in over it; throws what is closed and nothing is recorded. */
export function openRoute(configuration: Configuration, name: string): OpenRoute {
  const route = configuration.route(name);
  if (route === undefined) throw failure('route.unknown', { route: name });
  if (!route.enabled) throw failure('route.disabled', { route: name });
  const connection = configuration.connection(route.connection);
  if (connection === undefined) throw failure('connection.unknown', { connection: route.connection });
  if (!connection.enabled) throw failure('connection.disabled', { connection: connection.name });
  const scenarios = configuration.scenarios().filter(({ enabled, document }) => enabled && document.on.kind === 'message' && document.on.route === name);
  if (scenarios.length === 0) throw failure('route.noScenario', { route: name });
  return { configuration, route, scenarios };
}

export const startOf = ({ route, scenarios }: Pick<MessageCase, 'route' | 'scenarios'>, message: Value, files: readonly MessageFile[] = []): RunStart => ({
  kind: 'message',
  route: route.name,
  scenarios: scenarios.map((scenario) => scenario.name),
  message,
  files,
  errorResponse: null,
});

/** Who counts as the initiator of a run over this route: an account's id, `anonymous` or `system`. Throws `access.unknownAccount`. */
export async function initiatorOf(route: PublishedRoute | null, caller: string, access: Access): Promise<string> {
  if (route === null || route.initiator === 'caller') return caller;
  if (route.initiator === 'system') return 'system';
  const { account } = route.initiator;
  const id = await access.accountNamed(account);
  if (id === null) throw failure('access.unknownAccount', { account, route: route.name });
  return id;
}

/** The claim of a key for this message; null when it has none. */
export function claimOf(row: MessageRow, { body, sameness = body }: Arrival, key: string | null): IdempotencyWrite | null {
  if (key === null || row.route === null) return null;
  return {
    route: row.route,
    caller: row.caller,
    key,
    bodyHash: bodyHash(sameness),
    message: row.id,
    state: 'claimed',
    reply: null,
    replyStatus: null,
    ttlMs: limits.idempotencyMs.value,
  };
}

export const lateBy = (deadlineMs: number): Failure => failure('run.deadline', { seconds: Math.round(deadlineMs / 1000) });
