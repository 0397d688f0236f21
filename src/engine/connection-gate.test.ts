/** What a connection is spared. Time is the test's own. */
import { describe, expect, it } from 'vitest';
import { failure } from '../core/failure.ts';
import type { Clock } from '../core/ports.ts';
import type { Receipt } from '../sdk/connector.ts';
import { ConnectionGate } from './connection-gate.ts';

const never = new AbortController().signal;
const good: Receipt = { kind: 'ok', response: null };
const later = (seconds: number) => failure('connection.busy', { connection: 'crm', address: 'x', status: 429, detail: 'HTTP 429' }, { next: { kind: 'retryAfter', ms: seconds * 1_000 } });

interface GateScene {
  calls: string[];
  call: (name: string, receipt?: Receipt | Error) => Promise<Receipt>;
  pass: (seconds: number) => void;
}

function gateAt(): GateScene {
  let nowMs = 50_000;
  const clock: Clock = { wallMs: () => nowMs, monotonicMs: () => nowMs, sleep: async (ms) => { nowMs += ms; } };
  const gate = new ConnectionGate('crm', clock, { concurrency: 4, perSecond: null, breakerFailures: 3, breakerRestMs: 5_000 });
  const calls: string[] = [];
  const call = (name: string, receipt: Receipt | Error = good): Promise<Receipt> => gate.pass(async () => {
    calls.push(name);
    if (receipt instanceof Error) throw receipt;
    return receipt;
  }, (outcome) => (outcome.kind === 'error' ? outcome.failure : undefined), never);
  return { calls, call, pass: (seconds) => { nowMs += seconds * 1_000; } };
}

describe('a connection whose other side says "later"', () => {
  it.each<[string, Receipt | Error]>([['in an answer', { kind: 'error', failure: later(7), response: null }], ['while it was asked for something else', later(7)]])('%s is asked nothing until then, by no message', async (_name, told) => {
    const { call, calls, pass } = gateAt();
    await call('first', told).catch(() => undefined);
    for (let second = 0; second < 7; second++) {
      await expect(call('other')).rejects.toMatchObject({ code: 'connection.toldToWait', parameters: { connection: 'crm', seconds: 7 - second }, next: { kind: 'retryAfter', ms: (7 - second) * 1_000 } });
      pass(1);
    }
    expect(await call('after')).toBe(good);
    expect(calls).toEqual(['first', 'after']);
  });

  it('twice waits for the later one', async () => {
    const { call, pass } = gateAt();
    await Promise.all([call('a', { kind: 'error', failure: later(9), response: null }), call('b', { kind: 'error', failure: later(2), response: null })]);
    pass(3);
    await expect(call('c')).rejects.toMatchObject({ parameters: { seconds: 6 } });
  });

  it('without saying when goes on being asked', async () => {
    const { call, calls } = gateAt();
    await call('a', { kind: 'error', failure: failure('connection.busy', {}), response: null });
    await call('b');
    expect(calls).toEqual(['a', 'b']);
  });
});

describe('a connection that cannot be reached', () => {
  it('rests after failures in a row, and not after refusals, which prove that it lives', async () => {
    const { call, pass } = gateAt();
    const refused = failure('connection.refused', { connection: 'crm', address: 'x' });
    await expect(call('1', refused)).rejects.toBe(refused);
    await expect(call('2', refused)).rejects.toBe(refused);
    await call('3', { kind: 'error', failure: failure('connection.rejected', {}), response: null });
    for (let turn = 0; turn < 3; turn++) await call('4', refused).catch(() => undefined);
    await expect(call('5')).rejects.toMatchObject({ code: 'connection.resting', parameters: { seconds: 5 } });
    pass(5);
    expect(await call('6')).toBe(good);
  });
});
