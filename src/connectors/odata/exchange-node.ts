/** A node of an exchange plan of 1C: whom changes are registered for. */
import { Decimal, failure, type Receipt, type Value, type ValueObject } from '../../sdk/index.ts';
import type { EntitySet } from './edm.ts';
import { readRowPage } from './envelope.ts';
import { malformed, refusal, targetOf, type Work } from './exchange.ts';
import { setNamed } from './key.ts';
import { printQuery, selectPart } from './query-string.ts';
import { readRow } from './row.ts';

export interface ExchangeNode {
  plan: EntitySet;
  key: string;
  /** Of the last package that we have confirmed. */
  received: Decimal;
}

export interface NodeRoute {
  plan: string;
  node: string;
}

const shownNodes = 20;
const fields = ['Ref_Key', 'Code', 'Description', 'ReceivedNo', 'ThisNode'];

/**
 * Asks 1C for the node, each time: the number of its next package is known there alone. The receipt of a refusal comes
 * back as it is. Failures: `odata.exchangePlan`, `odata.exchangeNodeUnknown`, `odata.exchangeNodeOwn`.
 */
export async function findNode(work: Work, { plan: name, node }: NodeRoute): Promise<ExchangeNode | { refused: Receipt }> {
  const { context, described, service, signal } = work;
  const plan = setNamed(context.name, described.model, name);
  if (!plan.name.startsWith('ExchangePlan_') || !plan.type.properties.has('ReceivedNo')) throw failure('odata.exchangePlan', { connection: context.name, set: plan.name });
  const known = fields.filter((field) => plan.type.properties.has(field));
  const path = encodeURIComponent(plan.name) + printQuery(context.name, described, selectPart(context.name, described, plan, known));
  const answer = await service.request(described, { method: 'GET', path }, signal);
  const target = targetOf(plan, '', true);
  const refused = refusal(work, target, answer);
  if (refused !== undefined) return { refused };
  const page = answer.value === undefined ? undefined : readRowPage(answer.value);
  if (page === undefined) return { refused: malformed(work, target, answer, 'no list of nodes') };
  const nodes = page.rows.map((row) => readRow(described.model, plan.type, row));
  const found = nodes.find((each) => sameText(each['Ref_Key'], node)) ?? nodes.find((each) => each['Code'] === node);
  const place = { connection: context.name, plan: plan.name, node };
  if (found === undefined) throw failure('odata.exchangeNodeUnknown', { ...place, nodes: listed(nodes) });
  if (found['ThisNode'] === true) throw failure('odata.exchangeNodeOwn', { ...place, nodes: listed(nodes) });
  const received = found['ReceivedNo'] ?? new Decimal(0);
  // To take a number that cannot be read for none would ask for packages that were confirmed long ago.
  if (!(received instanceof Decimal)) return { refused: malformed(work, target, answer, `ReceivedNo: ${JSON.stringify(received)}`) };
  return { plan, key: textOf(found['Ref_Key']), received };
}

const textOf = (value: Value | undefined): string => (typeof value === 'string' ? value : '');

const sameText = (value: Value | undefined, text: string): boolean => typeof value === 'string' && value.toLowerCase() === text.toLowerCase();

/** Nodes that may be named, for a person. */
function listed(nodes: readonly ValueObject[]): string {
  const others = nodes.filter((each) => each['ThisNode'] !== true);
  const texts = others.slice(0, shownNodes).map((each) => `${textOf(each['Code'])} «${textOf(each['Description'])}» ${textOf(each['Ref_Key'])}`.trim());
  return [...texts, ...(others.length > shownNodes ? ['…'] : [])].join('; ');
}

/** The node as the exchange service is told of it: its address inside quotes, in which 1C wants those of the key as they are. */
export const exchangePoint = ({ service }: Work, { plan, key }: ExchangeNode): string => `'${decodeURI(service.root.href).replace(/\/+$/, '')}/${plan.name}(guid'${key}')'`;
