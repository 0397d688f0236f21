/** Records of reference templates out and in: streamed out, and taken in one transaction under the rights of the caller. */
import { randomUUID } from 'node:crypto';
import { referenceDataOperations } from '../../api/reference-data.ts';
import type { RecordVerb } from '../../core/access/role.ts';
import type { Caller } from '../../core/account.ts';
import { auditOf } from '../../core/audit.ts';
import { failure, textOf, type Lang, type Problem } from '../../core/failure.ts';
import { limits } from '../../core/limits.ts';
import { nearestKnown } from '../../core/nearest-known.ts';
import { carriedOf, carriedTemplates, type Carried } from '../../core/reference-data/carried.ts';
import { templateNamed } from '../../core/template-catalogue.ts';
import type { TemplateCatalogue } from '../../core/template.ts';
import type { ValueObject } from '../../core/value.ts';
import { exportRecords } from '../../engine/reference-data/export-records.ts';
import { templateOfFile, type RecordFile } from '../../engine/reference-data/record-file.ts';
import { Transfer } from '../../engine/reference-data/transfer.ts';
import type { TransferPlan } from '../../engine/reference-data/transfer-plan.ts';
import { callerRecords } from '../sign-in.ts';
import type { Upload } from '../upload.ts';
import { good, handle, type Handler } from './handler.ts';
import type { ApiParts } from './parts.ts';

export function referenceDataHandlers({ configuration, transfers, tables }: ApiParts): readonly Handler[] {
  return [
    handle(referenceDataOperations.exportCarriedRecords, async ({ params, caller }) => {
      const { templates } = configuration.current();
      const carried = carriedNamed(templates, params.template);
      assertOpen(caller, readOf([carried]));
      const pages = exportRecords(transfers.reader(templates), carried);
      const name = encodeURIComponent(`${carried.template.name}.jsonl`);
      return { status: 200, stream: textsOf(pages), mediaType: 'application/x-ndjson', headers: { 'content-disposition': `attachment; filename*=UTF-8''${name}` } };
    }),

    handle(referenceDataOperations.takeCarriedRecords, async ({ query, uploads, caller, actor, lang }) => {
      const files = await filesOf(uploads(), query.template);
      const { templates, access } = configuration.current();
      assertOpen(caller, readOf(carriedTemplates(templates).filter(({ template }) => files.some((file) => file.template === template.name))));
      const transfer = new Transfer(files, { templates, stored: templates, isRole: (name) => access.role(name) !== undefined, newId: randomUUID });
      const isPreview = query.preview === true;
      const plan = await transfers.transfer(templates, async (writer) => {
        const found = await transfer.plan(writer);
        assertOpen(caller, writtenBy(found));
        if (isPreview && found.problems.length > 0) return { result: found, audit: null };
        if (found.problems.length > 0) throw failure('config.invalid', { count: found.problems.length }, { problems: found.problems.map(problemOf) });
        await transfer.carryOut(writer, caller.account.id);
        // A preview writes as well, and is taken back: so it knows what the database says.
        return { result: found, audit: isPreview ? null : auditOf(actor, 'takeCarriedRecords', 'Template', found.templates.map(({ template }) => template).join(', ').slice(0, 200), { records: found.templates.map(({ template, creates, changes, skipped }) => ({ template, creates, changes, skipped })) }) };
      });
      return good(planJson(plan, lang));
    }),
  ];

  async function filesOf(uploads: AsyncIterable<Upload>, named: string | undefined): Promise<readonly RecordFile[]> {
    const files: RecordFile[] = [];
    for await (const { name, chunks } of uploads) {
      const template = named ?? templateOfFile(name ?? '');
      if (template === undefined) throw failure('reference.fileName', { file: (name ?? '–').slice(0, 80) });
      const payload = await tables.storeStream(bounded(chunks));
      const bytes = payload.kind === 'blob' ? payload.size : payload.bytes.length;
      files.push({ file: name ?? `${template}.jsonl`, template, bytes, read: (offset, length) => tables.payloadPart(payload, offset, length) });
    }
    return files;
  }
}

/** Refused as soon as it is too long, not when all of it has come. */
async function* bounded(chunks: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
  const limit = limits.referenceFileBytes.value;
  let bytes = 0;
  for await (const chunk of chunks) {
    bytes += chunk.length;
    if (bytes > limit) throw failure('reference.fileTooLarge', { limit });
    yield chunk;
  }
}

async function* textsOf(pages: ReturnType<typeof exportRecords>): AsyncGenerator<string> {
  for await (const { text } of pages) yield text;
}

function carriedNamed(templates: TemplateCatalogue, name: string): Carried {
  const template = templateNamed(templates, name);
  const carried = carriedOf(templates, template);
  if (carried !== undefined) return carried;
  throw failure('reference.notCarried', { template: template.name, nearest: nearestKnown(name, carriedTemplates(templates).map((one) => one.template.name)) });
}

type Needed = readonly (readonly [template: string, verb: RecordVerb])[];

/** Keys of linked records are told and asked for, so these have to be readable as well. */
const readOf = (all: readonly Carried[]): Needed => all.flatMap(({ template, attributes }) => [template, ...attributes.flatMap((one) => (one.kind === 'link' ? [one.target] : []))].map(({ name }) => [name, 'read'] as const));

const writtenBy = ({ templates }: TransferPlan): Needed =>
  templates.flatMap(({ template, creates, changes }) => [...(creates > 0 ? [[template, 'create'] as const] : []), ...(changes > 0 ? [[template, 'edit'] as const] : [])]);

/** Rights to some of the records are not enough: what a file holds is not known beforehand. */
function assertOpen(caller: Caller, needed: Needed): void {
  const lacking = Map.groupBy(needed.filter(([template, verb]) => callerRecords(caller, template, verb)?.filter !== null), ([template]) => template);
  if (lacking.size === 0) return;
  const problems = [...lacking].map(([name, rights]): Problem => ({ path: `Template ${name}`, code: 'access.objectForbidden', parameters: { kind: 'Template', name, lacking: [...new Set(rights.map(([template, verb]) => `${template}: ${verb}`))].join(', ') } }));
  throw failure('access.objectsForbidden', { account: caller.account.name, count: problems.length }, { problems });
}

const problemOf = ({ file, line, path, code, parameters }: TransferPlan['problems'][number]): Problem => ({ path: `${file}:${line}${path === '' ? '' : ` ${path}`}`, code, parameters });

const planJson = ({ templates, problems }: TransferPlan, lang: Lang): ValueObject => ({
  templates: templates.map((one) => ({ ...one })),
  problems: problems.map(({ file, line, path, code, parameters }) => ({ file, line, path, code, text: textOf(code, parameters, lang) })),
});
