/** From drafts to a proposal and to a revision: one object, or several that only make sense together. */
import type { ConfigurationStore, Published } from '../core/configuration/configuration-store.ts';
import type { Draft, DraftName } from '../core/configuration/draft.ts';
import type { Finding, SourceDocument } from '../core/configuration/object-document.ts';
import { isEmptyPlan, keyOf, type StoredObject } from '../core/configuration/plan.ts';
import { failure, type Failure } from '../core/failure.ts';
import type { Actor } from '../core/audit.ts';
import { type ApplyContext, proposeConfiguration, publishProposal, type ReadyProposal } from './apply-configuration.ts';

export interface DraftContext extends ApplyContext {
  /** Reads one document of text; `file` is its name in findings. */
  readonly readDocument: (file: string, bytes: Uint8Array) => { document: SourceDocument | null; findings: readonly Finding[] };
}

export interface DraftProposal extends ReadyProposal {
  drafts: readonly Draft[];
  /** Drafts whose object was published again after they had begun. */
  outdated: readonly Failure[];
}

/** A file name by which findings tell which of the drafts they mean. */
export const draftFile = ({ kind, name }: DraftName): string => `${kind}/${name}`;

/** Writes nothing. Throws `draft.none`. */
export async function proposeDrafts(store: ConfigurationStore, names: readonly DraftName[], hideRecords: boolean, context: DraftContext): Promise<DraftProposal> {
  const drafts = await Promise.all([...new Map(names.map((name) => [keyOf(name), name])).values()].map(async (name) => (await store.drafts.find(name)) ?? none(name)));
  const { stored } = await store.load();
  const read = drafts.map((draft) => readDraft(draft, stored.objects, context));
  const documents = read.flatMap(({ document }) => (document === null ? [] : [document]));
  // A draft with findings is left out of the plan: that it could not be read must not look like a deletion.
  const only = drafts.filter((draft, index) => (draft.source === null ? read[index]?.findings.length === 0 : read[index]?.document !== null));
  const proposal = await proposeConfiguration(store, documents, { prune: true, hideRecords, only }, context);
  const judged = await Promise.all(drafts.map(async ({ kind, name, ...rest }) => ({ kind, name, failed: await outdatedBy(store, { kind, name, ...rest }, stored.objects) })));
  const found = judged.flatMap(({ kind, name, failed }): readonly Finding[] => (failed === null ? [] : [{ kind, name, path: '', code: failed.code, parameters: failed.parameters }]));
  const outdated = judged.flatMap(({ failed }) => (failed === null ? [] : [failed]));
  return { ...proposal, drafts, outdated, findings: [...read.flatMap(({ findings }) => findings), ...found, ...proposal.findings] };
}

/** Throws `draft.outdated`, `draft.changed`, `config.invalid`, `config.changedMeanwhile`, `config.publishing`. */
export async function publishDrafts(store: ConfigurationStore, proposal: DraftProposal, by: string, note: string, { actor, alone = false }: { actor: Actor; alone?: boolean }): Promise<Published> {
  const [outdated] = proposal.outdated;
  if (outdated !== undefined) throw outdated;
  const published = await publishProposal(store, proposal, by, note, { drafts: proposal.drafts, actor, alone });
  // What is published already is nothing to publish: the drafts have done their work all the same.
  if (isEmptyPlan(proposal.plan)) for (const { kind, name, edit } of proposal.drafts) await store.drafts.discard({ kind, name, edit, by, takeOver: true });
  return published;
}

function none({ kind, name }: DraftName): never {
  throw failure('draft.none', { kind, name: name.slice(0, 80) });
}

function readDraft(draft: Draft, stored: readonly StoredObject[], { readDocument }: DraftContext): { document: SourceDocument | null; findings: readonly Finding[] } {
  const { kind, name, source } = draft;
  if (source === null) {
    const found = stored.some((object) => keyOf(object) === keyOf(draft));
    return { document: null, findings: found ? [] : [{ kind, name, path: '', code: 'draft.nothingToDelete', parameters: { kind, name } }] };
  }
  const { document, findings } = readDocument(draftFile(draft), new TextEncoder().encode(source));
  if (document === null || keyOf(document) === keyOf(draft)) return { document, findings: findings.map((finding) => ({ ...finding, kind, name })) };
  const other: Finding = { kind, name, place: document.locate(['name']), path: 'name', code: 'draft.otherObject', parameters: { kind, name, other: keyOf(document) } };
  return { document: null, findings: [...findings, other] };
}

/** Null when the draft still stands on what is published. */
export async function outdatedBy(store: ConfigurationStore, draft: Draft, stored: readonly StoredObject[]): Promise<Failure | null> {
  const present = stored.find((object) => keyOf(object) === keyOf(draft))?.version ?? 0;
  if (present === draft.base) return null;
  const newest = await store.versions.find(draft);
  return failure('draft.outdated', { kind: draft.kind, name: draft.name, base: draft.base, version: present, by: newest?.by ?? '?', at: newest?.at ?? '?' });
}
