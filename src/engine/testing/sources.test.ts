/** Row sources in virtual time: pages, crashes, pauses, and a remote that does not answer. */
import { describe, expect, test } from 'vitest';
import { Scene } from './scene.ts';
import { simulatedShop } from './simulated-configuration.ts';

const id = 'route-readRows';

async function reading(rows: number, scene = new Scene()): Promise<Scene> {
  scene.remote.rows = rows;
  scene.publish(simulatedShop({ source: true }));
  await scene.node('one');
  return scene;
}

const cursor = (scene: Scene): unknown => scene.database.state.sources.get(id)?.cursor;
const numbers = (scene: Scene): number[] => [...scene.database.state.records.values()].flatMap(({ template, values }) => (template === 't-Row' ? [Number(values['number'])] : [])).sort((a, b) => a - b);
const upTo = (count: number): number[] => Array.from({ length: count }, (_, at) => at + 1);
const handled = (scene: Scene, count: number): Promise<void> => scene.until(() => numbers(scene).length >= count && scene.database.state.inbox.size === 0);

test('every row comes once, a page a message, and new rows come at the next time', async () => {
  const scene = await reading(20);
  await handled(scene, 20);
  expect([...scene.database.state.messages.values()].filter(({ direction }) => direction === 'in')).toHaveLength(3);
  expect(numbers(scene)).toEqual(upTo(20));
  scene.remote.rows = 23;
  await handled(scene, 23);
  expect(numbers(scene)).toEqual(upTo(23));
});

test('a page whose commit was never answered comes once', async () => {
  const scene = new Scene();
  scene.remote.rows = 21;
  scene.publish(simulatedShop({ source: true }));
  const one = await scene.node('one');
  one.node.dieAt('commit.acknowledged', 2);
  await scene.until(() => !one.node.alive);
  await scene.node('two');
  await handled(scene, 21);
  await scene.pass(5_000);
  expect(numbers(scene)).toEqual(upTo(21));
});

test('a node that stood still with a page in its hands writes nothing once another has taken over', async () => {
  const scene = await reading(70);
  await scene.until(() => Number(cursor(scene) ?? 0) >= 14);
  const [one] = scene.running;
  one?.node.pause();
  await scene.node('two');
  await handled(scene, 70);
  one?.node.resume();
  await scene.pass(5_000);
  expect(numbers(scene)).toEqual(upTo(70));
  expect(scene.crashes).toEqual([]);
});

test('the other side is told only of what is durable, and after a crash it is told again', async () => {
  const scene = await reading(14);
  const confirmedAhead: number[] = [];
  scene.refuseCommit = (set) => {
    if (set.sources.length > 0 && scene.remote.confirmed > Number(cursor(scene) ?? 0)) confirmedAhead.push(scene.remote.confirmed);
    return null;
  };
  await handled(scene, 14);
  await scene.until(() => scene.database.state.sources.get(id)?.unconfirmed === false);
  expect(scene.remote.confirmed).toBe(14);
  expect(confirmedAhead).toEqual([]);
});

test('a remote that does not answer is asked again later and later, says so, and nothing is lost', async () => {
  const scene = new Scene();
  scene.remote.decide = () => 'lostBefore';
  await reading(7, scene);
  await scene.until(() => (scene.database.state.sources.get(id)?.attempts ?? 0) >= 3);
  expect(scene.database.state.sources.get(id)?.failure?.code).toBe('connection.lost');
  scene.remote.decide = () => 'answer';
  await handled(scene, 7);
  expect(scene.database.state.sources.get(id)).toMatchObject({ attempts: 0, failure: null });
});

describe('people', () => {
  test('pause a source, whatever it is doing, and let it go on where it was', async () => {
    const scene = await reading(70);
    await scene.until(() => Number(cursor(scene) ?? 0) >= 7);
    const [one] = scene.running;
    if (one === undefined) throw new Error('no node');
    await scene.soon(one.engine.sources.pause('readRows'));
    const at = cursor(scene);
    await scene.pass(5_000);
    expect(cursor(scene)).toBe(at);
    expect((await scene.soon(one.engine.sources.show('readRows'))).state).toBe('paused');
    await expect(scene.soon(one.engine.sources.run('readRows'))).rejects.toMatchObject({ code: 'source.paused' });
    await scene.soon(one.engine.sources.resume('readRows'));
    await handled(scene, 70);
    expect(numbers(scene)).toEqual(upTo(70));
  });

  test('reset the cursor only once they were told what it means; a page of the old cursor does not overrule them', async () => {
    const scene = await reading(7);
    await handled(scene, 7);
    const [one] = scene.running;
    if (one === undefined) throw new Error('no node');
    await expect(scene.soon(one.engine.sources.reset('readRows', null, false))).rejects.toMatchObject({ code: 'source.resetUnconfirmed' });
    scene.remote.confirmed = 0;
    await scene.soon(one.engine.sources.reset('readRows', null, true));
    await handled(scene, 14);
    expect(numbers(scene)).toEqual([...upTo(7), ...upTo(7)].sort((a, b) => a - b));
  });

  test('are told what cannot be: an unknown route, one that is not read, one that is closed', async () => {
    const scene = await reading(0);
    const [one] = scene.running;
    if (one === undefined) throw new Error('no node');
    await expect(one.engine.sources.show('nothing')).rejects.toMatchObject({ code: 'route.unknown' });
    await expect(one.engine.sources.show('nowOrders')).rejects.toMatchObject({ code: 'source.notSource' });
    scene.publish(simulatedShop({ source: true, revision: 2, routes: { readRows: { enabled: false } } }));
    expect((await scene.soon(one.engine.sources.show('readRows'))).state).toBe('off');
    await expect(scene.soon(one.engine.sources.run('readRows'))).rejects.toMatchObject({ code: 'route.disabled' });
  });
});
