/** What the platform promises, checked from outside: by the records, by the remote's own record, and by what clients were told. */
import type { MessageRow } from '../../core/effect-set.ts';
import type { RecordData } from '../../core/template.ts';
import type { ModelState } from './model-database.ts';
import { orderedRoutes, verifiedRoutes } from './simulated-configuration.ts';
import type { RemoteAct } from './simulated-remote.ts';
import type { SimulatedOrder } from './simulated-cluster.ts';

/** A job that has to make each tick once, and tell each refused number once. */
export interface TickJob {
  id: string;
  count: number;
  each: number;
  refused: readonly number[];
}

export interface Evidence {
  ticks: TickJob;
  /** Rows of the remote, each of which has to be read once. */
  rows: number;
  orders: readonly SimulatedOrder[];
  /** By order number. */
  acknowledged: ReadonlyMap<string, 'accepted' | 'parked'>;
  state: ModelState;
  /** In the order in which the remote acted. */
  acts: readonly RemoteAct[];
}

/** A sentence for each promise that was not kept. To be asked when everything has ended. */
export function brokenPromises(evidence: Evidence): string[] {
  const messages = new Map([...evidence.state.messages.values()].flatMap((row) => (row.direction === 'in' && row.idempotencyKey !== null ? [[row.idempotencyKey, row] as const] : [])));
  return [
    ...evidence.orders.flatMap((order) => brokenForOrder(order, messages.get(order.number), evidence)),
    ...outboxTrouble(evidence.state),
    ...tickTrouble(evidence.ticks, evidence.state),
    ...rowTrouble(evidence.rows, evidence.state),
    ...orderTrouble('receipts', receipts(evidence.state).map(({ values }) => [String(values['route']), String(values['customer']), Number(values['seq'])])),
    ...orderTrouble('notices', firstNotices(evidence.acts)),
  ];
}

function brokenForOrder(order: SimulatedOrder, row: MessageRow | undefined, { acknowledged, state, acts }: Evidence): string[] {
  const said = acknowledged.get(order.number);
  if (said === undefined) return [];
  const name = `${order.route} ${order.number}`;
  if (row === undefined) return [`${name}: acknowledged and lost`];
  if (row.state === 'dead') return [...notTwice(name, order, acts), ...(order.route === 'chargeOrders' ? [] : [`${name}: parked by ${row.failure?.code ?? 'nothing'}, though its route repeats`]), ...counted(name, order, state, acts, 0)];
  if (row.state !== 'done') return [`${name}: acknowledged, but it is ${row.state} (${row.failure?.code ?? 'no failure'})`];
  if (said === 'parked') return [`${name}: the client was told that it is parked, but it is done`];
  return [...notTwice(name, order, acts), ...counted(name, order, state, acts, 1)];
}

/** Local effects, and the effects of the remote once it has dropped what it knows. */
function counted(name: string, order: SimulatedOrder, state: ModelState, acts: readonly RemoteAct[], times: number): string[] {
  const { number } = order;
  const asked = order.route === 'reserveOrders' ? [...verifiedRoutes].map((route) => [route, actsOf(route, order.number, acts).length] as const) : [];
  const found: Record<string, number> = {
    ...Object.fromEntries(asked),
    receipts: receipts(state).filter(({ values }) => values['number'] === number).length,
    shadows: recordsOf(state, 't-Shadow').filter(({ values }) => values['number'] === number).length,
    notices: new Set(actsOf('notify', number, acts).map(({ effectId }) => effectId)).size,
  };
  return Object.entries(found).flatMap(([what, count]) => (count === times ? [] : [`${name}: ${count} ${what}, not ${times}`]));
}

/** The route that parks unknown outcomes must not be called twice at all; the others repeat only under the same effect id. */
function notTwice(name: string, { number }: SimulatedOrder, acts: readonly RemoteAct[]): string[] {
  const charges = actsOf('charge', number, acts).length;
  const quotes = new Set(actsOf('quote', number, acts).map(({ effectId }) => effectId)).size;
  const asked = [...verifiedRoutes].map((route) => [route, actsOf(route, number, acts).length] as const).filter(([, times]) => times > 1);
  return [...asked.map(([route, times]) => `${name}: ${route} acted ${times} times, though it was asked`), ...(charges > 1 ? [`${name}: charged ${charges} times`] : []), ...(quotes > 1 ? [`${name}: asked under ${quotes} effect ids`] : [])];
}

function outboxTrouble(state: ModelState): string[] {
  return [...state.messages.values()].filter((row) => row.direction !== 'in' && row.state !== 'done').map((row) => `${row.direction} ${row.routeName ?? row.scenarioNames.join()} is ${row.state} (${row.failure?.code ?? 'no failure'})`);
}

function tickTrouble({ id, count, refused }: TickJob, state: ModelState): string[] {
  const job = state.jobs.get(id);
  if (job?.state !== 'done') return [`the job is ${job?.state ?? 'lost'} (${job?.failure?.code ?? 'no failure'})`];
  const ticks = recordsOf(state, 't-Tick').map(({ values }) => Number(values['number']));
  const told = (state.problems.get(id) ?? []).map(({ place }) => Number(place));
  return Array.from({ length: count }, (_, at) => at + 1).flatMap((number) => {
    const isRefused = refused.includes(number);
    return [...timesTrouble(`tick ${number}: made`, ticks, number, isRefused ? 0 : 1), ...timesTrouble(`tick ${number}: told`, told, number, isRefused ? 1 : 0)];
  });
}

function rowTrouble(count: number, state: ModelState): string[] {
  const read = recordsOf(state, 't-Row').map(({ values }) => Number(values['number']));
  return Array.from({ length: count }, (_, at) => at + 1).flatMap((number) => timesTrouble(`row ${number}: read`, read, number, 1));
}

function timesTrouble(what: string, numbers: readonly number[], wanted: number, times: number): string[] {
  const found = numbers.filter((number) => number === wanted).length;
  return found === times ? [] : [`${what} ${found} times`];
}

/** Rows are (route, customer, seq) in the order in which things happened. */
function orderTrouble(what: string, rows: readonly (readonly [route: string, customer: string, seq: number])[]): string[] {
  const last = new Map<string, number>();
  const found: string[] = [];
  for (const [route, customer, seq] of rows) {
    if (!orderedRoutes.has(route)) continue;
    const key = `${route} of ${customer}`;
    if (seq <= (last.get(key) ?? 0)) found.push(`${what} of ${key} are out of order at ${seq}`);
    last.set(key, seq);
  }
  return found;
}

function firstNotices(acts: readonly RemoteAct[]): (readonly [string, string, number])[] {
  const seen = new Set<string>();
  return acts.flatMap(({ route, effectId, message }) => {
    if (route !== 'notify' || seen.has(effectId)) return [];
    seen.add(effectId);
    const { route: from, customer, seq } = message;
    if (typeof from !== 'string' || typeof customer !== 'string') throw new Error('a notice without its route or customer');
    return [[from, customer, Number(seq)] as const];
  });
}

const actsOf = (route: string, number: string, acts: readonly RemoteAct[]): readonly RemoteAct[] => acts.filter((act) => act.route === route && act.message['number'] === number);
const recordsOf = (state: ModelState, template: string): readonly RecordData[] => [...state.records.values()].filter((record) => record.template === template);
const receipts = (state: ModelState): readonly RecordData[] => recordsOf(state, 't-Receipt');
