/** Fields that a route names and the service has no more: where the route says so they are left out, and told with the receipt. */
import { failure, isObject, type Receipt, type Value, type ValueObject } from '../../sdk/index.ts';
import type { EntitySet } from './edm.ts';
import type { Work } from './exchange.ts';
import { setNamed } from './key.ts';

export interface TolerantRoute {
  set: string;
  missingFields: 'refuse' | 'skip';
  select?: readonly string[] | undefined;
}

/** Runs the operation with what is there. Conditions and orders are never left out: without them other rows would be meant. */
export async function withKnownFields<R extends TolerantRoute>(work: Work, route: R, writes: boolean, run: (work: Work, route: R) => Promise<Receipt>): Promise<Receipt> {
  if (route.missingFields === 'refuse') return run(work, route);
  const { context, described } = work;
  const set = setNamed(context.name, described.model, route.set);
  const named = writes ? Object.keys(work.message).filter((name) => name !== 'etag') : (route.select ?? []);
  const missing = named.filter((name) => !isThere(set, name));
  if (missing.length === 0) return run(work, route);
  const known = writes ? { work: { ...work, message: without(work.message, missing) }, route } : { work, route: { ...route, select: selectOf(route.select ?? [], missing, set) } };
  return warned(await run(known.work, known.route), missing.map((field) => ({
    code: 'odata.fieldMissing', field, detail: failure('odata.fieldMissing', { connection: context.name, set: set.name, field, version: described.model.hash.slice(0, 12) }).text('ru'),
  })));
}

function isThere({ type }: EntitySet, name: string): boolean {
  const head = name.split('/', 1)[0] ?? name;
  const plain = head.replace(/@odata\.(?:bind|type)$/, '').replace(/____Presentation$/, '');
  return type.open || ['*', '**', '@odata.type', 'odata.type'].includes(name) || ['Ref', '*'].includes(plain) || type.properties.has(plain) || type.navigations.has(plain);
}

const without = (message: ValueObject, names: readonly string[]): ValueObject => Object.fromEntries(Object.entries(message).filter(([name]) => !names.includes(name)));

/** With nothing left of it, the key alone is read: an empty selection would mean everything. */
function selectOf(select: readonly string[], missing: readonly string[], { type }: EntitySet): readonly string[] {
  const known = select.filter((name) => !missing.includes(name));
  return known.length > 0 ? known : type.keys;
}

function warned(receipt: Receipt, warnings: readonly ValueObject[]): Receipt {
  if (receipt.kind !== 'ok' || !isObject(receipt.response)) return receipt;
  const earlier: Value | undefined = receipt.response['warnings'];
  return { ...receipt, response: { ...receipt.response, warnings: [...(Array.isArray(earlier) ? (earlier as readonly Value[]) : []), ...warnings] } };
}
