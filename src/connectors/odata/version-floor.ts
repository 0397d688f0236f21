/** Which version of the other side each feature in use needs, and what follows when it is older. Pure. */
import { failure, Failure, type ConnectionContext, type Localised, type Value } from '../../sdk/index.ts';
import type { CapabilityName, Learnt } from './capabilities.ts';
import type { Dialect } from './edm.ts';
import { parseFilter, type Filter } from './filter.ts';
import { onecFloors } from './platform-version.ts';
import type { Connection } from './service-context.ts';
import { reaches } from './version.ts';

type Use = NonNullable<ConnectionContext<Connection>['uses']>[number];

interface Floor {
  /** As protocols and products call it, in any language. */
  feature: string;
  dialects: readonly Dialect[];
  of: 'protocolVersion' | 'platformVersion';
  needed: string;
  /** Whether this route needs it; of a connection with routes of no kind, whether it is needed at all. */
  usedBy(use: Use | undefined, connection: Connection): boolean;
  /** Facts that show that it works, whatever version is named: services do more than their version promises. */
  shownBy?(fact: (name: CapabilityName) => Value): boolean;
  /** Property that does without; with `here` nothing has to be done, because the connector makes up for it. */
  instead: string;
  here?: true;
}

const writes: readonly string[] = ['create', 'update', 'delete', 'batch'];

const floors: readonly Floor[] = [
  { feature: 'OData', dialects: ['1c'], of: 'platformVersion', needed: onecFloors.odata, usedBy: () => true, instead: '–' },
  {
    feature: 'JSON', dialects: ['1c'], of: 'platformVersion', needed: onecFloors.json, instead: 'format: atom',
    usedBy: (use, { format }) => format === 'json' || (use !== undefined && writes.includes(use.operation)),
  },
  {
    feature: 'Prefer: odata.track-changes', dialects: ['v3', 'v4'], of: 'protocolVersion', needed: '4.0', instead: 'query',
    usedBy: (use) => use?.operation === 'changes', shownBy: (fact) => fact('delta') === true,
  },
  { feature: 'Prefer: odata.track-changes', dialects: ['1c'], of: 'protocolVersion', needed: '4.0', instead: 'selectChanges', usedBy: (use) => use?.operation === 'changes' },
  {
    feature: '$batch: application/json', dialects: ['v4'], of: 'protocolVersion', needed: '4.01', instead: 'format: multipart',
    usedBy: (use) => use?.operation === 'batch' && use.properties['format'] === 'json', shownBy: (fact) => { const forms = fact('batch'); return Array.isArray(forms) && forms.includes('json'); },
  },
  { feature: 'any, all', dialects: ['v2', 'sap'], of: 'protocolVersion', needed: '3.0', instead: '–', here: true, usedBy: (use) => filterHas(use, ['any', 'all']) },
  { feature: 'in', dialects: ['v4'], of: 'protocolVersion', needed: '4.01', instead: '–', here: true, usedBy: (use) => filterHas(use, ['in']), shownBy: (fact) => fact('inOperator') === true },
];

function filterHas(use: Use | undefined, ops: readonly Filter['op'][]): boolean {
  const document = use?.properties['filter'];
  if (document === undefined || document === null) return false;
  const has = (filter: Filter): boolean => ops.includes(filter.op) || (typeof filter === 'object' && 'of' in filter && (Array.isArray(filter.of) ? filter.of.some(has) : has(filter.of as Filter))); // one below `not`, `any` and `all`
  try {
    return has(parseFilter(document));
  } catch (error) {
    if (error instanceof Failure) return false; // said where the route is published
    throw error;
  }
}

export interface FloorPlace {
  connection: string;
  properties: Connection;
  dialect: Dialect;
  uses: readonly Use[];
  learnt: readonly Learnt[];
}

/** What is known of the versions, for a person. Throws `odata.versionBelow` where a feature in use cannot work. */
export function judgeVersions({ connection, properties, dialect, uses, learnt }: FloorPlace): Localised {
  const fact = (name: CapabilityName): Value => learnt.find((each) => each.name === name)?.value ?? null;
  const needed = floors.filter((floor) => floor.dialects.includes(dialect) && [undefined, ...uses].some((use) => floor.usedBy(use, properties)) && floor.shownBy?.(fact) !== true);
  const judged = needed.map((floor) => ({ floor, reached: reaches(versionOf(fact, floor), floor.needed) }));
  const below = judged.filter(({ floor, reached }) => reached === false && floor.here !== true).map(({ floor }) => floor);
  const [worst] = below;
  if (worst !== undefined) throw failure('odata.versionBelow', { connection, system: systemOf(worst), version: versionOf(fact, worst) ?? '–', how: wayOf(learnt, worst), features: below.map(shown).join('; ') });
  const open = judged.filter(({ floor, reached }) => reached === undefined && floor.here !== true).map(({ floor }) => floor);
  const here = judged.filter(({ floor, reached }) => reached === false && floor.here === true).map(({ floor }) => floor);
  return told({ connection, known: knownText(fact, dialect), open, here });
}

const versionOf = (fact: (name: CapabilityName) => Value, { of }: Floor): string | null => {
  const version = fact(of);
  return typeof version === 'string' ? version : null;
};

const systemOf = ({ of }: Floor): string => (of === 'platformVersion' ? '1C:Enterprise' : 'OData');

const wayOf = (learnt: readonly Learnt[], { of }: Floor): string => learnt.find(({ name }) => name === of)?.learned ?? '–';

const shown = ({ feature, needed, instead }: Floor): string => `${feature} ≥ ${needed} (${instead})`;

const knownText = (fact: (name: CapabilityName) => Value, dialect: Dialect): string =>
  [...(dialect === '1c' ? [['1C:Enterprise', fact('platformVersion')] as const] : []), ['OData', fact('protocolVersion')] as const].map(([system, version]) => `${system} ${typeof version === 'string' ? version : '?'}`).join(', ');

function told({ connection, known, open, here }: { connection: string; known: string; open: readonly Floor[]; here: readonly Floor[] }): Localised {
  const unknown = open.length === 0 ? undefined : failure('odata.versionUnknown', { connection, system: systemOf(open[0] as Floor), features: open.map(shown).join('; ') }); // not empty here
  const text = (lang: 'ru' | 'en', enough: string, made: string): string =>
    [known, open.length === 0 ? enough : '', here.length === 0 ? '' : `${made}: ${here.map(({ feature, needed }) => `${feature} (${needed})`).join(', ')}`, unknown?.text(lang) ?? ''].filter((part) => part !== '').join('. ');
  return {
    ru: text('ru', 'Всё, чем пользуются маршруты, в этой версии есть', 'Чего в ней нет, проверяется здесь'),
    en: text('en', 'All that routes use is in this version', 'What it lacks is checked here'),
  };
}
