/** From documents to a proposal, and from an agreed proposal to a revision. The CLI, the API and the demo all go this way. */
import type { ConfigurationStore, Published } from '../core/configuration/configuration-store.ts';
import type { Draft } from '../core/configuration/draft.ts';
import type { Finding, ObjectDocument, Plain, SourceDocument } from '../core/configuration/object-document.ts';
import { auditOf, commandActor, type Actor, type AuditEvent } from '../core/audit.ts';
import { isEmptyPlan, type Plan, type PlanOptions } from '../core/configuration/plan.ts';
import { type Proposal, propose } from '../core/configuration/proposal.ts';
import type { SnapshotContext } from '../core/configuration/snapshot.ts';
import { failure, type Problem } from '../core/failure.ts';
import type { ConversionPreview } from '../core/template-conversion.ts';
import type { HiddenValues, RestoredValues, RoleRecords, ValidationPreview } from '../core/template-outlook.ts';
import type { Random } from '../core/ports.ts';

export interface ApplyContext extends SnapshotContext {
  random: Random;
  /** The text of an object that was not applied from a file. */
  readonly print: (object: ObjectDocument) => string;
  /** The text with one value set. */
  readonly edit: (source: string, path: readonly string[], value: Plain) => string;
}

export interface ReadyProposal extends Proposal {
  hideRecords: boolean;
  /** Templates that would go, and how many records they have; only those with some. */
  hidden: readonly { template: string; count: number }[];
  /** Values whose attribute changes its type. */
  conversions: readonly ConversionPreview[];
  /** Attributes that would be hidden with their values. */
  hiddenValues: readonly HiddenValues[];
  /** Hidden attributes that would come back with their values. */
  restoredValues: readonly RestoredValues[];
  /** New and changed rules of attributes, and which records do not keep them. They stand in nobody's way. */
  validations: readonly ValidationPreview[];
  /** Records that name roles which would be deleted. */
  roleRecords: readonly RoleRecords[];
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
  const conversions = await store.previewConversions(proposal.templates.plan);
  const hiddenValues = await store.countHidden(proposal.templates.plan);
  const restoredValues = await store.countRestored(proposal.templates.plan);
  const validations = (await store.previewValidations(proposal.templates.plan)).filter(({ broken }) => broken > 0);
  const roleRecords = await store.countRoleRecords(proposal.plan.deletes.filter(({ kind }) => kind === 'Role').map(({ name }) => name));
  return { ...proposal, hideRecords, hidden, hiddenValues, restoredValues, conversions, validations, roleRecords, findings: [...proposal.findings, ...kept, ...conversions.flatMap((preview) => conversionFindings(preview, proposal))] };
}

export interface PublishOptions {
  drafts?: readonly Draft[];
  /** For the audit log; a command unless told. */
  actor?: Actor;
  /** No platform runs that would work on a job. */
  alone?: boolean;
}

/**
 * Returns the revision, which stays the same when there is nothing to do, or the job that will bring it. `drafts` are gone with it.
 * Throws `config.invalid` for a proposal with findings, `config.publishing` while another publication is under way.
 */
export async function publishProposal(store: ConfigurationStore, proposal: ReadyProposal, by: string, note: string, { drafts = [], actor = commandActor(note), alone = false }: PublishOptions = {}): Promise<Published> {
  const { base, plan, templates, findings, hideRecords } = proposal;
  if (findings.length > 0) throw failure('config.invalid', { count: findings.length }, { problems: findings.map(problemOf) });
  if (isEmptyPlan(plan)) return { kind: 'revision', revision: base };
  return await store.publish({ base, by, note, creates: plan.creates, changes: plan.changes, relaid: plan.relaid, deletes: plan.deletes, hideRecords, drafts, audit: auditEvents(plan, actor), ...(actor.account === null ? {} : { account: actor.account }), ...(alone ? { alone } : {}) }, templates.plan);
}

/** One row an object; documents hold no secrets. */
function auditEvents({ creates, changes, deletes }: Plan, actor: Actor): readonly AuditEvent[] {
  return [
    ...creates.map(({ kind, name, document }) => auditOf(actor, 'create', kind, name, { to: document })),
    ...changes.map(({ kind, name, details }) => auditOf(actor, 'change', kind, name, { details: details.map(({ path, op, from, to }) => ({ path, op, ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) })) })),
    ...deletes.map(({ kind, name, document }) => auditOf(actor, 'delete', kind, name, { from: document })),
  ];
}

/** What publishing would refuse is said with the plan. */
function conversionFindings({ template, attribute, lost, samples, repeated }: ConversionPreview, { templates }: Proposal): readonly Finding[] {
  const rule = templates.plan.templates.find(({ name }) => name === template)?.attributes.find(({ name }) => name === attribute);
  const about = { kind: 'Template', name: template, path: `attributes.${attribute}` } as const;
  const examples = samples.filter(({ to }) => to === null).map(({ id, from }) => `${from} (${id})`).join(', ');
  return [
    ...(lost > 0 && rule?.required === true ? [{ ...about, code: 'template.conversionLost' as const, parameters: { template, attribute, count: lost, examples } }] : []),
    ...(repeated.length > 0 ? [{ ...about, code: 'template.hasDuplicates' as const, parameters: { template, attribute, examples: repeated.join(', ') } }] : []),
  ];
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
