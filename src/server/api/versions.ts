/** Published versions of one object: shown, compared, restored. */
import { versionOperations } from '../../api/versions.ts';
import { rightToEdit, rightToView } from '../../core/access/object-rights.ts';
import { differences } from '../../core/configuration/document-difference.ts';
import type { DraftName } from '../../core/configuration/draft.ts';
import type { PlainObject } from '../../core/configuration/object-document.ts';
import type { ObjectVersion, ObjectVersionText } from '../../core/configuration/object-version.ts';
import { failure } from '../../core/failure.ts';
import { nearestKnown } from '../../core/nearest-known.ts';
import type { ValueObject } from '../../core/value.ts';
import { problemOf } from '../../engine/apply-configuration.ts';
import { draftFile } from '../../engine/publish-drafts.ts';
import { assertMay } from '../sign-in.ts';
import { draftJson } from './draft-json.ts';
import { good, handle, type Handler } from './handler.ts';
import { printListCursor, readListCursor } from './list-cursor.ts';
import type { ApiParts } from './parts.ts';
import { plainJson } from './plain-json.ts';
import { changeJson } from './plan-json.ts';

/** One side of a comparison. */
interface Side {
  label: string;
  document: PlainObject;
  yaml: string;
}

export function versionHandlers({ configurationStore: store, apply, readDocument }: ApiParts): readonly Handler[] {
  return [
    handle(versionOperations.getObject, async ({ params, caller, lang }) => {
      assertMay(caller, rightToView(params.kind));
      const found = await published(params);
      const draft = await store.drafts.find(params);
      const { stored } = await store.load();
      const shown = draft === null ? null : await draftJson(store, draft, stored.objects, lang);
      return { status: 200, body: { ...versionJson(found), ...textJson(found), draft: shown }, headers: { etag: `"${found.version}"` } };
    }),

    handle(versionOperations.listVersions, async ({ params, caller, query: { limit = 100, cursor } }) => {
      assertMay(caller, rightToView(params.kind));
      const list = `versions ${params.kind} ${params.name}`;
      const before = Number(readListCursor(list, cursor) ?? Number.NaN);
      const versions = await store.versions.list(params, { limit: limit + 1, ...(Number.isSafeInteger(before) ? { before } : {}) });
      if (versions.length === 0 && cursor === undefined) throw await unknown(params);
      const page = versions.slice(0, limit);
      const last = page.at(-1);
      return good({ versions: page.map(versionJson), cursor: versions.length > limit && last !== undefined ? printListCursor(list, String(last.version)) : null });
    }),

    handle(versionOperations.getVersion, async ({ params, caller }) => {
      assertMay(caller, rightToView(params.kind));
      const found = await versionOf(params, Number(params.version));
      return { status: 200, body: { ...versionJson(found), ...textJson(found) }, headers: { etag: `"${found.version}"` } };
    }),

    handle(versionOperations.compareVersions, async ({ params, query, caller, lang }) => {
      assertMay(caller, rightToView(params.kind));
      const [from, to] = [await sideOf(params, query.from), await sideOf(params, query.to)];
      const changes = differences(from.document, to.document);
      return good({ from: from.label, to: to.label, changes: changes.map((change) => changeJson(change, lang)), layout: changes.length === 0 && from.yaml !== to.yaml });
    }),

    handle(versionOperations.restoreVersion, async ({ params: { version, ...name }, body, caller, lang }) => {
      assertMay(caller, rightToEdit(name.kind));
      const found = await versionOf(name, Number(version));
      if (found.document === null) throw failure('config.deletedVersion', { ...name, version });
      const { stored } = await store.load();
      const base = stored.objects.find((object) => object.kind === name.kind && object.name === name.name)?.version ?? 0;
      const draft = await store.drafts.save({ ...name, source: yamlOf(found, found.document), base, by: caller.account.name, edit: null, takeOver: body.takeOver ?? false });
      return { status: 200, body: await draftJson(store, draft, stored.objects, lang), headers: { etag: `"${draft.edit}"` } };
    }),
  ];

  async function published(name: DraftName): Promise<ObjectVersionText> {
    const found = await store.versions.find(name);
    if (found === null || found.deleted) throw await unknown(name);
    // Comments and order may have changed after the version was made.
    const { stored } = await store.load();
    const present = stored.objects.find((object) => object.kind === name.kind && object.name === name.name);
    return present === undefined ? found : { ...found, document: present.document, source: present.source };
  }

  async function versionOf(name: DraftName, version: number): Promise<ObjectVersionText> {
    const found = await store.versions.find(name, version);
    if (found === null) throw failure('config.unknownVersion', { kind: name.kind, name: name.name, version });
    return found;
  }

  async function unknown({ kind, name }: DraftName): Promise<Error> {
    const { stored } = await store.load();
    const names = stored.objects.filter((object) => object.kind === kind).map((object) => object.name);
    return failure('config.unknownObject', { kind, name: name.slice(0, 80), nearest: nearestKnown(name, names) });
  }

  /** A number, `draft`, or undefined for what is published. */
  async function sideOf(name: DraftName, which: string | undefined): Promise<Side> {
    if (which === 'draft') return await draftSide(name);
    const found = which === undefined ? await published(name) : await versionOf(name, Number(which));
    if (found.document === null) throw failure('config.deletedVersion', { kind: name.kind, name: name.name, version: found.version });
    return { label: String(found.version), document: found.document, yaml: yamlOf(found, found.document) };
  }

  async function draftSide(name: DraftName): Promise<Side> {
    const draft = await store.drafts.find(name);
    if (draft === null) throw failure('draft.none', { kind: name.kind, name: name.name });
    if (draft.source === null) return { label: 'draft', document: {}, yaml: '' };
    const { document, findings } = readDocument(draftFile(draft), new TextEncoder().encode(draft.source));
    if (document === null) throw failure('config.invalid', { count: findings.length }, { problems: findings.map(problemOf) });
    return { label: 'draft', document: document.document, yaml: document.source };
  }

  function textJson(found: ObjectVersionText): ValueObject {
    return { yaml: found.document === null ? null : yamlOf(found, found.document), document: found.document === null ? null : plainJson(found.document) };
  }

  function yamlOf({ kind, name, source }: ObjectVersionText, document: PlainObject): string {
    return source ?? apply.print({ kind, name, document });
  }
}

const versionJson = ({ kind, name, version, revision, at, by, note, deleted }: ObjectVersion): ValueObject => ({ kind, name, version, revision, at, by, note, deleted });
