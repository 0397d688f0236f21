/**
 * The record part of a commit. Order: unlinks, updates among what exists, deletes, creates (whoever is linked to first),
 * updates that need the new records, links; deletes come last when only a later update sets them free.
 * Within each, by template id and record id, so that sets wait for each other in one direction only.
 */
import type { RecordWrite } from '../../../core/effect-set.ts';
import type { Attribute, Relation, Template, TemplateCatalogue } from '../../../core/template.ts';
import type { Statement } from '../statement.ts';
import { changeRowsStatement, linkChangesStatement, type ChangeRow, type LinkChange, type SetIdentity } from './change-rows.ts';
import { loggedValues } from './logged-values.ts';
import { alikeStatements, type Alike } from './alike.ts';
import { compareTexts, orderCreates, shapeOfCreate, type LateLink, type PlannedCreate } from './create-order.ts';
import { deleteStatements } from './delete-order.ts';
import { sortLinks, type ColumnLink, type SortedLinks, type TableLink } from './link-writes.ts';
import { fileStatements, forgetFiles } from './file-statements.ts';
import { netWrites, type NetDelete, type NetUpdate, type NetWrites } from './net-writes.ts';
import { ownsColumn } from './physical-names.ts';
import { checkNames, templateOf } from './row-values.ts';
import { columnLinksTogether, createTogether, tableLinksTogether, updateTogether, type PlannedUpdate } from './together-statements.ts';
import { columnLinkStatement, createStatement, lateLinkStatement, tableLinkStatement, updateStatement } from './write-statements.ts';

/** Throws a Failure for a value that the database cannot take, an unknown attribute, or a version not loaded yet. */
export function recordStatements(writes: readonly RecordWrite[], templates: TemplateCatalogue, set: SetIdentity): readonly Statement[] {
  if (writes.length === 0) return [];
  const versionOf = (write: { template: string; templateVersion: number }): Template => templateOf(templates, write.template, write.templateVersion);
  const net = netWrites(writes);
  for (const write of [...net.creates, ...net.updates]) checkNames(versionOf(write), write.values);
  const links = sortLinks(net, templates, versionOf);
  const rows = changeRows(net, versionOf);
  const creates = orderCreates(net.creates.map((write) => ({ write, template: versionOf(write) })));
  const phases = splitPhases(net, links, versionOf);
  const updates = (part: readonly NetUpdate[]): readonly Statement[] => alikeStatements(part.map((write) => ({ write, template: versionOf(write) })), alikeUpdates);
  return [
    ...alikeStatements(links.columns.filter(({ write }) => write.op === 'unlink'), alikeColumnLinks),
    ...alikeStatements(links.tables.filter(({ write }) => write.op === 'unlink'), alikeTableLinks),
    ...updates(phases.earlyUpdates),
    ...alikeStatements(phases.earlyLinks, alikeColumnLinks),
    ...deleteStatements(phases.earlyDeletes, versionOf),
    ...alikeStatements(creates.ordered, alikeCreates),
    ...creates.late.map(lateStatement),
    ...updates(phases.lateUpdates),
    ...alikeStatements(phases.lateLinks, alikeColumnLinks),
    ...alikeStatements(links.tables.filter(({ write }) => write.op === 'link'), alikeTableLinks),
    ...deleteStatements(phases.lateDeletes, versionOf),
    ...fileStatements([...net.creates, ...net.updates], versionOf),
    ...forgetFiles(net.deletes, versionOf),
    ...(rows.length > 0 ? [changeRowsStatement(rows, set)] : []),
    ...linkChangeStatements(links, templates, set),
  ];
}

const alikeCreates: Alike<PlannedCreate> = { shapeOf: shapeOfCreate, rowOf: ({ write }) => write.id, one: createStatement, together: createTogether };
const alikeUpdates: Alike<PlannedUpdate> = { shapeOf: ({ write, template }) => [template.id, template.version, write.origin, write.by].join('/'), rowOf: ({ write }) => write.id, one: updateStatement, together: updateTogether };
const alikeColumnLinks: Alike<ColumnLink> = {
  shapeOf: ({ write, relation, ownerWritten }) => [relation.id, ownerWritten, write.op, write.origin, write.by].join('/'),
  rowOf: ({ write }) => write.owner,
  one: columnLinkStatement,
  together: columnLinksTogether,
};
const alikeTableLinks: Alike<TableLink> = { shapeOf: ({ write, relation }) => `${relation.id}/${write.op}`, rowOf: ({ write }) => `${write.owner}/${write.other}`, one: tableLinkStatement, together: tableLinksTogether };

function lateStatement({ create, attribute, value }: LateLink): Statement {
  const link = create.template.attributes.find((candidate) => candidate.name === attribute);
  if (link === undefined || !ownsColumn(link) || typeof value !== 'string') throw new Error(`attribute ${attribute} is no link column`);
  return lateLinkStatement(link.relation, create.write.id, value);
}

interface Phases {
  earlyUpdates: readonly NetUpdate[];
  earlyLinks: readonly ColumnLink[];
  earlyDeletes: readonly NetDelete[];
  lateUpdates: readonly NetUpdate[];
  lateLinks: readonly ColumnLink[];
  lateDeletes: readonly NetDelete[];
}

/**
 * Deletes come before creates, so that a unique value may move from an old record to a new one; but when a late update
 * may still have to let go of one of them they come last. A late update is one that links to a new record or may take a freed unique value.
 */
function splitPhases(net: NetWrites, links: SortedLinks, versionOf: (write: NetUpdate) => Template): Phases {
  const created = new Set(net.creates.map(({ id }) => id));
  const deletedFrom = new Set(net.deletes.map(({ template }) => template));
  const updates = sorted(net.updates);
  const late = new Set(updates.filter((write) => isLate(write, versionOf(write), created, deletedFrom)));
  const linked = links.columns.filter(({ write }) => write.op === 'link');
  const isLateLink = ({ write }: ColumnLink): boolean => created.has(write.owner) || created.has(write.other);
  const letGo = new Set([...[...late].flatMap((write) => targetsWritten(write, versionOf(write))), ...linked.filter(isLateLink).map(({ relation }) => relation.other)]);
  const deletes = sorted(net.deletes);
  // All or none: what is deleted may link to what has to wait.
  const deletesWait = deletes.some(({ template }) => letGo.has(template));
  return {
    earlyUpdates: updates.filter((write) => !late.has(write)),
    earlyLinks: linked.filter((link) => !isLateLink(link)),
    earlyDeletes: deletesWait ? [] : deletes,
    lateUpdates: updates.filter((write) => late.has(write)),
    lateLinks: linked.filter(isLateLink),
    lateDeletes: deletesWait ? deletes : [],
  };
}

const sorted = <T extends { template: string; id: string }>(writes: readonly T[]): readonly T[] =>
  [...writes].sort((left, right) => compareTexts(left.template, right.template) || compareTexts(left.id, right.id));

function isLate(write: NetUpdate, template: Template, created: ReadonlySet<string>, deletedFrom: ReadonlySet<string>): boolean {
  return written(write, template).some((attribute) => {
    const value = write.values[attribute.name];
    if (ownsColumn(attribute)) return (typeof value === 'string' && created.has(value)) || (attribute.relation.unique && deletedFrom.has(template.id));
    return attribute.kind === 'scalar' && attribute.unique && deletedFrom.has(template.id);
  });
}

const targetsWritten = (write: NetUpdate, template: Template): readonly string[] => written(write, template).flatMap((attribute) => (ownsColumn(attribute) ? [attribute.relation.other] : []));

const written = (write: { values: Readonly<Record<string, unknown>> }, template: Template): readonly Attribute[] => template.attributes.filter((attribute) => write.values[attribute.name] !== undefined);

function changeRows(net: NetWrites, versionOf: (write: { template: string; templateVersion: number }) => Template): readonly ChangeRow[] {
  const rows: ChangeRow[] = [];
  for (const write of net.creates) {
    const attributes = written(write, versionOf(write)).filter((attribute) => write.values[attribute.name] !== null);
    rows.push(changeRow(write, 'create', 1, attributes, loggedValues(attributes, noValues, write.values)));
  }
  for (const write of net.updates) {
    const attributes = written(write, versionOf(write));
    rows.push(changeRow(write, 'update', write.version + 1, [...attributes, ...(write.archived === undefined ? [] : [{ id: '_archived' }])], loggedValues(attributes, write.before, write.values)));
  }
  for (const write of net.deletes) rows.push(changeRow(write, 'delete', write.version, [], null));
  return rows.sort((left, right) => compareTexts(left.template, right.template) || compareTexts(left.record, right.record));
}

const noValues = {};

function changeRow(write: { template: string; id: string; origin: ChangeRow['origin']; by: string | null }, op: ChangeRow['op'], version: number, attributes: readonly { id: string }[], values: string | null): ChangeRow {
  return { template: write.template, record: write.id, version, op, attributes: attributes.map(({ id }) => id), values, origin: write.origin, by: write.by };
}

/** Either side may want it. */
const isLogged = (templates: TemplateCatalogue, relation: Relation): boolean =>
  [relation.owner, relation.other].some((id) => templates.byId(id)?.attributes.some((attribute) => attribute.kind === 'link' && attribute.logChanges === true && attribute.relation.id === relation.id) === true);

/** A link is a change of the record that owns the relation, recorded under the relation's id. */
function linkChangeStatements(links: SortedLinks, templates: TemplateCatalogue, set: SetIdentity): readonly Statement[] {
  const byTemplate = new Map<string, LinkChange[]>();
  for (const { write, relation } of [...links.columns, ...links.tables]) {
    const changes = byTemplate.get(relation.owner) ?? [];
    changes.push({ template: relation.owner, record: write.owner, op: write.op, attribute: relation.id, other: isLogged(templates, relation) ? write.other : null, origin: write.origin, by: write.by });
    byTemplate.set(relation.owner, changes);
  }
  return [...byTemplate].sort(([left], [right]) => compareTexts(left, right)).map(([template, changes]) => linkChangesStatement(template, changes, set));
}
