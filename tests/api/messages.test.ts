/** Messages, dead letters and runs by REST. */
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApi, type ApiCaller } from './platform.ts';
import { allOfShop } from './shop.ts';

let api: ApiCaller;

beforeAll(async () => {
  api = await startApi();
  await api.call('PUT', '/api/v1/secrets/shop-token', { body: { value: 'x' } });
  await api.apply(...allOfShop);
});
afterAll(() => api.close());

const ack = async (text: string): Promise<string> => (await api.call('POST', '/api/public/adapter/shop/ack', { body: { text } })).headers.get('zveno-message') ?? '';

/** Asks again until it is so; the test's own time limit ends a wait that is in vain. */
async function until<T>(ask: () => Promise<T>, isSo: (answer: T) => boolean): Promise<T> {
  for (;;) {
    const answer = await ask();
    if (isSo(answer)) return answer;
    await sleep(20);
  }
}

const deadChildOf = async (id: string): Promise<string> => {
  const story = await until(async () => (await api.call('GET', `/api/v1/messages/${id}`)).json, ({ children }) => children.some(({ state }: { state: string }) => state === 'dead'));
  return story.children[0].id;
};

describe('a message', () => {
  it('that could not be delivered shows its way and waits as a dead letter, to be retried or discarded', async () => {
    const dead = await deadChildOf(await ack('d'));
    const story = (await api.call('GET', `/api/v1/messages/${dead}`)).json;
    expect(story).toMatchObject({ state: 'dead', direction: 'out', route: 'refusing', connection: 'closedPartner', failure: { code: 'connection.refused' } });
    expect(story.payload).toBeUndefined();
    expect((await api.call('GET', '/api/v1/messages?state=dead&route=refusing')).json.messages.map(({ id }: { id: string }) => id)).toContain(dead);
    expect(await api.call('POST', `/api/v1/messages/${dead}/retry`)).toMatchObject({ status: 200, json: { retried: true } });
    await until(async () => (await api.call('GET', `/api/v1/messages/${dead}`)).json, ({ state, changedAt }) => state === 'dead' && changedAt > story.changedAt);
    expect(await api.call('POST', `/api/v1/messages/${dead}/discard`)).toMatchObject({ status: 200, json: { state: 'discarded' } });
    expect(await api.call('POST', `/api/v1/messages/${dead}/retry`)).toMatchObject({ status: 409, json: { code: 'message.notDead', parameters: { state: 'discarded' } } });
  });

  it('is found by route, state, direction and time, page by page', async () => {
    await api.call('POST', '/api/public/adapter/shop/plain', { body: { number: 'm-1', total: 1 } });
    await api.call('POST', '/api/public/adapter/shop/plain', { body: { number: 'm-2', total: 1 } });
    const first = (await api.call('GET', '/api/v1/messages?route=plain&limit=1&state=done&direction=in')).json;
    expect(first.messages).toHaveLength(1);
    const second = (await api.call('GET', `/api/v1/messages?route=plain&limit=1&state=done,failed&cursor=${first.cursor}`)).json;
    expect(second.messages[0].id < first.messages[0].id).toBe(true);
    expect((await api.call('GET', '/api/v1/messages?from=2100-01-01T00:00:00Z')).json.messages).toEqual([]);
    expect(await api.call('GET', '/api/v1/messages?from=yesterday')).toMatchObject({ status: 422, json: { code: 'store.instant' } });
    expect(await api.call('GET', '/api/v1/messages?cursor=zzz')).toMatchObject({ status: 422, json: { code: 'store.cursor' } });
    expect(await api.call('GET', '/api/v1/messages?route=plian')).toMatchObject({ status: 404, json: { code: 'route.unknown' } });
  });

  it('asked for wrongly is refused with everything that is wrong', async () => {
    const refused = await api.call('GET', '/api/v1/messages?state=ded&limt=5&limit=0');
    expect(refused).toMatchObject({ status: 422, json: { code: 'http.invalid' } });
    expect(refused.json.problems.map(({ path, code }: { path: string; code: string }) => [path, code]).sort()).toEqual([['limit', 'http.outOfRange'], ['limt', 'http.unknownField'], ['state[0]', 'http.notOneOf']]);
    expect(refused.json.problems.find(({ path }: { path: string }) => path === 'limt').text).toContain('"limit"');
    expect(await api.call('GET', '/api/v1/messages/0193a1b2-3c4d-7e5f-8a9b-0c1d2e3f4a5b')).toMatchObject({ status: 404, json: { code: 'message.unknown' } });
    expect(await api.call('GET', '/api/v1/messages/1')).toMatchObject({ status: 422, json: { problems: [{ path: 'id', code: 'http.pattern' }] } });
  });

  it('is put back together with the others of its route', async () => {
    const dead = [await deadChildOf(await ack('b1')), await deadChildOf(await ack('b2'))];
    const answered = (await api.call('POST', '/api/v1/messages/retry', { body: { route: 'refusing' } })).json;
    expect(answered.messages.filter(({ id, retried }: { id: string; retried: boolean }) => retried && dead.includes(id))).toHaveLength(2);
    expect(answered.more).toBe(false);
    expect(await api.call('POST', '/api/v1/messages/retry', { body: {} })).toMatchObject({ status: 422, json: { code: 'http.exactlyOne' } });
    expect(await api.call('POST', '/api/v1/messages/retry', { body: { ids: ['1'] } })).toMatchObject({ status: 422, json: { problems: [{ path: 'ids[0]' }] } });
  });
});

describe('a run', () => {
  it('by API asks another system and shows the call with its outcome', async () => {
    const run = await api.call('POST', '/api/v1/scenarios/asks/runs', { body: { variables: { text: 'вопрос' } } });
    expect(run).toMatchObject({ status: 200, json: { state: 'done', reply: { said: 'вопрос' }, failure: null } });
    const story = (await api.call('GET', `/api/v1/messages/${run.json.id}?payload=true`)).json;
    expect(story).toMatchObject({ direction: 'run', scenarios: ['asks'], calls: [{ route: 'asking', connection: 'partner', outcome: { kind: 'ok', response: { text: 'вопрос' } } }] });
    expect((await api.call('GET', `/api/v1/runs/${run.json.id}`)).json).toMatchObject({ state: 'done', here: false });
  });

  it('for each of four records is a run of its own, and one that fails leaves the others done', async () => {
    const ids: string[] = [];
    for (const count of [1, 2, 0, 3]) ids.push((await api.call('POST', '/api/v1/records/Order', { body: { number: `b11-${count}`, count } })).json.id);
    const { runs } = (await api.call('POST', '/api/v1/scenarios/byHand/runs', { body: { contexts: ids.map((id) => ({ template: 'Order', id })) } })).json;
    expect(runs.map(({ state }: { state: string }) => state)).toEqual(['done', 'done', 'failed', 'done']);
    expect(runs[2].failure.text).toBe('Нечего отгружать');
    expect(new Set(runs.map(({ id }: { id: string }) => id)).size).toBe(4);
    const goods = await Promise.all(ids.map(async (id) => (await api.call('GET', `/api/v1/records/Order/${id}`)).json.goods));
    expect(goods).toEqual(['отгружено', 'отгружено', null, 'отгружено']);
  });

  it('that fails alone is a problem that names its message', async () => {
    const { id } = (await api.call('POST', '/api/v1/records/Order', { body: { number: 'alone', count: 0 } })).json;
    const refused = await api.call('POST', '/api/v1/scenarios/byHand/runs', { body: { context: { template: 'Order', id } } });
    expect(refused).toMatchObject({ status: 422, json: { code: 'run.validation', title: 'Нечего отгружать' } });
    expect((await api.call('GET', `/api/v1/messages/${refused.json.message}`)).json).toMatchObject({ state: 'failed', failure: { code: 'run.validation' } });
  });

  it('of an unknown scenario, one with another trigger, or of unknown fields is refused', async () => {
    expect(await api.call('POST', '/api/v1/scenarios/nope/runs', { body: {} })).toMatchObject({ status: 404, json: { code: 'scenario.unknown' } });
    expect(await api.call('POST', '/api/v1/scenarios/takePlain/runs')).toMatchObject({ status: 409, json: { code: 'scenario.notStartable' } });
    expect(await api.call('POST', '/api/v1/scenarios/asks/runs', { body: { variabels: {} } })).toMatchObject({ status: 422, json: { problems: [{ path: 'variabels', code: 'http.unknownField' }] } });
  });

  it.each(['cancel', 'kill'])('under way is listed and ends by %s, and writes nothing', async (how) => {
    const isOfHangs = ({ scenarios, state }: { scenarios: string[]; state: string }): boolean => scenarios.includes('hangs') && state === 'running';
    const runs = async (): Promise<{ id: string; scenarios: string[]; state: string }[]> => (await api.call('GET', '/api/v1/runs')).json.runs;
    const answer = api.call('POST', '/api/v1/scenarios/hangs/runs', { body: {} });
    const id = (await until(runs, (all) => all.some(isOfHangs))).find(isOfHangs)?.id;
    expect((await api.call('GET', `/api/v1/runs/${id}`)).json).toMatchObject({ here: true });
    expect(await api.call('POST', `/api/v1/runs/${id}/${how}`)).toMatchObject({ status: 200, json: { state: 'cancelled' } });
    expect(await answer).toMatchObject({ status: 409, json: { code: 'run.cancelled' } });
    // A cancelled run still waits for the answer of its last call; killing it leaves that.
    if (how === 'cancel') expect((await api.call('POST', `/api/v1/runs/${id}/kill`)).status).toBe(200);
    await until(runs, (all) => !all.some((run) => run.id === id));
    expect(await api.call('POST', `/api/v1/runs/${id}/kill`)).toMatchObject({ status: 409, json: { code: 'run.over', parameters: { state: 'cancelled' } } });
  });
});

describe('a rehearsal', () => {
  it('shows what would happen and leaves nothing', async () => {
    const before = (await api.call('GET', '/api/v1/messages?limit=1000')).json.messages.length;
    const shown = (await api.call('POST', '/api/v1/routes/uploadData/rehearsals', { body: { message: { List: [{ Item: { Client: 'Ли', No: 99 } }] } } })).json;
    expect(shown).toMatchObject({ failure: null, response: { body: { HasErrors: false } } });
    expect(shown.records).toHaveLength(1);
    const sent = (await api.call('POST', '/api/v1/routes/ackFirst/rehearsals', { body: { message: { text: 'r' } } })).json;
    expect(sent.sends).toMatchObject([{ route: 'refusing', message: { text: 'r' } }]);
    expect(await api.call('POST', '/api/v1/routes/uploadData/rehearsals', { body: { message: { List: [{}] } } })).toMatchObject({ status: 400, json: { code: 'message.refused' } });
    expect((await api.call('GET', '/api/v1/messages?limit=1000')).json.messages).toHaveLength(before);
    expect((await api.call('GET', '/api/v1/records/Order?eq=number:99')).json.records).toEqual([]);
  });

  it('of a scenario answers its requests with empty values and writes nothing', async () => {
    const calls = (await api.call('GET', '/api/v1/records/Call?count=true')).json.records.length;
    const shown = (await api.call('POST', '/api/v1/scenarios/asks/rehearsals', { body: { variables: { text: 'r' } } })).json;
    expect(shown).toMatchObject({ failure: null, response: { body: { said: null } }, sends: [] });
    expect(shown.records).toHaveLength(1);
    expect((await api.call('GET', '/api/v1/records/Call?count=true')).json.records).toHaveLength(calls);
    expect(await api.call('POST', '/api/v1/scenarios/none/rehearsals', { body: {} })).toMatchObject({ status: 404, json: { code: 'scenario.unknown' } });
  });
});
