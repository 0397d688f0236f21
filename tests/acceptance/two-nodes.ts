/** Two platforms over one database and a remote that answers when it is told to. */
import type { ServerResponse } from 'node:http';
import { answer, startHttp, type SeenRequest } from '../../src/sdk/testing/server.ts';
import type { MessageStory, TestNode } from './node.ts';
import { eventually, Scene } from './platform.ts';

type Remote = Awaited<ReturnType<typeof startHttp>>;

/** A remote system that answers every call at once unless it is told to hold them. */
export class HeldRemote {
  readonly #server: Remote;
  readonly #held: ServerResponse[];
  readonly #mode: { holding: boolean };

  private constructor(server: Remote, held: ServerResponse[], mode: { holding: boolean }) {
    this.#server = server;
    this.#held = held;
    this.#mode = mode;
  }

  static async start(): Promise<HeldRemote> {
    const held: ServerResponse[] = [];
    const mode = { holding: false };
    const server = await startHttp((_request, response) => {
      if (mode.holding) held.push(response);
      else answer(response, 200, { ok: true });
    });
    return new HeldRemote(server, held, mode);
  }

  get url(): string {
    return this.#server.url;
  }

  get seen(): readonly SeenRequest[] {
    return this.#server.seen;
  }

  bodies(): readonly unknown[] {
    return this.seen.map(({ body }): unknown => JSON.parse(body));
  }

  effectIds(): readonly unknown[] {
    return this.seen.map(({ headers }) => headers['idempotency-key']);
  }

  /** From now on calls are not answered. */
  hold(): void {
    this.#mode.holding = true;
  }

  /** Resolves with the first call that waits for its answer. */
  callIsOut(): Promise<ServerResponse> {
    return eventually('the call is out', async () => this.#held[0]);
  }

  /** Answers what waits, and everything after it. */
  release(): void {
    this.#mode.holding = false;
    for (const response of this.#held.splice(0)) answer(response, 200, { ok: true });
  }

  /** Hangs up on what waits, after it was read; answers everything after it. */
  hangUp(): void {
    this.#mode.holding = false;
    for (const response of this.#held.splice(0)) response.destroy();
  }

  /** For the next test. */
  reset(): void {
    this.hangUp();
    this.#server.seen.length = 0;
  }

  async close(): Promise<void> {
    this.hangUp();
    await this.#server[Symbol.asyncDispose]();
  }
}

export class TwoNodes {
  readonly scene: Scene;
  readonly remote: HeldRemote;
  readonly first: TestNode;
  readonly second: TestNode;

  private constructor(scene: Scene, remote: HeldRemote, second: TestNode) {
    this.scene = scene;
    this.remote = remote;
    this.first = scene.node;
    this.second = second;
  }

  static async start(): Promise<TwoNodes> {
    // Renewed often, so that what happens to a lease is noticed while a test lasts.
    const engine = { leaseMs: 10_000, renewEveryMs: 100 };
    const remote = await HeldRemote.start();
    const scene = await Scene.start(engine);
    const second = await scene.join('second', engine);
    await scene.apply(connections(remote.url));
    return new TwoNodes(scene, remote, second);
  }

  /** The message once it is in this state. */
  over(id: string, state: string): Promise<MessageStory> {
    return eventually(`message ${id} is ${state}`, async () => {
      const story = await this.first.message(id);
      return story.state === state ? story : null;
    });
  }

  /** Texts of the notes under a topic, in the order of their commits. */
  async notes(topic: string): Promise<readonly unknown[]> {
    const found = await this.first.records('Note', '&sort=_createdAt');
    return found.filter((record) => record['topic'] === topic).map((record) => record['text']);
  }

  async close(): Promise<void> {
    this.remote.hangUp();
    await this.scene.close();
    await this.remote.close();
  }
}

/** What the routes below stand on. */
export const connections = (remoteUrl: string): string => `
kind: Connection
name: inside
type: http-in
properties: {path: in, auth: basic}
---
kind: Connection
name: outside
type: http-out
properties: {url: "${remoteUrl}", timeoutMs: 60000}
allow: [loopback]
---
kind: Template
name: Note
attributes: {topic: text, text: text}
`;

/** An inbound route that answers as soon as the message is recorded. */
export const ackRoute = (name: string, more = ''): string => `
kind: Route
name: ${name}
connection: inside
operation: receive
properties: {path: ${name}, reply: ack}
request: {text: string, key: string}
${more}
`;

/** A call that is not repeated when nobody knows what came of it. */
export const callRoute = (name: string, more = ''): string => `
kind: Route
name: ${name}
connection: outside
operation: call
properties: {method: POST, path: ${name}}
request: {text: string}
onUnknown: park
${more}
`;

export const scenario = (route: string, steps: string): string => `
kind: Scenario
name: ${route}Handle
on: {message: ${route}}
runAs: system
steps:${steps}
`;

/** A step that writes a note. */
export const note = (topic: string, text = '=message.text'): string => `
  - create: {template: Note, set: {topic: ${topic}, text: "${text}"}}`;
