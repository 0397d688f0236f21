/**
 * Changes registered for the nodes of exchange plans. A package is what was registered up to its number; it comes again,
 * with what was registered since, until its receipt is confirmed. A change made after that stays for the next package.
 */
import type { Base, BaseChange } from './base.ts';
import { exception } from './exception-texts.ts';
import type { Quirks } from './quirks.ts';
import { Refusal } from './refusal.ts';
import { type Row, textOf } from './row.ts';

/** Sets whose changes a plan is for, by the plan; a plan that is not in it is for all. */
export type PlanContents = ReadonlyMap<string, readonly string[]>;

interface Registered extends BaseChange {
  /** Number of the package that took it; undefined until one does. */
  package: number | undefined;
}

export class ChangeQueue {
  readonly #base: Base;
  readonly #contents: PlanContents;
  readonly #quirks: () => Quirks;
  readonly #byNode = new Map<string, Map<string, Registered>>();

  constructor(base: Base, contents: PlanContents, quirks: () => Quirks) {
    this.#base = base;
    this.#contents = contents;
    this.#quirks = quirks;
    for (const plan of this.#plans()) for (const node of base.rows(plan)) if (node['ThisNode'] !== true) this.#byNode.set(nodeName(plan, node), new Map());
    base.onChange((change) => this.#register(change));
  }

  select(plan: string, node: Row, number: number): readonly BaseChange[] {
    const registered = this.#of(plan, node);
    const received = Number(textOf(node['ReceivedNo']));
    if (number <= received) throw new Refusal(12, `MessageNo=${number}: ожидается номер больше ${received}`);
    for (const change of registered.values()) change.package ??= number;
    return [...registered.values()];
  }

  confirm(plan: string, node: Row, number: number): void {
    const registered = this.#of(plan, node);
    for (const [name, change] of registered) if (change.package !== undefined && change.package <= number) registered.delete(name);
    this.#base.write(plan, { ...node, ReceivedNo: String(number) });
  }

  #of(plan: string, node: Row): Map<string, Registered> {
    const registered = this.#byNode.get(nodeName(plan, node));
    if (registered) return registered;
    if (node['ThisNode'] === true) throw exception('ownNode');
    const fresh = new Map<string, Registered>();
    this.#byNode.set(nodeName(plan, node), fresh);
    return fresh;
  }

  /** A change of something registered makes it new: the earlier package no longer covers it. */
  #register(change: BaseChange): void {
    if (change.set.startsWith('ExchangePlan_') || !this.#quirks().autoRegistration) return;
    const name = `${change.set}|${Object.values(change.key).map(textOf).join('|')}`;
    for (const [node, registered] of this.#byNode) {
      if (!(this.#contents.get(planOf(node))?.includes(change.set) ?? true)) continue;
      registered.delete(name);
      registered.set(name, { ...change, package: undefined });
    }
  }

  #plans(): string[] {
    return [...this.#base.roles.keys()].filter((set) => set.startsWith('ExchangePlan_'));
  }
}

const planOf = (node: string): string => node.slice(0, node.indexOf('|'));
const nodeName = (plan: string, node: Row): string => `${plan}|${textOf(node['Ref_Key'])}`;
