/**
 * The configuration of simulations: a shop that takes orders in every reply mode, asks and tells a remote system,
 * and whose receipts start a run of their own.
 */
import { accessRules } from '../../core/access/role.ts';
import type { Configuration, PublishedConnection, PublishedRoute, PublishedScenario } from '../../core/configuration/published.ts';
import { parseSchemaTree } from '../../core/message-schema.ts';
import { parseScenario } from '../../core/scenario/parse.ts';
import { templateCatalogue } from '../../core/template-catalogue.ts';
import type { ScalarAttribute, Template } from '../../core/template.ts';

/** Routes over which orders come in. */
export const orderRoutes = ['ackOrders', 'nowOrders', 'askOrders', 'chargeOrders', 'reserveOrders'] as const;
export type OrderRoute = (typeof orderRoutes)[number];

/** Routes whose messages of one customer are handled one after another. */
export const orderedRoutes: ReadonlySet<string> = new Set<OrderRoute>(['ackOrders', 'chargeOrders', 'reserveOrders']);

/** Routes whose remote can be asked what came of a call: called by runs, and by deliveries. */
export const verifiedRoutes: ReadonlySet<string> = new Set(['reserve', 'book']);

export interface ShopChange {
  revision?: number;
  /** Scenario documents by name, in place of the shop's own. */
  scenarios?: Readonly<Record<string, object>>;
  /** What is different in a route of the shop; null takes it away. */
  routes?: Readonly<Record<string, Partial<PublishedRoute> | null>>;
  /** Also reads the rows of the remote by itself. */
  source?: boolean;
}

export function simulatedShop({ revision = 1, scenarios: changed = {}, routes: rerouted = {}, source = false }: ShopChange = {}): Configuration {
  const templates = templateCatalogue([template('Order', [text('number', true), text('customer')]), template('Receipt', [text('number'), text('customer'), text('route'), text('seq')]), template('Shadow', [text('number')]), template('Row', [text('number')]), template('Tick', [{ ...text('number'), required: true }])]);
  const routes = [
    incoming('ackOrders', 'ack', { order: 'customer' }),
    incoming('nowOrders', 'afterRun', {}),
    incoming('askOrders', 'afterRun', {}),
    incoming('chargeOrders', 'ack', { order: 'customer' }),
    ...(source ? [readRows] : []),
    incoming('reserveOrders', 'ack', { order: 'customer' }),
    outgoing('notify', 'repeat'),
    outgoing('quote', 'repeat'),
    outgoing('charge', 'park'),
    outgoing('reserve', 'verify'),
    outgoing('book', 'verify'),
  ].flatMap((route) => (rerouted[route.name] === null ? [] : [{ ...route, version: revision, ...rerouted[route.name] }]));
  const scenarios = Object.entries({ ...shopScenarios, ...changed })
    .map(([name, document]) => scenario(name, document, revision))
    .sort((one, other) => (one.name < other.name ? -1 : 1));
  return {
    revision,
    connection: (name) => (name === remote.name ? remote : undefined),
    route: (name) => routes.find((route) => route.name === name),
    scenario: (name) => scenarios.find((one) => one.name === name),
    connections: () => [remote],
    routes: () => routes,
    scenarios: () => scenarios,
    templates,
    access: accessRules([], []),
    template: (name) => templates.byName(name),
    broken: [],
  };
}

const upsertOrder = { upsert: { template: 'Order', by: { number: '=message.number' }, set: { customer: '=message.customer' } } };
/** It has no key: a message handled twice shows as two receipts. */
const createReceipt = { create: { template: 'Receipt', set: { number: '=message.number', customer: '=message.customer', route: '=message.route', seq: '=message.seq' } } };
const tellRemote = { send: { route: 'notify', message: '=message' } };
const accept = { return: { response: { accepted: true } } };

const onRoute = (route: OrderRoute, steps: readonly object[]): object => ({ on: { message: route }, runAs: 'system', steps });

const shopScenarios: Readonly<Record<string, object>> = {
  acceptAck: onRoute('ackOrders', [upsertOrder, createReceipt, tellRemote]),
  acceptNow: onRoute('nowOrders', [upsertOrder, createReceipt, tellRemote, accept]),
  acceptAsk: onRoute('askOrders', [{ send: { route: 'quote', message: '=message', response: 'quoted' } }, upsertOrder, createReceipt, tellRemote, accept]),
  acceptCharge: onRoute('chargeOrders', [{ send: { route: 'charge', message: '=message', response: 'charged' } }, upsertOrder, createReceipt, tellRemote]),
  takeRows: { on: { message: 'readRows' }, runAs: 'system', steps: [{ forEach: { in: '=message.rows', as: 'row', steps: [{ create: { template: 'Row', set: { number: '=row.number' } } }] } }] },
  acceptReserve: onRoute('reserveOrders', [{ send: { route: 'reserve', message: '=message', response: 'reserved' } }, upsertOrder, createReceipt, tellRemote, { send: { route: 'book', message: '=message' } }]),
  shadowReceipt: { on: { created: 'Receipt' }, runAs: 'system', steps: [{ create: { template: 'Shadow', set: { number: '=after.number' } } }] },
};

function scenario(name: string, document: object, version: number): PublishedScenario {
  return { id: `scenario-${name}`, name, version, title: {}, enabled: !('enabled' in document && document.enabled === false), document: parseScenario({ ...document, name }, name) };
}

const text = (name: string, unique = false): ScalarAttribute => ({ kind: 'scalar', id: `a-${name}`, name, type: 'text', required: false, unique });
const template = (name: string, attributes: readonly ScalarAttribute[]): Template => ({ id: `t-${name}`, name, version: 1, attributes });

const remote: PublishedConnection = { id: 'c-remote', name: 'remote', version: 1, title: {}, type: 'simulated', enabled: true, properties: {}, allow: [], limits: { concurrency: 8, perSecond: null }, log: 'full', stamp: '1' };

const order = parseSchemaTree({ number: 'string', customer: 'string', route: 'string', seq: 'string', padding: 'string' }, 'request');

const anyRoute = (name: string): Omit<PublishedRoute, 'operation' | 'direction'> => ({
  id: `route-${name}`,
  name,
  version: 1,
  title: {},
  connection: remote.name,
  enabled: true,
  properties: {},
  keys: { idempotency: null, order: null, business: {} },
  request: order,
  response: parseSchemaTree({ accepted: 'boolean' }, 'response'),
  errorResponse: null,
  mapping: null,
  reply: 'afterRun',
  onUnknown: null,
  retry: { attempts: 1_000, firstMs: 100, maxMs: 1_000 },
  orderPolicy: 'park',
  schedule: null,
  retentionDays: 30,
  initiator: 'system',
});

/** Reads the rows of the remote by itself. */
const readRows: PublishedRoute = {
  ...anyRoute('readRows'),
  operation: 'read',
  direction: 'in',
  request: parseSchemaTree({ rows: { type: 'object', array: true, fields: { number: 'string' } } }, 'request'),
  reply: 'ack',
  schedule: { pace: { kind: 'every', ms: 1_500 }, missed: 'runOnce', overlap: 'skip' },
};

const incoming = (name: OrderRoute, reply: PublishedRoute['reply'], keys: { order?: string }): PublishedRoute => ({
  ...anyRoute(name),
  operation: 'receive',
  direction: 'in',
  reply,
  keys: { idempotency: null, order: keys.order ?? null, business: {} },
});

const outgoing = (name: string, onUnknown: PublishedRoute['onUnknown']): PublishedRoute => ({ ...anyRoute(name), operation: 'call', direction: 'out', onUnknown });
