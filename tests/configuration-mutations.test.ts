import { fileURLToPath } from 'node:url';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { readConfigurationFolder } from '../src/cli/configuration-folder.ts';
import { printObject } from '../src/cli/configuration-print.ts';
import { connectors } from '../src/connectors/registry.ts';
import { isPlainObject, type Plain, type PlainObject, type SourceDocument } from '../src/core/configuration/object-document.ts';
import type { StoredObject } from '../src/core/configuration/plan.ts';
import { propose } from '../src/core/configuration/proposal.ts';
import { SnapshotBuilder } from '../src/core/configuration/snapshot.ts';
import { connectorCatalogue } from '../src/engine/connector-catalogue.ts';

const { documents } = await readConfigurationFolder(fileURLToPath(new URL('../demo/configuration', import.meta.url)));
const context = { connectors: connectorCatalogue(connectors), environment: null };
const addresses = new Map<string, string | number>([['demoPartner', 'http://127.0.0.1:9001'], ['demoWarehousePort', 5433], ['demoWarehouseDatabase', 'w'], ['demoWarehouseUser', 'u']]);
const secrets = new Map([['demoPartner', 1], ['demoWarehouse', 1]]);

const check = (mutated: readonly SourceDocument[]): ReturnType<typeof propose> => {
  let next = 0;
  return propose({ stored: { revision: 0, objects: [], addresses, secrets }, newestTemplates: [], documents: mutated, options: { prune: false }, context, newTemplateId: () => (next++).toString(16).padStart(8, '0'), print: printObject });
};

/** All paths of a document. */
function paths(value: Plain, path: readonly (string | number)[] = []): readonly (readonly (string | number)[])[] {
  const below = Array.isArray(value) ? value.flatMap((item: Plain, index) => paths(item, [...path, index])) : isPlainObject(value) ? Object.entries(value).flatMap(([key, item]) => paths(item, [...path, key])) : [];
  return path.length === 0 ? below : [path, ...below];
}

/** The document with another value at `path`; undefined removes it. Objects have no prototype, as those of files. */
function changed(value: Plain, [step, ...rest]: readonly (string | number)[], to: Plain | undefined): Plain {
  const inner = (old: Plain): Plain | undefined => (rest.length === 0 ? to : changed(old, rest, to));
  if (Array.isArray(value)) return value.flatMap((item: Plain, index) => (index === step ? [inner(item)].filter((one) => one !== undefined) : [item]));
  if (!isPlainObject(value)) return value;
  const made: Record<string, Plain> = Object.create(null);
  for (const [key, item] of Object.entries(value)) {
    const now = key === step ? inner(item) : item;
    if (now !== undefined) made[key] = now;
  }
  return made;
}

const hostile = fc.constantFrom<Plain | undefined>(
  undefined, null, true, 0, -1, 1.5, 1e15, '', 'x', '=', '==', '=(', '=$', '=$x', '=%', '=message', '${secret:x}', '${address:', '__proto__', 'constructor', "'; --", 'имя', [], [null], [[]], [{}],
  Object.create(null) as PlainObject, Object.assign(Object.create(null) as object, { type: Object.create(null) as PlainObject }) as PlainObject, Object.assign(Object.create(null) as object, { toString: 'x' }) as PlainObject,
);

test('the demo itself has no mistakes', () => {
  expect(check(documents).findings).toEqual([]);
});

test('whatever is written at any place of the demo is judged and never crashes, here or in a node', () => {
  const places = documents.flatMap((document, index) => paths(document.document).map((path) => ({ index, path })));
  fc.assert(
    fc.property(fc.array(fc.record({ place: fc.constantFrom(...places), to: hostile }), { minLength: 1, maxLength: 3 }), (mutations) => {
      const mutated = documents.map((document, index) => {
        const all = mutations.filter(({ place }) => place.index === index);
        // The path leads into an object, so that an object comes out.
        return { ...document, document: all.reduce<Plain>((value, { place, to }) => changed(value, place.path, to), document.document) as PlainObject };
      });
      const { findings } = check(mutated);
      for (const finding of findings) expect(finding.place?.line).toBeGreaterThan(0);
      const stored: StoredObject[] = mutated.map((document) => ({ ...document, id: `${document.kind} ${document.name}`, version: 1 }));
      const { templates } = check(documents);
      new SnapshotBuilder(context).build({ revision: 1, objects: stored, addresses, secrets }, templates.catalogue);
    }),
    { numRuns: 400 },
  );
});
