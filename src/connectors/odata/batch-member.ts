/** The operations of a message as requests inside a batch. Pure. */
import { failure, isObject, printJson, type Failure, type SpecValues, type Value, type ValueObject } from '../../sdk/index.ts';
import type { batch } from './batch-spec.ts';
import type { EntitySet } from './edm.ts';
import type { Work } from './exchange.ts';
import { keyText, rowAddress, setNamed } from './key.ts';
import { writeRow } from './row-writing.ts';
import type { Warning } from './warning.ts';
import { returnRow, versionOf } from './write-headers.ts';

const operations = ['create', 'update', 'delete', 'get'] as const;

export interface BatchMember {
  /** Unique in the batch; other members may refer to the row as `$id`. */
  id: string;
  operation: (typeof operations)[number];
  set: EntitySet;
  /** For a person; empty for a row to be. */
  key: string;
  /** Members of one group are carried out together or not at all. */
  group: string | undefined;
  /** Members that have to come before this one. */
  after: readonly string[];
  repeatable: boolean;
  /** What had to be changed so that the service takes it. */
  warnings: readonly Warning[];
  method: string;
  /** Of the service's root, percent-encoded. */
  path: string;
  headers: Readonly<Record<string, string>>;
  /** JSON text. */
  body: string | undefined;
  /** The row of a create or update as it went out. */
  sent: ValueObject | undefined;
}

type Route = SpecValues<typeof batch>;

const fields = ['operation', 'id', 'set', 'row', 'key', 'etag', 'group', 'into'] as const;

/** Reads `operations` of the message. Failures name the operation: `odata.batchMember`, and those of rows and keys. */
export function readMembers(work: Work, route: Route): readonly BatchMember[] {
  const list = work.message['operations'];
  if (!Array.isArray(list)) throw failure('connection.valueWrongType', { connection: work.context.name, attribute: 'operations', expected: 'array', actual: typeof list });
  const members: BatchMember[] = [];
  const known = new Map<string, BatchMember>();
  for (const [index, operation] of (list as readonly Value[]).entries()) {
    const member = readMember(work, route, operation, index, known);
    if (known.has(member.id)) throw wrong(work, index, `id "${member.id}" is there twice`);
    known.set(member.id, member);
    members.push(member);
  }
  return members;
}

const wrong = (work: Work, index: number, detail: string): Failure => failure('odata.batchMember', { connection: work.context.name, place: `operations[${index}]`, detail });

function readMember(work: Work, route: Route, value: Value, index: number, known: ReadonlyMap<string, BatchMember>): BatchMember {
  if (!isObject(value)) throw wrong(work, index, 'an object is expected');
  const strange = Object.keys(value).find((name) => !fields.some((field) => field === name));
  if (strange !== undefined) throw wrong(work, index, `unknown field "${strange}"; there are ${fields.join(', ')}`);
  const text = (name: (typeof fields)[number]): string | undefined => {
    const found = value[name];
    if (found === undefined || found === null) return undefined;
    // Inside the frame of a batch a line end would begin a header of its own.
    if (typeof found !== 'string' || found === '' || /[\x00-\x1f\x7f]/.test(found)) throw wrong(work, index, `${name}: a text without line ends is expected`);
    return found;
  };
  const operation = operations.find((each) => each === text('operation'));
  if (operation === undefined) throw wrong(work, index, `operation: ${operations.join(', ')} is expected`);
  const id = text('id') ?? String(index + 1);
  if (!/^[A-Za-z0-9_-]{1,50}$/.test(id)) throw wrong(work, index, 'id: up to 50 letters, digits, _ and - are expected');
  const group = operation === 'get' ? undefined : (text('group') ?? (route.atomic ? '' : undefined));
  if (operation === 'get' && text('group') !== undefined) throw wrong(work, index, 'group: only changes are grouped, a get is not');
  const into = placeOf(work, index, operation, text('into'), known);
  const name = text('set') ?? route.set;
  if (into === undefined && name === undefined) throw wrong(work, index, 'set: neither the operation nor the route names one');
  const set = into?.set ?? setNamed(work.context.name, work.described.model, name ?? '');
  const row = objectOf(work, index, value, operation === 'create' || operation === 'update' ? 'row' : 'key');
  const warnings: Warning[] = [];
  const rest = { id, operation, set, group, warnings, repeatable: operation === 'get' || (operation !== 'create' && route.match !== 'etag') };
  const etag = text('etag');
  const place = { connection: work.context.name, dialect: work.described.dialect };
  const written = (given: ValueObject): { sent: ValueObject; body: string } => {
    const sent = writeRow({ ...place, model: work.described.model, set: set.name, warn: (warning) => warnings.push(warning) }, set.type, given);
    return { sent, body: printJson(sent) };
  };
  const after = [...new Set([...(into === undefined ? [] : [into.parent]), ...referencesOf(row)])];
  const unknown = after.find((each) => !known.has(each));
  if (unknown !== undefined) throw wrong(work, index, `"$${unknown}" is no earlier operation`);
  switch (operation) {
    case 'create':
      return { ...rest, key: '', after, method: 'POST', path: into?.path ?? encodeURIComponent(set.name), headers: returnRow(work.described.dialect), ...written(row) };
    case 'update': {
      const changed = Object.fromEntries(Object.entries(row).filter(([field]) => !set.type.keys.includes(field)));
      return { ...rest, key: keyText(set, row), after, method: work.described.rules.patch, path: rowAddress(place, set, row), headers: { ...returnRow(work.described.dialect), ...versionOf(work, route.match, etag) }, ...written(changed) };
    }
    case 'delete':
      return { ...rest, key: keyText(set, row), after, method: 'DELETE', path: rowAddress(place, set, row), headers: versionOf(work, route.match === 'absent' ? 'auto' : route.match, etag), body: undefined, sent: undefined };
    case 'get':
      return { ...rest, key: keyText(set, row), after, method: 'GET', path: rowAddress(place, set, row), headers: {}, body: undefined, sent: undefined };
  }
}

function objectOf(work: Work, index: number, value: ValueObject, name: 'row' | 'key'): ValueObject {
  const found = value[name];
  if (!isObject(found)) throw wrong(work, index, `${name}: an object is expected`);
  return found;
}

/** `into: "order/Items"`: a row below the row that the member `order` creates. */
function placeOf(work: Work, index: number, operation: string, into: string | undefined, known: ReadonlyMap<string, BatchMember>): { parent: string; path: string; set: EntitySet } | undefined {
  if (into === undefined) return undefined;
  if (operation !== 'create') throw wrong(work, index, 'into: only a create goes into another row');
  const [parent = '', name = '', ...more] = into.split('/');
  const above = known.get(parent);
  const navigation = above?.set.type.navigations.get(name);
  const type = work.described.model.types.get(navigation?.type ?? '');
  if (above === undefined || type === undefined || more.length > 0) throw wrong(work, index, `into: "${into.slice(0, 80)}" is no navigation of an earlier operation`);
  const set = [...work.described.model.sets.values()].find((each) => each.type === type);
  return { parent, path: `$${parent}/${encodeURIComponent(name)}`, set: set ?? { name: `${above.set.name}/${name}`, type, kind: 'generic' } };
}

/** `"Order@odata.bind": "$order"` means the row that another member creates. */
const referencesOf = (row: ValueObject): readonly string[] => Object.entries(row).flatMap(([name, value]) => {
  const texts: readonly Value[] = Array.isArray(value) ? value : [value ?? null];
  return name.endsWith('@odata.bind') ? texts.flatMap((text) => (typeof text === 'string' && text.startsWith('$') ? [text.slice(1)] : [])) : [];
});
