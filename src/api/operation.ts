/** What one REST operation is: the one source of its validation, its document and its reference page. */
import { Type, type Static, type TObject, type TProperties, type TSchema } from 'typebox';
import type { Permission } from '../core/access/permission.ts';
import type { RecordVerb } from '../core/access/role.ts';
import type { FailureCode } from '../core/errors.ts';
import type { Localised } from '../core/localised.ts';

export type { TProperties, TSchema };

export type Text = Localised;

export const tags = ['records', 'templates', 'messages', 'runs', 'jobs', 'scenarios', 'routes', 'connections', 'configuration', 'secrets', 'accounts', 'sessions', 'roles', 'audit', 'events', 'instance', 'backups'] as const;
export type Tag = (typeof tags)[number];

/** What an operation answers when all went well; failures are problem+json. */
export interface AnswerShape {
  about: Text;
  /** Absent: no body. */
  schema?: TSchema;
  /** JSON unless told. */
  mediaType?: string;
  headers?: Readonly<Record<string, Text>>;
}

/** A list that is at hand as a whole. */
export interface ListShape {
  /** The member of the answer that holds them. */
  items: string;
  /** Fields that together name one of them. */
  key: readonly string[];
  /** Fields with one value each, by which they are ordered and narrowed. */
  fields: readonly string[];
}

export interface Operation<P extends TProperties = TProperties, Q extends TProperties = TProperties, B extends TSchema = TSchema> {
  /** Unique, a verb and a noun. */
  id: string;
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** With `{parameters}`, beginning with `/api/v1/`. */
  path: string;
  tag: Tag;
  /** Needed besides `api.call`; null when every caller of the API may. */
  permission: Permission | null;
  /** Nobody has to be signed in for it: it is how one signs in. */
  open?: true;
  /** Also for somebody who has to change his password first. */
  beforePassword?: true;
  /** The parameter that names what the permission is asked for: a token may have it for single ones. */
  object?: string;
  /** Roles may open it for single templates; it has a parameter `template`, and its handler asks which records. */
  records?: RecordVerb;
  /** Who puts it on record: the handler with its change (`own`), the registration when it is done; nobody when it changes nothing or has a log of its own. */
  audit?: 'own' | 'none';
  summary: Text;
  about?: Text;
  params?: P;
  query?: Q;
  headers?: Readonly<Record<string, Text>>;
  body?: B;
  /** The body is a file, or a form of files, and is handed on as it comes; or what it is, when it can be nothing else. */
  upload?: true | 'application/x-ndjson';
  /** Limit of the body; that of a message unless told. */
  bodyBytes?: number;
  /** Its answer is cut into pages, ordered and narrowed by the registration. */
  list?: ListShape;
  /** Changes nothing though it is no GET: an Idempotency-Key has no meaning then. */
  reads?: boolean;
  /** Its request or its reply holds a secret: neither is kept for repeats. */
  secret?: boolean;
  /** On its way out: answers say so in `Deprecation` and `Sunset`. Dates as `2027-01-31`; `instead` is the id of another operation. */
  deprecated?: { since: string; sunset?: string; instead: string };
  answers: Readonly<Record<number, AnswerShape>>;
  /** Codes of its own; those that any operation may give are not repeated. */
  failures: readonly FailureCode[];
}

/** Keeps the types of parameters, query and body for its handler. */
export const operation = <const P extends TProperties = TProperties, const Q extends TProperties = TProperties, const B extends TSchema = TSchema>(described: Operation<P, Q, B>): Operation<P, Q, B> =>
  described;

/** A write: all but what only reads, whatever its method. A file is known by its content, and stored once anyway. */
export const takesKey = ({ method, reads, upload, open }: Operation): boolean => method !== 'GET' && reads !== true && upload === undefined && open !== true;

/** An edit of what somebody else may be editing, too. */
export const takesIfMatch = ({ headers }: Pick<Operation, 'headers'>): boolean => headers !== undefined && Object.hasOwn(headers, 'If-Match');

/** Of an operation on its way out: RFC 9745 and RFC 8594. */
export function deprecationHeaders({ deprecated }: Pick<Operation, 'deprecated'>): Readonly<Record<string, string>> {
  if (deprecated === undefined) return {};
  const { since, sunset } = deprecated;
  return { deprecation: `@${Date.parse(`${since}T00:00:00Z`) / 1_000}`, ...(sunset === undefined ? {} : { sunset: new Date(`${sunset}T00:00:00Z`).toUTCString() }) };
}

/** What a handler is given, checked. */
export interface InputOf<P extends TProperties, Q extends TProperties, B extends TSchema> {
  params: Static<TObject<P>>;
  query: Static<TObject<Q>>;
  body: Static<B>;
}

export const closed = <P extends TProperties>(properties: P): TObject<P> => Type.Object(properties, { additionalProperties: false });

/** An object of an answer; clients have to bear fields that come with later versions. */
export const shape = <P extends TProperties>(properties: P, options: { title?: string } = {}): TObject<P> => Type.Object(properties, options);
