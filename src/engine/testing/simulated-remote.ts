/** A remote system that keeps its own record of what it was asked to do. It lives on when the node that asked it dies. */
import { failure } from '../../core/failure.ts';
import { isObject, type Value } from '../../core/value.ts';
import type { ReadPage, Receipt, Verdict } from '../../sdk/connector.ts';
import type { Remote } from '../remote.ts';
import { verifiedRoutes } from './simulated-configuration.ts';
import type { SimulatedNode, SimulatedWorld } from './simulated-world.ts';

/** What becomes of one call. */
export type RemoteFate =
  | 'answer'
  /** Acts, and answers long after every lease has run out. */
  | 'slow'
  /** Acts at once, and answers as late. */
  | 'slowActed'
  /** Takes no connection for as long: no byte leaves. */
  | 'stuck'
  /** As slow, and the connection is cut after it acted. */
  | 'slowLost'
  /** Says "later" and does not act. */
  | 'busy'
  /** Refuses the connection: no byte leaves. */
  | 'refuse'
  /** The connection is cut before it acts. */
  | 'lostBefore'
  /** The connection is cut after it acted. */
  | 'lostAfter'
  /** Acts, and our side of the call breaks by a bug. */
  | 'bug';

/** One time that the remote acted, repeats included. */
export interface RemoteAct {
  route: string;
  effectId: string;
  message: Readonly<Record<string, Value>>;
}

const pageRows = 7;

export class SimulatedRemote {
  readonly acts: RemoteAct[] = [];
  readonly #world: SimulatedWorld;
  /** Chosen for each call; a test may decide otherwise. */
  decide: (route: string) => RemoteFate;
  /** Says of every call that it was not carried out, without looking: a connector that breaks its promise. */
  blind = false;
  /** What it says when it is asked about a call, when a test wants to know. */
  judge: () => Verdict | null = () => null;
  /** Effect ids of calls that may still act, with how many of each. */
  readonly #underWay = new Map<string, number>();
  /** How long a slow call takes. */
  slowMs = 5_000;
  /** What it answers when it acts. */
  answer: Value = { accepted: true };
  /** Rows that can be read, numbered from 1. What was confirmed is forgotten, as by an exchange plan. */
  rows = 0;
  confirmed = 0;
  readings = 0;

  constructor(world: SimulatedWorld) {
    this.#world = world;
    this.decide = () => 'answer';
  }

  portOf(node: SimulatedNode): Remote {
    return {
      idempotent: () => false,
      verifiable: (_connection, { name }) => verifiedRoutes.has(name),
      verify: async ({ connection, route, effectId }, signal) => {
        await node.outside(() => this.#world.sleep(this.#world.random.fraction() * 5, signal));
        const fate = this.decide(route.name);
        if (fate === 'refuse' || fate === 'busy') throw failure('connection.refused', { connection: connection.name, address: 'remote' });
        // "Not done" is said only of a call that cannot act any more.
        while (!this.blind && this.#underWay.has(effectId)) await node.outside(() => this.#world.sleep(20, signal));
        const judged = this.judge();
        if (judged !== null) return judged;
        const acted = !this.blind && this.acts.some((act) => act.effectId === effectId);
        return acted ? { kind: 'done', receipt: { kind: 'ok', response: this.answer, status: 200 } } : { kind: 'notDone' };
      },
      guard: () => undefined,
      close: () => Promise.resolve(),
      reads: (_connection, route) => route.operation === 'read',
      read: ({ connection, route, cursor }, signal) => node.outside(() => this.#page(route.name, connection.name, typeof cursor === 'number' ? cursor : 0, signal)),
      confirm: ({ cursor }, signal) =>
        node.outside(async () => {
          await this.#world.sleep(this.#world.random.fraction() * 20, signal);
          this.confirmed = Math.max(this.confirmed, Number(cursor));
        }),
      call: async ({ connection, route, message, effectId }, hooks, signal) => {
        signal.throwIfAborted();
        const fate = this.decide(route.name);
        await node.outside(() => this.#world.sleep(this.#world.random.fraction() * 5, signal));
        if (fate === 'stuck') await node.outside(() => this.#world.sleep(this.slowMs, signal));
        if (fate === 'refuse') throw failure('connection.refused', { connection: connection.name, address: 'remote' });
        await hooks.beforeBytes();
        this.#count(effectId, 1);
        const answered = this.#arrive(fate, { route: route.name, effectId, message: isObject(message) ? message : {} }, connection.name).finally(() => this.#count(effectId, -1));
        // Whoever dies now has nobody left to tell.
        answered.catch(() => undefined);
        await hooks.afterBytes();
        return node.outside(() => Promise.race([answered, aborted(signal, connection.name)]));
      },
    };
  }

  async #page(route: string, connection: string, cursor: number, signal: AbortSignal): Promise<ReadPage> {
    const fate = this.decide(route);
    this.readings += 1;
    await this.#world.sleep(fate === 'slow' || fate === 'slowLost' ? this.slowMs : this.#world.random.fraction() * 20, signal);
    if (fate !== 'answer' && fate !== 'slow') throw failure('connection.lost', { connection, address: 'remote' });
    const from = Math.max(cursor, this.confirmed);
    const to = Math.min(from + pageRows, this.rows);
    const rows = Array.from({ length: Math.max(0, to - from) }, (_, at) => ({ number: String(from + at + 1) }));
    return { messages: rows.length === 0 ? [] : [{ rows }], cursor: Math.max(to, cursor), more: to < this.rows, confirm: rows.length > 0 };
  }

  #count(effectId: string, step: number): void {
    const left = (this.#underWay.get(effectId) ?? 0) + step;
    if (left === 0) this.#underWay.delete(effectId);
    else this.#underWay.set(effectId, left);
  }

  async #arrive(fate: Exclude<RemoteFate, 'refuse'>, act: RemoteAct, connection: string): Promise<Receipt> {
    const { random } = this.#world;
    await this.#world.sleep(fate === 'slow' || fate === 'slowLost' ? this.slowMs * (0.5 + random.fraction()) : random.fraction() * 30);
    const lost = failure('connection.unknownOutcome', { connection, address: 'remote' });
    if (fate === 'lostBefore') throw lost;
    if (fate === 'busy') return { kind: 'error', failure: failure('connection.busy', { connection, address: 'remote', status: 503 }), response: {}, status: 503 };
    this.acts.push(act);
    if (fate === 'bug') throw new TypeError('cannot read properties of undefined');
    if (fate === 'lostAfter' || fate === 'slowLost') throw lost;
    await this.#world.sleep(fate === 'slowActed' ? this.slowMs : random.fraction() * 10);
    return { kind: 'ok', response: this.answer, status: 200 };
  }
}

function aborted(signal: AbortSignal, connection: string): Promise<never> {
  return new Promise((_resolve, reject) => {
    const cut = (): void => reject(failure('connection.unknownOutcome', { connection, address: 'remote' }));
    if (signal.aborted) cut();
    else signal.addEventListener('abort', cut, { once: true });
  });
}
