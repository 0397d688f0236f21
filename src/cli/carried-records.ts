/** Records of reference templates that travel with the configuration: out to files and in from them. */
import { randomUUID } from 'node:crypto';
import { builtInRoles } from '../core/access/role.ts';
import { auditOf, commandActor, type AuditEvent } from '../core/audit.ts';
import type { Finding, ObjectDocument } from '../core/configuration/object-document.ts';
import { failure } from '../core/failure.ts';
import { carriedTemplates } from '../core/reference-data/carried.ts';
import type { TemplateCatalogue } from '../core/template.ts';
import { problemOf, type ReadyProposal } from '../engine/apply-configuration.ts';
import { exportRecords } from '../engine/reference-data/export-records.ts';
import type { RecordFile } from '../engine/reference-data/record-file.ts';
import { Transfer } from '../engine/reference-data/transfer.ts';
import type { LineProblem, TransferCounts, TransferPlan } from '../engine/reference-data/transfer-plan.ts';
import { recordTransfers } from '../store/postgres/records/record-transfers.ts';
import type { PlatformDatabase } from './platform-database.ts';

export interface ExportedRecords {
  records: ReadonlyMap<string, AsyncIterable<string>>;
  /** Links to records without a key that the lines leave out, by template; known when they have been written. */
  lost: Map<string, number>;
}

export function exportedRecords({ readers }: PlatformDatabase, templates: TemplateCatalogue): ExportedRecords {
  const reader = recordTransfers(readers, randomUUID).reader(templates);
  const lost = new Map<string, number>();
  async function* pages(carried: ReturnType<typeof carriedTemplates>[number]): AsyncGenerator<string> {
    for await (const { text, lostLinks } of exportRecords(reader, carried)) {
      if (lostLinks > 0) lost.set(carried.template.name, (lost.get(carried.template.name) ?? 0) + lostLinks);
      yield text;
    }
  }
  return { records: new Map(carriedTemplates(templates).map((carried) => [carried.template.name, pages(carried)])), lost };
}

/** What the files would do to the records, once the proposal is published. */
export async function planRecords({ configuration, readers }: PlatformDatabase, files: readonly RecordFile[], { templates: { catalogue }, after }: Pick<ReadyProposal, 'templates' | 'after'>): Promise<TransferPlan> {
  if (files.length === 0) return { templates: [], problems: [] };
  const { templates: stored } = await configuration.load();
  return new Transfer(files, { templates: catalogue, stored, ...rolesOf(after) }).plan(recordTransfers(readers, randomUUID).reader(stored));
}

/** All of them or none. Throws `config.invalid` when the files do not fit what is there by now. */
export async function takeRecords({ configuration, readers }: PlatformDatabase, files: readonly RecordFile[], note: string): Promise<readonly TransferCounts[]> {
  const { templates, stored } = await configuration.load();
  const transfer = new Transfer(files, { templates, stored: templates, ...rolesOf(stored.objects) });
  return recordTransfers(readers, randomUUID).transfer(templates, async (writer) => {
    const plan = await transfer.plan(writer);
    if (plan.problems.length > 0) throw failure('config.invalid', { count: plan.problems.length }, { problems: plan.problems.map(findingOf).map(problemOf) });
    await transfer.carryOut(writer, null);
    return { result: plan.templates, audit: auditOfTransfer(plan, note) };
  });
}

const rolesOf = (objects: readonly ObjectDocument[]): { isRole: (name: string) => boolean; newId: () => string } => {
  const names = new Set([...builtInRoles.map(({ name }) => name), ...objects.filter(({ kind }) => kind === 'Role').map(({ name }) => name)]);
  return { isRole: (name) => names.has(name), newId: randomUUID };
};

function auditOfTransfer({ templates }: TransferPlan, note: string): AuditEvent {
  return auditOf(commandActor(note), 'carryRecords', 'Template', templates.map(({ template }) => template).join(', ').slice(0, 200), { records: templates.map(({ template, creates, changes, skipped }) => ({ template, creates, changes, skipped })) });
}

export const findingOf = ({ file, line, template, ...problem }: LineProblem): Finding => ({ ...problem, kind: 'Template', name: template, place: { file, line, column: 1 } });
