/** How a filter over one set would be carried out: what the service is asked, what is asked of its rows here and why. Nothing of it is sent. */
import { createPropertyReader, failure, type ExplainedFilter, type ExplainQuery, type Failure, type SpecValues, type ValueObject } from '../../sdk/index.ts';
import { filterOfReading } from './filter-plan.ts';
import { filteredQuery, type FilteredQuery } from './filtered-query.ts';
import { filterText } from './filter-text.ts';
import { keptReasons } from './kept-reason.ts';
import { setNamed } from './key.ts';
import { readingParts } from './read.ts';
import { printQuery } from './query-string.ts';
import { openService, type Described, type Service, type ServiceContext } from './service.ts';
import { query } from './spec.ts';

/** Addresses that are shown; a long list may take hundreds. */
const shownReadings = 20;

/** Failures: those of a query whose filter this is. */
export async function explainFilter(context: ServiceContext, { properties, message }: ExplainQuery, signal: AbortSignal): Promise<ExplainedFilter> {
  const route = readRoute(context.name, properties);
  const service = openService(context);
  try {
    return explainOver(context, service, await service.describe(signal), route, message);
  } finally {
    await service.close();
  }
}

/** Other ways of reading have properties of their own, which say nothing about the filter. */
const readRoute = (connection: string, properties: ValueObject): SpecValues<typeof query> =>
  createPropertyReader(query, `a query over ${connection}`)(Object.fromEntries(Object.entries(properties).filter(([name]) => Object.hasOwn(query, name))));

function explainOver(context: ServiceContext, service: Service, described: Described, route: SpecValues<typeof query>, message: ValueObject): ExplainedFilter {
  const set = setNamed(context.name, described.model, route.set);
  const explained = filteredQuery({ context, service, described, message }, route, set, { startMs: context.clock.wallMs() });
  const { plan: { filters, residue } } = explained;
  return {
    dialect: described.rules.title,
    limitBytes: described.queryBytes,
    readings: filters.slice(0, shownReadings).map((filter, reading) => ({ filter: filter ?? null, ...addressOf(context, service, described, route, explained, reading) })),
    readingCount: filters.length,
    residue: residue === undefined ? null : {
      text: residue.text, needs: residue.needs, expands: residue.expands,
      parts: residue.kept.map(({ condition, reason }) => ({ text: filterText({ connection: context.name, dialect: described.dialect }, condition) ?? 'true', reason, why: keptReasons[reason] })),
    },
  };
}

/** An address that the server would not take is shown with what is wrong with it. */
function addressOf(context: ServiceContext, { root }: Service, described: Described, route: SpecValues<typeof query>, filtered: FilteredQuery, reading: number): { address: string; queryBytes: number; failure: Failure | null } {
  const filter = filterOfReading(context.name, filtered.plan, reading);
  const parts = readingParts({ context, described }, route, filtered, filter);
  const whole = printQuery(context.name, { ...described, queryBytes: Infinity }, parts);
  const queryBytes = Math.max(0, whole.length - 1);
  const tooLong = queryBytes > described.queryBytes ? failure('odata.queryTooLong', { connection: context.name, count: queryBytes, limit: described.queryBytes }) : null;
  return { address: `${root.href.replace(/\/+$/, '')}/${encodeURIComponent(filtered.set.name)}${whole}`, queryBytes, failure: tooLong };
}
