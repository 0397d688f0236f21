import { describe, expect, it } from 'vitest';
import { createTurnstile } from './turnstile.ts';

const never = new AbortController().signal;

describe('a turnstile', () => {
  it('lets no more in than its size, in the order of arrival', async () => {
    const turnstile = createTurnstile(1);
    const log: string[] = [];
    await turnstile.enter(never);
    const both = ['a', 'b'].map((name) => turnstile.enter(never).then(() => log.push(name)));
    await Promise.resolve();
    expect(log).toEqual([]);
    turnstile.leave();
    await both[0];
    expect(log).toEqual(['a']);
    turnstile.leave();
    await both[1];
    expect(log).toEqual(['a', 'b']);
  });

  it('forgets who gives up, and gives the place to the next', async () => {
    const turnstile = createTurnstile(1);
    const stop = new AbortController();
    await turnstile.enter(never);
    const impatient = turnstile.enter(stop.signal);
    const patient = turnstile.enter(never);
    stop.abort(new Error('stop'));
    await expect(impatient).rejects.toThrow('stop');
    turnstile.leave();
    await patient;
    await expect(turnstile.enter(stop.signal)).rejects.toThrow('stop');
  });
});
