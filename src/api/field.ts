/** Fields that several operations share. */
import { Type, type TOptional, type TSchema, type TUnsafe } from 'typebox';
import { limits } from '../core/limits.ts';
import type { Value, ValueObject } from '../core/value.ts';
import { shape } from './operation.ts';

export const uuid = Type.String({ pattern: '^[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}$', examples: ['0193a1b2-3c4d-7e5f-8a9b-0c1d2e3f4a5b'] });

/** UTC text with microseconds. */
export const instant = Type.String({ format: 'date-time', examples: ['2026-11-22T12:10:22.000001Z'] });

/** A name in an address; that it names something is found out later, with a better answer. */
export const name = Type.String({ minLength: 1, maxLength: 128 });

export const pageSize = Type.Optional(Type.Integer({ minimum: 1, maximum: limits.pageRows.value, default: 100 }));

export const cursor = Type.Optional(Type.String({ minLength: 1, maxLength: 8_192 }));

export const nextCursor = Type.Union([Type.String(), Type.Null()], { description: 'For the next page; null on the last one' });

/** Any JSON value; numbers keep all their digits. */
export const anyValue: TUnsafe<Value> = Type.Unsafe<Value>({});

export const anyObject: TUnsafe<ValueObject> = Type.Unsafe<ValueObject>({ type: 'object' });

export const nullable = <T extends TSchema>(schema: T) => Type.Union([schema, Type.Null()]);

export const oneOf = <const V extends readonly string[]>(values: V, description?: string): TUnsafe<V[number]> =>
  Type.Unsafe<V[number]>({ type: 'string', enum: values, ...(description === undefined ? {} : { description }) });

/** In an address: repeated, or one text with commas; with `repeated` only the former, for texts that may hold commas. */
export const listOf = <T extends TSchema>(items: T, repeated = false): TOptional<TUnsafe<(T extends TUnsafe<infer V> ? V : string)[]>> =>
  Type.Optional(Type.Unsafe<(T extends TUnsafe<infer V> ? V : string)[]>({ type: 'array', items, maxItems: 100, ...(repeated ? { 'x-repeated': true } : {}) }));

export const problemItem = shape({ path: Type.String(), code: Type.String(), text: Type.String() });

export const problem = shape(
  {
    type: Type.String(),
    title: Type.String(),
    status: Type.Integer(),
    code: Type.String(),
    parameters: Type.Unsafe<Record<string, unknown>>({ type: 'object' }),
    problems: Type.Optional(Type.Array(problemItem)),
    message: Type.Optional(Type.String()),
  },
  { title: 'Problem' },
);

/** A failure inside an answer that is itself good, such as that of a message. */
export const failureShape = shape({
  code: Type.String(),
  text: Type.String(),
  parameters: Type.Unsafe<Record<string, unknown>>({ type: 'object' }),
  problems: Type.Array(problemItem),
});
