/** An installation that stands still until a person says that it may act. */
import { expect, test } from 'vitest';
import { ack, Scene } from './scene.ts';

const pause = { why: 'restored', since: '2026-11-28T12:00:00.000000Z', dataAsOf: null } as const;

test('a paused installation claims nothing, however long it waits, and does what waited once it goes on', async () => {
  const scene = new Scene();
  const one = await scene.node('one');
  one.node.dieAt('intake.afterCommit', 1);
  await scene.soon(scene.post(one, ack));
  await scene.until(() => !one.node.alive);
  scene.pause = pause;
  const two = await scene.node('two');
  await scene.pass(100_000);
  expect([scene.message.state, scene.database.state.inbox.size]).toEqual(['pending', 1]);
  scene.pause = null;
  two.engine.wake();
  await scene.rest();
  expect(scene.message.state).toBe('done');
});

test('a paused installation refuses a message, says since when and why, and records nothing', async () => {
  const scene = new Scene();
  const one = await scene.node('one');
  scene.pause = pause;
  const answer = await scene.soon(scene.post(one, ack));
  expect(answer).toMatchObject({ kind: 'refused', failure: { code: 'instance.paused', parameters: { why: 'restored', since: pause.since }, next: { kind: 'retryAfter' } } });
  expect(scene.database.state.messages.size).toBe(0);
});
