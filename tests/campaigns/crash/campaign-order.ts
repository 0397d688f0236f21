/** Orders of the campaign: what is posted, and over which route. */
import type { Choices } from '../../../src/sdk/testing/crash/choices.ts';
import type { LoadOrder } from '../../../src/sdk/testing/crash/load.ts';

export const campaignRoutes = ['orders', 'ackOrders', 'askOrders', 'chargeOrders'] as const;
export type CampaignRoute = (typeof campaignRoutes)[number];

export interface CampaignOrder extends LoadOrder {
  route: CampaignRoute;
  body: string;
}

export const pathOf: Readonly<Record<CampaignRoute, string>> = { orders: 'shop/orders', ackOrders: 'campaign/ack', askOrders: 'campaign/ask', chargeOrders: 'campaign/charge' };

/** Clients share customers on the plain route, so that their runs meet; on the ordered one each has its own, whose order is the client's. */
export function campaignOrder(client: number, n: number, choices: Choices, routes: readonly CampaignRoute[]): CampaignOrder {
  const route = choices.one(routes);
  const number = `c${client}-${n}`;
  const phone = route === 'orders' ? `+7900000000${choices.below(3)}` : customerOf(client);
  const lines = Array.from({ length: 1 + choices.below(3) }, (_, index) => ({ sku: `sku-${index}`, qty: 1 + choices.below(5), price: (100 + choices.below(9_900)) / 100 }));
  return { number, route, body: JSON.stringify({ orderId: number, seq: n, customer: { name: `Customer ${phone}`, phone, email: `c${client}@example.test` }, lines }) };
}

export const customerOf = (client: number): string => `+7911000${String(client).padStart(4, '0')}`;
