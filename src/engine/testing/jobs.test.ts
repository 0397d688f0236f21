/** Jobs in virtual time: what becomes of them when data is refused, nodes die and people intervene. */
import { describe, expect, test } from 'vitest';
import type { JobRow } from '../../core/job.ts';
import { Failure, failure } from '../../core/failure.ts';
import type { RunningNode } from './simulated-cluster.ts';
import { Scene } from './scene.ts';

interface Wanted {
  count: number;
  each?: number;
  refused?: readonly number[];
  template?: string;
  problemBudget?: number | null;
}

const begin = async (scene: Scene, { engine }: RunningNode, { each = 5, refused = [], problemBudget, ...input }: Wanted): Promise<string> =>
  scene.soon(engine.jobs.start({ kind: 'ticks', subject: null, input: { each, refused, ...input }, by: 'system', ...(problemBudget === undefined ? {} : { problemBudget }) }));

function jobOf(scene: Scene, id: string): JobRow {
  const job = scene.database.state.jobs.get(id);
  if (job === undefined) throw new Error('no such job');
  return job;
}

const over = (scene: Scene, id: string): Promise<void> => scene.until(() => ['done', 'failed', 'cancelled'].includes(jobOf(scene, id).state));
const places = (scene: Scene, id: string): readonly string[] => (scene.database.state.problems.get(id) ?? []).map(({ place }) => place);

test('a job makes everything and says how far it came', async () => {
  const scene = new Scene();
  const one = await scene.node('one');
  const told: unknown[] = [];
  one.engine.feed.subscribe((event) => told.push('job' in event ? event.state : null));
  const id = await begin(scene, one, { count: 23 });
  await over(scene, id);
  expect(jobOf(scene, id)).toMatchObject({ state: 'done', done: 23, total: 23, failed: 0, result: { ticks: 23 } });
  expect(scene.count('Tick')).toBe(23);
  await scene.pass(1_000);
  expect(told.at(-1)).toBe('done');
  expect(scene.database.state.timers.size).toBe(0);
});

test('items that the template refuses become problems, and all others are made', async () => {
  const scene = new Scene();
  const id = await begin(scene, await scene.node('one'), { count: 40, each: 20, refused: [1, 2, 17, 40] });
  await over(scene, id);
  expect(jobOf(scene, id)).toMatchObject({ state: 'done', done: 40, failed: 4 });
  expect(places(scene, id)).toEqual(['1', '2', '17', '40']);
  expect(scene.count('Tick')).toBe(36);
});

test('items that only the commit refuses are found by asking for fewer', async () => {
  const scene = new Scene();
  const one = await scene.node('one');
  await over(scene, await begin(scene, one, { template: 'Order', count: 3 }));
  // The first three numbers exist by now.
  const id = await begin(scene, one, { template: 'Order', count: 20, each: 20 });
  await over(scene, id);
  expect(jobOf(scene, id)).toMatchObject({ state: 'done', failed: 3 });
  expect(scene.database.state.problems.get(id)?.map(({ failure: found }) => found.code)).toEqual(['record.notUnique', 'record.notUnique', 'record.notUnique']);
  expect(scene.count('Order')).toBe(20);
});

test('a job gives up at its budget of problems, and goes on when it is resumed with a larger one', async () => {
  const scene = new Scene();
  const one = await scene.node('one');
  const id = await begin(scene, one, { count: 10, refused: [2, 4, 6], problemBudget: 1 });
  await over(scene, id);
  expect(jobOf(scene, id)).toMatchObject({ state: 'failed', failure: { code: 'job.tooManyProblems' }, failed: 2 });
  await scene.soon(one.engine.jobs.resume(id, { problemBudget: 5 }));
  await scene.until(() => jobOf(scene, id).state === 'done');
  expect(scene.count('Tick')).toBe(7);
  expect(places(scene, id)).toEqual(['2', '4', '6']);
});

test('a job whose node dies goes on at another from its checkpoint', async () => {
  const scene = new Scene();
  const one = await scene.node('one');
  const id = await begin(scene, one, { count: 60 });
  await scene.until(() => jobOf(scene, id).done >= 20);
  one.node.die();
  await scene.node('two');
  await over(scene, id);
  expect(jobOf(scene, id).state).toBe('done');
  expect(scene.count('Tick')).toBe(60);
});

test('a node that stood still while another took its job over writes nothing more', async () => {
  const scene = new Scene();
  const one = await scene.node('one');
  const id = await begin(scene, one, { count: 60 });
  await scene.until(() => jobOf(scene, id).done >= 10);
  one.node.pause();
  await scene.node('two');
  await over(scene, id);
  one.node.resume();
  await scene.pass(5_000);
  expect(scene.count('Tick')).toBe(60);
  expect(scene.crashes).toEqual([]);
});

test('a closing node hands its job over at once, and no attempt is counted', async () => {
  const scene = new Scene();
  const one = await scene.node('one');
  const id = await begin(scene, one, { count: 400 });
  await scene.until(() => jobOf(scene, id).done >= 10);
  await scene.soon(one.engine.drain());
  expect(jobOf(scene, id)).toMatchObject({ state: 'queued', attempts: 0 });
  await scene.node('two');
  await over(scene, id);
  expect(scene.count('Tick')).toBe(400);
});

describe('cancelling', () => {
  test('ends a running job on whatever node it runs, keeps what was done, and it can be resumed', async () => {
    const scene = new Scene();
    const one = await scene.node('one');
    const id = await begin(scene, one, { count: 200 });
    await scene.until(() => jobOf(scene, id).done >= 20);
    const two = await scene.node('two');
    await scene.soon(two.engine.jobs.cancel(id));
    const made = scene.count('Tick');
    await scene.pass(10_000);
    expect(scene.count('Tick')).toBe(made);
    expect(jobOf(scene, id)).toMatchObject({ state: 'cancelled', done: made });
    await scene.soon(two.engine.jobs.resume(id));
    await scene.until(() => jobOf(scene, id).state === 'done');
    expect(scene.count('Tick')).toBe(200);
  });

  test('of a job that is over or unknown is refused', async () => {
    const scene = new Scene();
    const one = await scene.node('one');
    const id = await begin(scene, one, { count: 1 });
    await over(scene, id);
    await expect(scene.soon(one.engine.jobs.cancel(id))).rejects.toMatchObject({ code: 'job.over', parameters: { state: 'done' } });
    await expect(scene.soon(one.engine.jobs.resume(id))).rejects.toMatchObject({ code: 'job.notResumable' });
    await expect(scene.soon(one.engine.jobs.cancel('nothing'))).rejects.toMatchObject({ code: 'job.unknown' });
  });
});

test('a database that refuses for a while is waited for, and the job says so meanwhile', async () => {
  const scene = new Scene();
  const one = await scene.node('one');
  let refusals = 3;
  scene.refuseCommit = (set) => (set.records.length > 0 && refusals-- > 0 ? { kind: 'unavailable', failure: failure('store.unavailable').toData() } : null);
  const id = await begin(scene, one, { count: 10 });
  await scene.until(() => jobOf(scene, id).state === 'waiting');
  expect(jobOf(scene, id).failure?.code).toBe('store.unavailable');
  await over(scene, id);
  expect(jobOf(scene, id)).toMatchObject({ state: 'done', failure: null });
  expect(scene.count('Tick')).toBe(10);
});

test('a job that never comes further is given up after some attempts', async () => {
  const scene = new Scene();
  const one = await scene.node('one');
  scene.refuseCommit = (set) => (set.records.length > 0 ? { kind: 'unavailable', failure: failure('store.unavailable').toData() } : null);
  const id = await begin(scene, one, { count: 10 });
  await over(scene, id);
  expect(jobOf(scene, id)).toMatchObject({ state: 'failed', failure: { code: 'store.unavailable' } });
});

test('a job without progress says what it waits for', async () => {
  const scene = new Scene({ settings: { jobStallMs: 1_000, leaseMs: 60_000, renewEveryMs: 20_000 } });
  const one = await scene.node('one');
  let commits = 0;
  scene.commitDelay = () => (++commits === 3 ? 20_000 : null);
  const id = await begin(scene, one, { count: 10 });
  await scene.until(() => jobOf(scene, id).waitsFor !== null);
  expect(jobOf(scene, id).waitsFor).toMatchObject({ kind: 'commit' });
  await over(scene, id);
  expect(jobOf(scene, id)).toMatchObject({ state: 'done', waitsFor: null });
});

test('a kind that nobody knows is refused before anything is written', async () => {
  const scene = new Scene();
  const { engine } = await scene.node('one');
  await expect(scene.soon(engine.jobs.start({ kind: 'nothing', subject: null, input: null, by: 'system' }))).rejects.toBeInstanceOf(Failure);
  expect(scene.database.state.jobs.size).toBe(0);
});
