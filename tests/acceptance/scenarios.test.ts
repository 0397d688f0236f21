/** What scenarios do to records and variables, started over the API or by changes of records. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { eventually, Scene } from './platform.ts';

let scene: Scene;

beforeAll(async () => {
  scene = await Scene.start();
});

afterAll(() => scene.close());

/** True once no run waits or is being worked on: runs of `after` triggers are queued by the commit that fires them. */
const idle = (): Promise<boolean> =>
  eventually('all queued runs are over', async () => {
    const { rows } = await scene.sql.query<{ left: number }>('SELECT count(*)::int AS left FROM zveno.inbox_queue');
    return rows[0]?.left === 0;
  });

const apiScenario = (name: string, steps: string): string => `
kind: Scenario
name: ${name}
on: {api: true}
runAs: system
steps:${steps}
`;

describe('all or nothing', () => {
  test('B01: a failed validation leaves nothing of what was created and changed before it, and its message comes back word for word', async () => {
    await scene.apply(`
kind: Template
name: Task
attributes: {title: text, state: {type: enum, values: [new, done], default: new}}
`, apiScenario('refuse', `
  - create: {template: Task, set: {title: created in vain}, as: made}
  - set: {record: =made, values: {state: done}}
  - validate: {that: "=made.state = 'new'", else: "Задача «срочно» не может быть закрыта {так}"}
`));
    const outcome = await scene.node.run('refuse');
    expect(outcome).toMatchObject({ state: 'failed', failure: { code: 'run.validation', text: 'Задача «срочно» не может быть закрыта {так}' } });
    expect(await scene.node.records('Task')).toEqual([]);
  });

  test('a failed run that somebody started is no dead letter, and its caller gets the error reply that the scenario had set', async () => {
    await scene.apply(apiScenario('refuseWithReply', `
  - return: {errorResponse: {reason: too late}, status: 409}
  - validate: {that: false, else: never}
`));
    const outcome = await scene.node.run('refuseWithReply');
    expect(outcome).toMatchObject({ state: 'failed', status: 409, reply: { reason: 'too late' }, failure: { code: 'run.validation' } });
    expect(await scene.node.messages('state=dead')).toEqual([]);
  });

  test('B02: a scenario before the change vetoes a save without documents, and completes the request once there is one', async () => {
    await scene.apply(`
kind: Template
name: Document
attributes: {name: text}
---
kind: Template
name: Request
attributes:
  subject: text
  documents: {type: record, template: Document, multiple: true}
  RequestComplete: {type: boolean, default: false}
---
kind: Scenario
name: demandDocuments
on: {changed: Request, when: before}
runAs: system
steps:
  - validate: {that: "=$count(after.documents) > 0", else: Приложите хотя бы один документ}
  - set: {values: {RequestComplete: true}}
`);
    const request = await scene.node.create('Request', { subject: 'first' });
    const refused = await scene.node.change('Request', request.id, { subject: 'second' });
    expect([refused.status, refused.body]).toMatchObject([422, { code: 'run.validation', title: 'Приложите хотя бы один документ' }]);
    expect(await scene.node.record('Request', request.id, 'documents')).toMatchObject({ subject: 'first', RequestComplete: false, documents: [], _version: 1 });
    const document = await scene.node.create('Document', { name: 'act.pdf' });
    const saved = await scene.node.change('Request', request.id, { subject: 'second', documents: [document.id] });
    expect(saved.status).toBe(200);
    expect(await scene.node.record('Request', request.id, 'documents')).toMatchObject({ subject: 'second', RequestComplete: true, documents: [document.id] });
    const emptied = await scene.node.change('Request', request.id, { documents: [] });
    expect(emptied).toMatchObject({ status: 422, body: { code: 'run.validation' } });
    expect(await scene.node.record('Request', request.id, 'documents')).toMatchObject({ RequestComplete: true, documents: [document.id] });
  });
});

describe('conditions and repeats', () => {
  test('B05: every case that holds runs, in order; none of them when none holds', async () => {
    await scene.apply(apiScenario('cases', `
  - variables: {set: done, values: {blocks: []}}
  - conditions:
      cases:
        - {when: "=x > 1", steps: [{variables: {set: done, op: add, values: {blocks: one}}}]}
        - {when: "=x > 2", steps: [{variables: {set: done, op: add, values: {blocks: two}}}]}
        - {when: "=x > 3", steps: [{variables: {set: done, op: add, values: {blocks: three}}}]}
  - return: {response: {blocks: =done.blocks}}
`));
    expect((await scene.node.run('cases', { x: 3 })).reply).toEqual({ blocks: ['one', 'two'] });
    expect((await scene.node.run('cases', { x: 0 })).reply).toEqual({ blocks: [] });
    expect((await scene.node.run('cases', { x: 9 })).reply).toEqual({ blocks: ['one', 'two', 'three'] });
  });

  test('B06: a counter runs from 0 to N-1, and not at all for 0', async () => {
    await scene.apply(apiScenario('counter', `
  - variables: {set: done, values: {seen: []}}
  - repeat: {times: =n, as: index, steps: [{variables: {set: done, op: add, values: {seen: =index}}}]}
  - return: {response: {seen: =done.seen}}
`));
    expect((await scene.node.run('counter', { n: 3 })).reply).toEqual({ seen: [0, 1, 2] });
    expect((await scene.node.run('counter', { n: 0 })).reply).toEqual({ seen: [] });
    for (const n of [-1, 1.5, 'many', null]) expect({ n, ...(await scene.node.run('counter', { n })) }).toMatchObject({ n, failure: { code: 'run.badCount' } });
    expect(await scene.node.run('counter', { n: 10_001 })).toMatchObject({ failure: { code: 'run.iterations' } });
  });

  test('B07: a change of context changes each linked record, and nothing when none is linked', async () => {
    await scene.apply(`
kind: Template
name: Ticket
attributes: {state: text, project: {type: record, template: Project, inverse: {name: tickets, multiple: true}}}
---
kind: Template
name: Project
attributes: {title: text}
---
kind: Scenario
name: closeTickets
on: {manual: Project}
runAs: system
steps:
  - context: {template: Ticket, of: =context.tickets, steps: [{set: {values: {state: closed}}}]}
`);
    const project = await scene.node.create('Project', { title: 'with tickets' });
    const other = await scene.node.create('Project', { title: 'without' });
    for (const owner of [project, project, project, null]) await scene.node.create('Ticket', { state: 'open', project: owner?.id ?? null });
    expect(await scene.node.run('closeTickets', {}, { template: 'Project', id: other.id })).toMatchObject({ state: 'done' });
    expect((await scene.node.records('Ticket')).map(({ state }) => state)).toEqual(['open', 'open', 'open', 'open']);
    expect(await scene.node.run('closeTickets', {}, { template: 'Project', id: project.id })).toMatchObject({ state: 'done' });
    const tickets = await scene.node.records('Ticket');
    expect(tickets.filter((ticket) => ticket['project'] === project.id).map(({ state }) => state)).toEqual(['closed', 'closed', 'closed']);
    expect(tickets.filter((ticket) => ticket['project'] === null).map(({ state }) => state)).toEqual(['open']);
  });

  test('B14: adding to a set of variables makes a list of a repeated name, replacing overwrites it, excluding empties the whole set', async () => {
    await scene.apply(apiScenario('sets', `
  - variables: {set: s, op: replace, values: {a: 1, b: keep}}
  - variables: {set: s, op: add, values: {a: 2, c: new}}
  - variables: {set: log, values: {afterAdd: =s}}
  - variables: {set: s, op: replace, values: {a: 3}}
  - variables: {set: log, values: {afterReplace: =s}}
  - variables: {set: s, op: exclude, values: {a: 3}}
  - variables: {set: log, values: {afterExclude: =s}}
  - return: {response: =log}
`));
    expect((await scene.node.run('sets')).reply).toEqual({
      afterAdd: { a: [1, 2], b: 'keep', c: 'new' },
      afterReplace: { a: 3, b: 'keep', c: 'new' },
      afterExclude: {},
    });
  });
});

describe('changes of records', () => {
  test('B10: only a change of a named attribute fires, and once', async () => {
    await scene.apply(`
kind: Template
name: Deal
attributes: {state: text, sum: number, note: text}
---
kind: Template
name: DealChange
attributes: {was: text, is: text}
---
kind: Scenario
name: logDealState
on: {changed: Deal, attributes: [state], when: after}
runAs: system
steps:
  - create: {template: DealChange, set: {was: =before.state, is: =after.state}}
---
kind: Scenario
name: noteDealState
on: {changed: Deal, attributes: [state], when: before}
runAs: system
steps:
  - set: {values: {note: "=$string(after.note) & '+'"}}
`);
    const deal = await scene.node.create('Deal', { state: 'new', sum: 1, note: '' });
    expect((await scene.node.change('Deal', deal.id, { sum: 2 })).status).toBe(200);
    expect((await scene.node.change('Deal', deal.id, { state: 'new', sum: 3 })).status).toBe(200);
    await idle();
    expect(await scene.node.records('DealChange')).toEqual([]);
    expect((await scene.node.change('Deal', deal.id, { state: 'won' })).status).toBe(200);
    await idle();
    expect(await scene.node.records('DealChange')).toMatchObject([{ was: 'new', is: 'won' }]);
    expect(await scene.node.record('Deal', deal.id)).toMatchObject({ state: 'won', sum: 3, note: '+' });
  });

  test('B13: adding, excluding, replacing and clearing a multiple link keep the other side right, and exclude deletes nobody', async () => {
    await scene.apply(`
kind: Template
name: Person
attributes: {name: text}
---
kind: Template
name: Team
attributes:
  title: text
  # Kept in a table of pairs, and in a column of the other side.
  members: {type: record, template: Person, multiple: true, inverse: {name: teams, multiple: true}}
  juniors: {type: record, template: Person, multiple: true, inverse: {name: mentor}}
---
kind: Scenario
name: editTeam
on: {manual: Team}
runAs: system
steps:
  - conditions:
      mode: first
      cases:
        - {when: "=op = 'add'", steps: [{set: {add: {members: =people, juniors: =people}}}]}
        - {when: "=op = 'exclude'", steps: [{set: {exclude: {members: =people, juniors: =people}}}]}
        - {when: "=op = 'replace'", steps: [{set: {values: {members: =people, juniors: =people}}}]}
      else: [{set: {clear: [members, juniors]}}]
`);
    const team = await scene.node.create('Team', { title: 'North' });
    const people = await Promise.all(['Ая', 'Бо', 'Ви'].map((name) => scene.node.create('Person', { name })));
    const [a, b, c] = people.map(({ id }) => id) as [string, string, string];
    const edit = async (op: string, ids: readonly string[]): Promise<void> => {
      expect(await scene.node.run('editTeam', { op, people: ids }, { template: 'Team', id: team.id })).toMatchObject({ state: 'done', failure: null });
    };
    const consistent = async (linked: readonly string[]): Promise<void> => {
      const shown = await scene.node.record('Team', team.id, 'members,juniors');
      expect([...(shown['members'] as string[])].sort()).toEqual([...linked].sort());
      expect([...(shown['juniors'] as string[])].sort()).toEqual([...linked].sort());
      for (const { id } of people) {
        const person = await scene.node.record('Person', id, 'teams');
        expect(person['teams']).toEqual(linked.includes(id) ? [team.id] : []);
        expect(person['mentor']).toBe(linked.includes(id) ? team.id : null);
      }
    };
    await consistent([]);
    await edit('add', [a, b]);
    await consistent([a, b]);
    await edit('add', [b, c]);
    await consistent([a, b, c]);
    await edit('exclude', [b]);
    await consistent([a, c]);
    await edit('replace', [b, c]);
    await consistent([b, c]);
    await edit('clear', []);
    await consistent([]);
    expect(await scene.node.records('Person')).toHaveLength(3);
  });

  test('B17: two scenarios that change the records of each other are stopped, the message names the circle, and everything is rolled back', async () => {
    await scene.apply(`
kind: Template
name: Ping
attributes: {count: number, pong: {type: record, template: Pong, inverse: {name: ping, multiple: false}}}
---
kind: Template
name: Pong
attributes: {count: number}
---
kind: Scenario
name: pingChangesPong
on: {changed: Ping, attributes: [count], when: before}
runAs: system
steps:
  - context: {template: Pong, of: =after.pong, steps: [{set: {values: {count: =after.count + 1}}}]}
---
kind: Scenario
name: pongChangesPing
on: {changed: Pong, attributes: [count], when: before}
runAs: system
steps:
  - context: {template: Ping, of: =after.ping, steps: [{set: {values: {count: =after.count + 1}}}]}
`);
    const pong = await scene.node.create('Pong', { count: 0 });
    const ping = await scene.node.create('Ping', { count: 0, pong: pong.id });
    const refused = await scene.node.change('Ping', ping.id, { count: 1 });
    expect([refused.status, refused.body]).toMatchObject([422, { code: 'run.chainDepth' }]);
    const { title } = refused.body as { title: string };
    expect(title).toContain('pingChangesPong → pongChangesPing');
    expect(await scene.node.record('Ping', ping.id)).toMatchObject({ count: 0, _version: 1 });
    expect(await scene.node.record('Pong', pong.id)).toMatchObject({ count: 0, _version: 1 });
    expect(await scene.node.messages('direction=run&state=pending')).toEqual([]);
  });

  test('B17: a circle of scenarios after the change ends at the depth limit too, each with a run of its own, and says so', async () => {
    await scene.apply(`
kind: Template
name: Tick
attributes: {count: number, tock: {type: record, template: Tock, inverse: {name: tick, multiple: false}}}
---
kind: Template
name: Tock
attributes: {count: number}
---
kind: Scenario
name: tickChangesTock
on: {changed: Tick, attributes: [count], when: after}
runAs: system
steps:
  - context: {template: Tock, of: =after.tock, steps: [{set: {values: {count: =after.count + 1}}}]}
---
kind: Scenario
name: tockChangesTick
on: {changed: Tock, attributes: [count], when: after}
runAs: system
steps:
  - context: {template: Tick, of: =after.tick, steps: [{set: {values: {count: =after.count + 1}}}]}
`);
    const tock = await scene.node.create('Tock', { count: 0 });
    const tick = await scene.node.create('Tick', { count: 0, tock: tock.id });
    expect((await scene.node.change('Tick', tick.id, { count: 1 })).status).toBe(200);
    await idle();
    const over = [...(await scene.node.messages('direction=run&state=failed')), ...(await scene.node.messages('direction=run&state=dead'))];
    const stopped = over.filter(({ scenarios }) => scenarios.some((name) => name.startsWith('tick') || name.startsWith('tock')));
    expect(stopped).toHaveLength(1);
    const { failure } = await scene.node.message(stopped[0]?.id ?? '');
    expect(failure).toMatchObject({ code: 'run.chainDepth', text: expect.stringMatching(/tickChangesTock|tockChangesTick/) });
  });
});
