/** Whether the references of a row lead somewhere: 1C stores one to nothing and answers 200. */
import { failure, Failure, isObject, type Value, type ValueObject } from '../../sdk/index.ts';
import type { EdmModel, EdmProperty, PropertyRole, StructuredType } from './edm.ts';
import type { Difference } from './comparison.ts';
import { readPage } from './envelope.ts';
import type { Work } from './exchange.ts';
import { printQuery } from './query-string.ts';
import type { ReferenceBook } from './reference-book.ts';
import { readBeside } from './side-reading.ts';
import type { Warning } from './warning.ts';

interface Reference {
  field: string;
  set: string;
  key: string;
}

/** The key is there, and no row of the set has it. */
export interface BrokenReference extends Difference {
  sent: string;
  target: string;
}

/** `odata.brokenReference`, naming every field, the set and the key, before anything is sent. */
export const refuseBroken = ({ context }: Work, set: string, [first, ...others]: readonly BrokenReference[]): Failure | undefined =>
  first && failure('odata.brokenReference', { connection: context.name, set, field: first.field, key: first.sent, target: first.target, more: others.map(({ field }) => field).join(', ') || '–' });

export interface FoundReferences {
  broken: readonly BrokenReference[];
  /** Those of which the service doesn't tell. */
  unsure: readonly Warning[];
}

/** One reading a set and chunk of keys. `sent` is a row as `readRow` gives it. */
export async function findReferences(work: Work, book: ReferenceBook, type: StructuredType, sent: ValueObject): Promise<FoundReferences> {
  const bySet = Map.groupBy(referencesOf(work.described.model, type, sent, '').filter(({ set, key }) => !book.has(set, key)), ({ set }) => set);
  const broken: BrokenReference[] = [];
  const unsure: Warning[] = [];
  for (const [set, references] of bySet) {
    const keys = [...new Set(references.map(({ key }) => key))];
    for (let start = 0; start < keys.length; start += chunkKeys) {
      const chunk = keys.slice(start, start + chunkKeys);
      const asked = references.filter(({ key }) => chunk.includes(key));
      const found = await existing(work, set, chunk);
      if (found instanceof Failure) unsure.push(...asked.map(({ field }) => ({ code: 'odata.referenceUnchecked' as const, field, detail: found.text('en') })));
      else {
        for (const key of found) book.add(set, key);
        broken.push(...asked.filter(({ key }) => !found.has(key)).map(({ field, key }) => ({ field, sent: key, stored: key, kind: 'brokenReference' as const, target: set })));
      }
    }
  }
  return { broken, unsure };
}

/** As many terms as fit into the query that IIS takes. */
const chunkKeys = 20;

async function existing(work: Work, set: string, keys: readonly string[]): Promise<ReadonlySet<string> | Failure> {
  const filter = keys.map((key) => `Ref_Key eq guid'${key}'`).join(' or ');
  const path = encodeURIComponent(set) + printQuery(work.context.name, work.described, [['$filter', filter], ['$select', 'Ref_Key'], ['$top', String(keys.length)]]);
  const { answer, refused } = await readBeside(work, set, path);
  // Trouble of the moment is the call's own: it has not been sent yet.
  if (refused !== undefined && refused.next.kind !== 'fail' && refused.next.kind !== 'park') throw refused;
  if (refused !== undefined) return refused;
  const rows = answer.value === undefined ? [] : (readPage(answer.value)?.rows ?? []);
  return new Set(rows.flatMap((row) => (isObject(row) && typeof row['Ref_Key'] === 'string' ? [row['Ref_Key'].toLowerCase()] : [])));
}

function referencesOf(model: EdmModel, type: StructuredType | undefined, row: ValueObject, path: string): readonly Reference[] {
  return Object.entries(row).flatMap(([name, value]): readonly Reference[] => {
    const property = type?.properties.get(name);
    const field = path === '' ? name : `${path}.${name}`;
    if (Array.isArray(value)) return value.flatMap((item: Value, index) => (isObject(item) ? referencesOf(model, model.types.get(property?.type ?? ''), item, `${field}[${index}]`) : []));
    const set = property === undefined ? undefined : targetOf(model, roleOf(model, type, property), row, name);
    return set === undefined || typeof value !== 'string' || !uuid.test(value) || value === zeroGuid ? [] : [{ field, set, key: value.toLowerCase() }];
  });
}

/** Rows inside an owner are described without their navigations; the same rows as a set of their own have them. */
function roleOf(model: EdmModel, type: StructuredType | undefined, { name, role }: EdmProperty): PropertyRole {
  const twin = type?.name.replace(/_RowType$/, '');
  const told = role.kind !== 'ref' || role.sets.length > 0 || twin === undefined ? undefined : (model.types.get(twin)?.properties.get(name) ?? model.types.get(`${twin}_RecordType`)?.properties.get(name));
  return told?.role ?? role;
}

/** The one set that a value leads to, when the description tells it. */
function targetOf(model: EdmModel, role: PropertyRole, row: ValueObject, name: string): string | undefined {
  const typed = row[`${name}_Type`];
  const sets = role.kind === 'ref' ? role.sets : role.kind === 'composite' && typeof typed === 'string' ? [typed.replace(`${model.namespace}.`, '')] : [];
  const set = sets.length === 1 ? sets[0] : undefined;
  return set !== undefined && model.sets.get(set)?.type.keys.join() === 'Ref_Key' ? set : undefined;
}

const uuid = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;
const zeroGuid = '00000000-0000-0000-0000-000000000000';
