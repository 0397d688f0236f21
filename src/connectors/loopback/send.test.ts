import { describe, expect, it } from 'vitest';
import type { OpenConnection, Receipt, Value } from '../../sdk/index.ts';
import { callOf, contextOf, sendOnce } from '../../sdk/testing/context.ts';
import definition from './index.ts';

const open = (): OpenConnection => definition.open(contextOf(definition, {}));
const send = (connection: OpenConnection, properties: Record<string, unknown>, request: Value = {}, effectId?: string): Promise<Receipt> =>
  sendOnce(connection, callOf({ operation: 'call', properties, request, ...(effectId === undefined ? {} : { effectId }) }));

describe('a canned reply', () => {
  it('is the message itself, or what the route says', async () => {
    expect(await send(open(), {}, { a: 1 })).toEqual({ kind: 'ok', response: { a: 1 } });
    expect(await send(open(), { reply: { ok: true }, status: 201 })).toMatchObject({ kind: 'ok', response: { ok: true }, status: 201 });
  });

  it('comes by order, the last one again and again, and the same for a repeated effect', async () => {
    const connection = open();
    const route = { choose: 'order', reply: ['a', 'b'] };
    const replies: Value[] = [];
    for (const effect of ['1', '2', '1', '3', '2']) replies.push((await send(connection, route, {}, effect)).response);
    expect(replies).toEqual(['a', 'b', 'a', 'b', 'b']);
  });

  it('comes by match with the message, or is not found', async () => {
    const route = { choose: 'match', reply: [{ when: { order: { city: 'Омск' } }, reply: 1 }, { when: { order: { city: 'Тверь' } }, reply: 2 }] };
    expect(await send(open(), route, { order: { city: 'Тверь', n: 5 } })).toMatchObject({ response: 2 });
    await expect(send(open(), route, { order: { city: 'Пермь' } })).rejects.toMatchObject({ code: 'connection.notFound' });
    expect(await send(open(), { choose: 'match', reply: [{ reply: 'else' }] })).toMatchObject({ response: 'else' });
  });

  it('can be a failure: answered ones come as receipts, others are thrown', async () => {
    expect(await send(open(), { fail: 'connection.serverError', reply: { code: 'E1' } })).toMatchObject({ kind: 'error', response: { code: 'E1' }, failure: { code: 'connection.serverError', next: { kind: 'retry' } } });
    await expect(send(open(), { fail: 'connection.unknownOutcome' })).rejects.toMatchObject({ code: 'connection.unknownOutcome' });
    await expect(send(open(), { fail: 'connection.nonsense' })).rejects.toMatchObject({ code: 'spec.refused' });
  });

  it('that is delayed ends at once when the connection is closed', async () => {
    const connection = open();
    const waiting = send(connection, { delayMs: 30_000 }).catch((error: unknown) => error);
    await Promise.resolve();
    await connection.close();
    expect(await waiting).toBeInstanceOf(Error);
  });
});
