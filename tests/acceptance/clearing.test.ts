/** Clearing a template: the count beforehand, what goes along, what stands in the way, and a process that dies over it. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { callHttp } from './node.ts';
import { eventually, Scene } from './platform.ts';
import { startProcess } from './started-process.ts';

let scene: Scene;

beforeAll(async () => {
  scene = await Scene.start();
  await scene.apply(`
kind: Template
name: Cart
attributes:
  number: text
  lines: {type: record, template: CartLine, multiple: true, inverse: cart, deleteLinked: true}
  buyer: {type: record, template: Buyer}
---
kind: Template
name: CartLine
attributes: {n: number, note: {type: record, template: Note, deleteLinked: true}}
---
kind: Template
name: Note
attributes: {text: text}
---
kind: Template
name: Buyer
attributes: {name: text}
---
kind: Template
name: Place
attributes: {name: text, within: {type: record, template: Place}}
---
kind: Template
name: Visit
attributes: {place: {type: record, template: Place, required: true}}
---
kind: Scenario
name: keepsCarts
on: {deleted: Cart, when: before}
runAs: system
steps:
  - validate: {that: =false, else: A cart is never deleted}
`);
});

afterAll(() => scene.close());

interface Job {
  id: string;
  state: string;
  done: number;
  failed: number;
  total: number | null;
}

interface Preview {
  total: number;
  records: { template: string; count: number }[];
}

const preview = (template: string): Promise<Preview> => scene.node.ask('GET', `/api/v1/templates/${template}/clearing`);
const clear = (template: string, expected: number) => scene.node.call('POST', `/api/v1/templates/${template}/clearing`, { body: { expected } });
const jobNow = (id: string): Promise<Job> => scene.node.ask('GET', `/api/v1/jobs/${id}`);
const over = (id: string) => eventually('the job is over', async () => {
  const job = await jobNow(id);
  return ['done', 'failed', 'cancelled'].includes(job.state) ? job : null;
});
const count = async (template: string): Promise<number> => (await preview(template)).records[0]?.count ?? 0;

describe('clearing a template', () => {
  test('says what would go, asks for the number, and takes what the records own, but starts no scenario', async () => {
    const buyer = await scene.node.create('Buyer', { name: 'b' });
    for (const number of ['1', '2', '3']) {
      const cart = await scene.node.create('Cart', { number, buyer: buyer.id });
      const note = await scene.node.create('Note', { text: number });
      await scene.node.create('CartLine', { n: 1, cart: cart.id, note: note.id });
      await scene.node.create('CartLine', { n: 2, cart: cart.id });
      if (number === '3') await scene.node.ask('POST', `/api/v1/records/Cart/${cart.id}/archive`);
    }
    await scene.node.create('CartLine', { n: 9 });
    const { total, records } = await preview('Cart');
    expect([total, records[0], records.slice(1)]).toEqual([12, { template: 'Cart', count: 3 }, expect.arrayContaining([{ template: 'CartLine', count: 6 }, { template: 'Note', count: 3 }])]);
    expect([(await clear('Cart', 11)).status, await count('Cart')]).toEqual([409, 3]);
    const begun = await clear('Cart', 12);
    expect(begun.status).toBe(202);
    expect(await over((begun.body as Job).id)).toMatchObject({ state: 'done', done: 3, total: 3, failed: 0 });
    expect([await count('Cart'), await count('CartLine'), await count('Note'), await count('Buyer')]).toEqual([0, 1, 0, 1]);
    const { rows } = await scene.sql.query("SELECT action FROM zveno.audit WHERE action = 'clearTemplate' AND outcome = 'done'");
    expect(rows.length).toBeGreaterThan(0);
    expect((await clear('Missing', 0)).status).toBe(404);
  });

  test('takes records that name each other in the order that links allow, and leaves, by name, what another template names', async () => {
    const root = await scene.node.create('Place', { name: 'root' });
    const middle = await scene.node.create('Place', { name: 'middle', within: root.id });
    await scene.node.create('Place', { name: 'leaf', within: middle.id });
    await scene.node.change('Place', root.id, { within: root.id });
    const one = await scene.node.create('Place', { name: 'one' });
    const other = await scene.node.create('Place', { name: 'other', within: one.id });
    await scene.node.change('Place', one.id, { within: other.id });
    const visited = await scene.node.create('Place', { name: 'visited' });
    const visit = await scene.node.create('Visit', { place: visited.id });
    const begun = await clear('Place', 6);
    const { id } = begun.body as Job;
    expect(await over(id)).toMatchObject({ state: 'done', failed: 1 });
    expect((await scene.node.records('Place')).map(({ name }) => name)).toEqual(['visited']);
    const { problems } = await scene.node.ask<{ problems: { place: string; failure: { code: string } }[] }>('GET', `/api/v1/jobs/${id}/problems`);
    expect(problems).toMatchObject([{ place: visited.id, failure: { code: 'record.stillLinked' } }]);
    await scene.node.ask('DELETE', `/api/v1/records/Visit/${visit.id}`);
    expect(await over(((await clear('Place', 1)).body as Job).id)).toMatchObject({ state: 'done', failed: 0 });
  });

  test('is refused to who may not edit all records, and the command asks for the number', async () => {
    const reader = await scene.account('reader', 'api.call,records.view');
    expect((await scene.node.call('GET', '/api/v1/templates/Buyer/clearing', { as: reader })).status).toBe(403);
    expect((await scene.node.call('POST', '/api/v1/templates/Buyer/clearing', { as: reader, body: { expected: 1 } })).status).toBe(403);
    const unasked = await scene.zveno(['clear', 'Buyer']);
    expect([unasked.code, unasked.out, unasked.err]).toEqual([4, '- Buyer\t1\n', expect.stringContaining('--expected 1')]);
    expect((await scene.zveno(['clear', 'Buyer', '--expected', '7'])).code).toBe(1);
    const { code, out } = await scene.zveno(['clear', 'Buyer', '--expected', '1']);
    expect(code).toBe(0);
    expect(await over(out.trim().split('\n').at(-1) ?? '')).toMatchObject({ state: 'done', done: 1 });
    expect(await count('Buyer')).toBe(0);
  });

  test('goes on where a killed process stopped, and can be cancelled and resumed', async () => {
    const rows = Array.from({ length: 3_000 }, (_, at) => `N-${at}`).join('\n');
    const imported = await scene.node.call('POST', '/api/v1/records/Note/imports', { raw: `text\n${rows}\n`, headers: { 'content-type': 'text/csv' } });
    expect(await over((imported.body as Job).id)).toMatchObject({ done: 3_000 });
    const doomed = await startProcess(scene.environment('doomed'));
    const begun = await callHttp(doomed.url, 'POST', '/api/v1/templates/Note/clearing', { body: { expected: 3_000 } });
    const { id } = begun.body as Job;
    await eventually('the job is under way', async () => (await jobNow(id)).done > 0);
    doomed.child.kill('SIGKILL');
    await doomed.gone;
    const cancelled = await scene.node.call('POST', `/api/v1/jobs/${id}/cancel`);
    const left = await count('Note');
    if (cancelled.status === 200 && left > 0) {
      expect((await jobNow(id)).done).toBe(3_000 - left);
      await scene.node.ask('POST', `/api/v1/jobs/${id}/resume`, {});
    }
    expect(await over(id)).toMatchObject({ state: 'done', done: 3_000, failed: 0 });
    expect(await count('Note')).toBe(0);
  }, 120_000);
});
