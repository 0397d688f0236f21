/** From documents to a proposal, and from an agreed proposal to a revision. The CLI, the API and the demo all go this way. */
import type { ConfigurationStore } from '../core/configuration/configuration-store.ts';
import type { Draft } from '../core/configuration/draft.ts';
import type { Finding, ObjectDocument, SourceDocument } from '../core/configuration/object-document.ts';
import { isEmptyPlan, type PlanOptions } from '../core/configuration/plan.ts';
import { type Proposal, propose } from '../core/configuration/proposal.ts';
import type { SnapshotContext } from '../core/configuration/snapshot.ts';
import { failure, type Problem } from '../core/failure.ts';
import type { Random } from '../core/ports.ts';

export interface ApplyContext extends SnapshotContext {
  random: Random;
  /** The text of an object that was not applied from a file. */
  readonly print: (object: ObjectDocument) => string;
}

export interface ReadyProposal extends Proposal {
  hideRecords: boolean;
  /** Templates that would go, and how many records they have; only those with some. */
  hidden: readonly { template: string; count: number }[];
}

/** Writes nothing. `proposal.findings` says all that stands in the way. */
export async function proposeConfiguration(store: ConfigurationStore, documents: readonly SourceDocument[], options: PlanOptions, context: ApplyContext): Promise<ReadyProposal> {
  const { stored } = await store.load();
  const newestTemplates = await store.newestTemplates();
  const hideRecords = options.hideRecords === true;
  const newTemplateId = (): string => Buffer.from(context.random.bytes(4)).toString('hex');
  const proposal = propose({ stored, newestTemplates, documents, options, context, newTemplateId, print: context.print });
  const hidden = await recordsOfRetired(store, proposal);
  const kept: readonly Finding[] = hideRecords ? [] : hidden.map(({ template, count }) => ({ kind: 'Template', name: template, path: '', code: 'template.hasRecords', parameters: { template, count } }));
  return { ...proposal, hideRecords, hidden, findings: [...proposal.findings, ...kept] };
}

/** Returns the revision, which stays the same when there is nothing to do. `drafts` are gone with it. Throws `config.invalid` for a proposal with findings. */
export async function publishProposal(store: ConfigurationStore, proposal: ReadyProposal, by: string, note: string, drafts: readonly Draft[] = []): Promise<number> {
  const { base, plan, templates, findings, hideRecords } = proposal;
  if (findings.length > 0) throw failure('config.invalid', { count: findings.length }, { problems: findings.map(problemOf) });
  if (isEmptyPlan(plan)) return base;
  return await store.publish({ base, by, note, creates: plan.creates, changes: plan.changes, relaid: plan.relaid, deletes: plan.deletes, hideRecords, drafts }, templates.plan);
}

async function recordsOfRetired(store: ConfigurationStore, { templates }: Proposal): Promise<ReadyProposal['hidden']> {
  const hidden: { template: string; count: number }[] = [];
  for (const template of templates.plan.templates) {
    const count = template.retired === true ? await store.countRecords(template) : 0;
    if (count > 0) hidden.push({ template: template.name, count });
  }
  return hidden;
}

/** A finding as one of the problems of a refusal. */
export function problemOf({ place, kind, name, path, code, parameters }: Finding): Problem {
  const where = place === undefined ? `${kind ?? ''} ${name ?? ''}` : `${place.file}:${place.line}:${place.column}`;
  return { path: path === '' ? where : `${where} ${path}`, code, parameters };
}
