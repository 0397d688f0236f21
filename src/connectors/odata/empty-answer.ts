/** A filter that no row fits: how many there are without it, where the route wants to know. */
import { failure, type SpecValues } from '../../sdk/index.ts';
import type { EntitySet } from './edm.ts';
import { readPage } from './envelope.ts';
import type { Work } from './exchange.ts';
import type { FilteredQuery } from './filtered-query.ts';
import { printQuery } from './query-string.ts';
import { readBeside } from './side-reading.ts';
import type { query } from './spec.ts';
import type { Warning } from './warning.ts';

/** None where nobody asked, or there is no filter to blame. */
export async function emptyWarnings(work: Work, route: SpecValues<typeof query>, { set, plan }: FilteredQuery): Promise<readonly Warning[]> {
  if (route.onEmpty !== 'warn' || route.filter === undefined) return [];
  const { context } = work;
  const filter = [plan.filters[0], plan.residue?.text].filter((part) => part !== undefined).join(' and ') || '–';
  const refused = failure('odata.empty', { connection: context.name, set: set.name, filter: filter.slice(0, 500), count: await countOf(work, route, set) });
  context.log.warn(refused.code, { ...refused.parameters });
  return [{ code: 'odata.empty', field: '', detail: refused.text('ru') }];
}

/** As a text: a service that cannot count says only whether there is one. */
async function countOf(work: Work, { allowedOnly }: SpecValues<typeof query>, set: EntitySet): Promise<string> {
  const { context, described: { dialect, rules } } = work;
  const name = encodeURIComponent(set.name);
  const allowed = allowedOnly && dialect === '1c' ? [['allowedOnly', 'true'] as const] : [];
  if (dialect === '1c') {
    const { answer } = await readBeside(work, set.name, `${name}/$count${printQuery(context.name, work.described, allowed)}`);
    const digits = /^\uFEFF?(\d+)\s*$/.exec(answer.text)?.[1];
    if (digits !== undefined && answer.http.status < 300) return digits;
  }
  const counted = dialect === '1c' || work.service.capabilities.get('count') === false ? [] : [rules.count];
  const { answer, refused } = await readBeside(work, set.name, name + printQuery(context.name, work.described, [['$top', '1'], ...counted, ...allowed]));
  const page = refused === undefined && answer.value !== undefined ? readPage(answer.value) : undefined;
  return page === undefined ? '?' : (page.count ?? (page.rows.length === 0 ? '0' : '≥ 1'));
}
