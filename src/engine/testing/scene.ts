/** One test's stage: a cluster in virtual time, and what a test looks at on it. */
import type { MessageRow } from '../../core/effect-set.ts';
import { SimulatedCluster, type Answer, type ClusterOptions, type RunningNode, type SimulatedOrder } from './simulated-cluster.ts';
import type { RemoteFate } from './simulated-remote.ts';

export type { SimulatedOrder };
export const charge: SimulatedOrder = { route: 'chargeOrders', number: 'A-1', customer: 'A', seq: 1 };
export const ask: SimulatedOrder = { ...charge, route: 'askOrders' };
export const now: SimulatedOrder = { ...charge, route: 'nowOrders' };
export const ack: SimulatedOrder = { ...charge, route: 'ackOrders' };

export class Scene extends SimulatedCluster {
  constructor(options: Partial<ClusterOptions> = {}) {
    super({ seed: 1, ...options });
  }

  async node(name: string): Promise<RunningNode> {
    return this.soon(this.start(name));
  }

  /** Lets virtual time pass until the promise is settled. */
  async soon<T>(promise: Promise<T>): Promise<T> {
    let over = false;
    const settled = promise.finally(() => (over = true));
    settled.catch(() => undefined);
    if (!(await this.world.until(() => over, 120_000))) throw new Error('it never happened');
    return settled;
  }

  async until(what: () => boolean): Promise<void> {
    if (!(await this.world.until(what, 120_000))) throw new Error('it never happened');
  }

  async rest(): Promise<void> {
    await this.until(() => this.database.state.inbox.size === 0 && this.database.state.outbox.size === 0);
  }

  async pass(ms: number): Promise<void> {
    await this.soon(this.world.sleep(ms));
  }

  count(template: string): number {
    return [...this.database.state.records.values()].filter((record) => record.template === `t-${template}`).length;
  }

  /** The only message of a direction. */
  messageOf(direction: MessageRow['direction']): MessageRow {
    const [row, ...others] = [...this.database.state.messages.values()].filter((one) => one.direction === direction);
    if (row === undefined || others.length > 0) throw new Error(`there are ${others.length + (row === undefined ? 0 : 1)} messages of direction ${direction}`);
    return row;
  }

  /** Undefined while there is no message of the direction. */
  stateOf(direction: MessageRow['direction']): MessageRow['state'] | undefined {
    return [...this.database.state.messages.values()].find((row) => row.direction === direction)?.state;
  }

  get message(): MessageRow {
    return this.messageOf('in');
  }

  calls(route: string): number {
    return this.remote.acts.filter((act) => act.route === route).length;
  }

  /** The fates of calls over one route, one after another; then answers. */
  calling(route: string, ...fates: readonly RemoteFate[]): void {
    const left = [...fates];
    this.remote.decide = (asked) => (asked === route ? (left.shift() ?? 'answer') : 'answer');
  }
}

export function bodyOf(answer: Answer): { status: number; repeated: boolean } {
  if (answer.kind !== 'reply' || answer.reply.kind !== 'body') throw new Error(`no body: ${JSON.stringify(answer)}`);
  return { status: answer.reply.status, repeated: answer.reply.repeated };
}

export const failureOf = (answer: Answer): string => (answer.kind === 'refused' ? answer.failure.code : answer.kind === 'reply' && answer.reply.kind === 'failure' ? answer.reply.failure.code : answer.kind);
