/** From something hidden to a proposal that shows it again: an attribute with its values, a former type, a removed template. */
import type { ConfigurationStore } from '../core/configuration/configuration-store.ts';
import { isPlainObject, type Plain, type PlainObject, type SourceDocument } from '../core/configuration/object-document.ts';
import type { ObjectVersionText } from '../core/configuration/object-version.ts';
import { failure } from '../core/failure.ts';
import { limits } from '../core/limits.ts';
import type { HiddenAttribute } from '../core/template.ts';
import { problemOf, proposeConfiguration, type ReadyProposal } from './apply-configuration.ts';
import { draftFile, type DraftContext } from './publish-drafts.ts';

export interface HiddenName {
  /** System names. */
  template: string;
  attribute: string;
  /** Where several are hidden under one name; else the one that was hidden last. */
  type?: string;
}

export interface RestoredAttribute extends ReadyProposal {
  /** It had to be filled, and some records have no value. */
  madeOptional: boolean;
}

/** Writes nothing. Throws `template.nothingHidden`, `template.nameTaken`, `record.unknownTemplate`. */
export async function proposeHiddenAttribute(store: ConfigurationStore, name: HiddenName, context: DraftContext): Promise<RestoredAttribute> {
  const { template, attribute } = name;
  const hidden = await hiddenNamed(store, name);
  const former = await formerDocument(store, hidden);
  const declared = isPlainObject(former['attributes']) ? former['attributes'][attribute] : undefined;
  if (declared === undefined) throw nothingHidden(name);
  const propose = async (value: Plain): Promise<ReadyProposal> => await proposal(store, await presentWith(store, template, ['attributes', attribute], value, context), context);
  const proposed = await propose(declared);
  if (hidden.convertedTo !== null || !(await leavesEmpty(store, hidden, declared, proposed))) return { ...proposed, madeOptional: false };
  return { ...(await propose({ ...asObject(declared), required: false })), madeOptional: true };
}

/** Writes nothing. Throws `template.nothingHidden`, `template.nameTaken`. */
export async function proposeRemovedTemplate(store: ConfigurationStore, name: string, context: DraftContext): Promise<ReadyProposal> {
  const { stored } = await store.load();
  if (stored.objects.some((object) => object.kind === 'Template' && object.name === name)) throw failure('template.nameTaken', { name: name.slice(0, 80), taken: `Template ${name.slice(0, 80)}` });
  const removed = (await store.removedTemplates()).find((one) => one.template === name);
  const last = removed === undefined ? null : await lastDeclared(store, name, Number.MAX_SAFE_INTEGER);
  if (last?.document === undefined || last.document === null) throw nothingHidden({ template: name });
  return await proposal(store, read(name, last.source ?? context.print({ kind: 'Template', name, document: last.document }), context), context);
}

async function hiddenNamed(store: ConfigurationStore, { template, attribute, type }: HiddenName): Promise<HiddenAttribute> {
  const all = await store.hiddenAttributes();
  const named = all.filter((one) => one.template === template && one.attribute === attribute && (type === undefined || one.type === type));
  const hidden = named.reduce<HiddenAttribute | undefined>((newest, one) => (newest === undefined || one.hiddenAt >= newest.hiddenAt ? one : newest), undefined);
  if (hidden === undefined) throw nothingHidden({ template, attribute });
  const present = (await store.newestTemplates()).find((one) => one.name === template && one.retired !== true);
  const shown = present?.attributes.some((one) => one.name === attribute) === true || present?.calculated?.some((one) => one.name === attribute) === true;
  // What took over its values gives them back; anything else of that name has values of its own.
  if (shown && hidden.convertedTo !== attribute) throw failure('template.nameTaken', { name: attribute, taken: `${template}.${attribute}` });
  return hidden;
}

const nothingHidden = ({ template, attribute }: { template: string; attribute?: string }) =>
  failure('template.nothingHidden', { what: `${template.slice(0, 80)}${attribute === undefined ? '' : `.${attribute.slice(0, 80)}`}`, days: limits.hiddenDays.value });

/** As it was written when the attribute was part of it for the last time. */
async function formerDocument(store: ConfigurationStore, { template, attribute, lastRevision }: HiddenAttribute): Promise<PlainObject> {
  const found = await lastDeclared(store, template, lastRevision);
  if (found?.document === undefined || found.document === null) throw nothingHidden({ template, attribute });
  return found.document;
}

async function lastDeclared(store: ConfigurationStore, name: string, revision: number): Promise<ObjectVersionText | null> {
  const object = { kind: 'Template', name } as const;
  for (let before: number | undefined; ; ) {
    const page = await store.versions.list(object, { limit: 100, ...(before === undefined ? {} : { before }) });
    const found = page.find((version) => version.revision <= revision && !version.deleted);
    if (found !== undefined) return await store.versions.find(object, found.version);
    const last = page.at(-1);
    if (last === undefined || page.length < 100) return null;
    before = last.version;
  }
}

async function presentWith(store: ConfigurationStore, name: string, path: readonly string[], value: Plain, context: DraftContext): Promise<SourceDocument> {
  const { stored } = await store.load();
  const present = stored.objects.find((object) => object.kind === 'Template' && object.name === name);
  if (present === undefined) throw failure('record.unknownTemplate', { template: name.slice(0, 80), nearest: '–' });
  return read(name, context.edit(present.source ?? context.print(present), path, value), context);
}

function read(name: string, source: string, { readDocument }: DraftContext): SourceDocument {
  const { document, findings } = readDocument(draftFile({ kind: 'Template', name }), new TextEncoder().encode(source));
  if (document === null) throw failure('config.invalid', { count: findings.length }, { problems: findings.map(problemOf) });
  return document;
}

const proposal = (store: ConfigurationStore, document: SourceDocument, context: DraftContext): Promise<ReadyProposal> =>
  proposeConfiguration(store, [document], { prune: false, only: [{ kind: 'Template', name: document.name }] }, context);

/** Records that were made since it was hidden have no value, nor can they take a default. */
async function leavesEmpty(store: ConfigurationStore, { template, attribute }: HiddenAttribute, declared: Plain, { restoredValues }: ReadyProposal): Promise<boolean> {
  const { required, default: preset } = asObject(declared);
  if (required !== true || preset !== undefined) return false;
  const present = (await store.newestTemplates()).find((one) => one.name === template);
  const filled = restoredValues.find((one) => one.template === template && one.attribute === attribute)?.count ?? 0;
  return present !== undefined && (await store.countRecords(present)) > filled;
}

const asObject = (declared: Plain): PlainObject => (isPlainObject(declared) ? declared : { type: declared });
