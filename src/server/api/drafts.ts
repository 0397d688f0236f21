/** Drafts: saved by one person at a time, validated and published alone or together. */
import { draftOperations } from '../../api/drafts.ts';
import { mayView, rightToEdit, rightToView } from '../../core/access/object-rights.ts';
import type { Draft } from '../../core/configuration/draft.ts';
import { assertMeant } from '../../core/configuration/environment.ts';
import type { Finding } from '../../core/configuration/object-document.ts';
import { isEmptyPlan } from '../../core/configuration/plan.ts';
import { failure, type Lang } from '../../core/failure.ts';
import { printJson } from '../../core/json.ts';
import { limits } from '../../core/limits.ts';
import { isSystemName } from '../../core/system-name.ts';
import type { ValueObject } from '../../core/value.ts';
import { draftFile, type DraftContext, proposeDrafts, publishDrafts } from '../../engine/publish-drafts.ts';
import { assertMayPublish, forbiddenObjects, type PublishRights } from '../publish-rights.ts';
import { assertMay } from '../sign-in.ts';
import { draftJson } from './draft-json.ts';
import { good, handle, type Answered, type Handler } from './handler.ts';
import { assertNew, wantedVersion } from './if-match.ts';
import type { ApiParts } from './parts.ts';
import { planJson, visibleTo } from './plan-json.ts';
import { answerPublished } from './published.ts';

export function draftHandlers(parts: ApiParts): readonly Handler[] {
  const { accounts, configuration, configurationStore: store, apply, readDocument } = parts;
  const context: DraftContext = { ...apply, readDocument };
  const publishRights = (): PublishRights => ({ accounts, rules: configuration.current().access, connectors: apply.connectors });
  return [
    handle(draftOperations.listDrafts, async ({ caller, lang }) => {
      const [all, { stored }] = await Promise.all([store.drafts.list(), store.load()]);
      const drafts = all.filter(({ kind }) => mayView(caller.may, kind));
      return good({ drafts: await Promise.all(drafts.map((draft) => draftJson(store, draft, stored.objects, lang))) });
    }),

    handle(draftOperations.getDraft, async ({ params, caller, lang }) => {
      assertMay(caller, rightToView(params.kind));
      const draft = await store.drafts.find(params);
      if (draft === null) throw failure('draft.none', params);
      return shown(draft, lang);
    }),

    handle(draftOperations.saveDraft, async ({ params: { kind, name }, body, headers, caller, lang }) => {
      assertMay(caller, rightToEdit(kind));
      if (!isSystemName(name)) throw failure('config.systemName', { name: name.slice(0, 80) });
      const source = sourceOf(kind, name, body);
      const { stored } = await store.load();
      const published = stored.objects.find((object) => object.kind === kind && object.name === name)?.version ?? 0;
      const begun = await store.drafts.find({ kind, name });
      assertNew(headers, { kind: `draft of ${kind}`, name }, begun !== null);
      const base = body.base ?? (begun === null ? published : null);
      return shown(await store.drafts.save({ kind, name, source, base, by: caller.account.name, edit: wantedVersion(headers['if-match']), takeOver: body.takeOver ?? false }), lang);
    }),

    handle(draftOperations.discardDraft, async ({ params, query, headers, caller }) => {
      assertMay(caller, rightToEdit(params.kind));
      const gone = await store.drafts.discard({ ...params, by: caller.account.name, edit: wantedVersion(headers['if-match']), takeOver: query.takeOver ?? false });
      if (!gone) throw failure('draft.none', params);
      return { status: 204 };
    }),

    handle(draftOperations.validateDrafts, async ({ body, caller, lang }) => {
      for (const { kind } of body.objects) assertMay(caller, rightToView(kind));
      const proposal = await proposeDrafts(store, body.objects, body.hideRecords ?? false, context);
      const forbidden = await forbiddenObjects(proposal, caller, publishRights());
      return good(planJson(visibleTo(caller, proposal), [...proposal.findings, ...forbidden], lang, among(proposal.drafts)));
    }),

    handle(draftOperations.publishDrafts, async ({ body, caller, actor, lang, signal }) => {
      const proposal = await proposeDrafts(store, body.objects, body.hideRecords ?? false, context);
      if (!isEmptyPlan(proposal.plan)) assertMeant(await store.environment(), body.environment ?? null);
      await assertMayPublish(proposal, caller, publishRights());
      const published = await publishDrafts(store, proposal, caller.account.name, body.note ?? 'API', { actor });
      return await answerPublished(parts, published, { plan: planJson(visibleTo(caller, proposal), [], lang, among(proposal.drafts)) }, { lang, signal });
    }),
  ];

  async function shown(draft: Draft, lang: Lang): Promise<Answered> {
    const { stored } = await store.load();
    return { status: 200, body: await draftJson(store, draft, stored.objects, lang), headers: { etag: `"${draft.edit}"` } };
  }

  /** Null for a draft that deletes. A document given as data is kept in the usual layout. */
  function sourceOf(kind: Draft['kind'], name: string, { yaml, document, deletes }: { yaml?: string; document?: ValueObject; deletes?: boolean }): string | null {
    if ([yaml, document, deletes === true ? true : undefined].filter((given) => given !== undefined).length !== 1) throw failure('http.exactlyOne', { fields: ['yaml', 'document', 'deletes'] });
    if (deletes === true) return null;
    const text = yaml ?? printed(kind, name, printJson(document ?? {}));
    if (Buffer.byteLength(text) > limits.configurationFileBytes.value) throw failure('config.tooLarge', { file: draftFile({ kind, name }), limit: limits.configurationFileBytes.value });
    return text;
  }

  /** What cannot be read as a document of this platform stays as it came: a validation says why. */
  function printed(kind: Draft['kind'], name: string, json: string): string {
    const { document } = readDocument(draftFile({ kind, name }), new TextEncoder().encode(json));
    return document === null ? `${json}\n` : apply.print(document);
  }
}

const among = (drafts: readonly Draft[]) => ({ place, kind, name }: Finding): number | null => {
  const found = drafts.findIndex((draft) => (place === undefined ? draft.kind === kind && draft.name === name : draftFile(draft) === place.file));
  return found < 0 ? null : found;
};
