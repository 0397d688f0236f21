/** Table files in and out: the file is stored first, its columns are checked, and a job does the rest. */
import { importOperations } from '../../api/imports.ts';
import type { Caller } from '../../core/account.ts';
import { Failure, failure, textOf, type FailureData, type Lang } from '../../core/failure.ts';
import { valueOf } from '../../core/filter.ts';
import { importColumns, type ColumnNames } from '../../core/import/import-plan.ts';
import { isZone } from '../../core/import/local-time.ts';
import { separatorOf } from '../../core/import/table-text.ts';
import { nearestKnown } from '../../core/nearest-known.ts';
import { parseJson } from '../../core/json.ts';
import type { Payload } from '../../core/payload.ts';
import { readFilter } from '../../core/read-filter.ts';
import { systemAttributes, type RecordData, type Template } from '../../core/template.ts';
import { isObject } from '../../core/value.ts';
import { importJob } from '../../engine/imports/import-records.ts';
import { readRows } from '../../engine/imports/table-rows.ts';
import type { Upload } from '../upload.ts';
import { assertMay } from '../sign-in.ts';
import { asUtf8, type Encoding } from './csv-upload.ts';
import { handle, type Handler } from './handler.ts';
import { begun } from './jobs.ts';
import type { ApiParts } from './parts.ts';
import { RecordDesk } from './record-desk.ts';
import { SavedFilters } from './saved-filter-use.ts';
import { csvLine, type Cell } from './csv-line.ts';

export function importHandlers({ engine, configuration, tables, savedFilters }: ApiParts): readonly Handler[] {
  const desk = new RecordDesk(engine, configuration);
  const saved = new SavedFilters(savedFilters);
  return [
    handle(importOperations.importRecords, async ({ params, query, uploads, caller, lang }) => {
      const template = desk.named(params.template);
      const zone = query.zone ?? 'UTC';
      if (!isZone(zone)) throw failure('import.zone', { zone: zone.slice(0, 80) });
      // Rules of a template may be scenarios: who may do without them may change them.
      if (query.triggers === false) assertMay(caller, 'scenarios.edit');
      const names = namesOf(query.columns);
      const file = await storedFile(uploads(), query.encoding ?? 'auto');
      const job = await plannedImport(template, file, { by: query.by ?? [], zone, names, dryRun: query.dryRun === true, separator: query.separator ?? null }, caller);
      return begun(engine.jobs, await engine.jobs.start({ ...job, triggers: query.triggers !== false, ...(query.problemBudget === undefined ? {} : { problemBudget: query.problemBudget }) }), lang);
    }),

    handle(importOperations.exportRecords, async ({ params, body, caller }) => {
      const template = desk.named(params.template);
      const asked = { ...(body.savedFilter === undefined ? {} : { savedFilter: body.savedFilter }), ...(body.search === undefined ? {} : { search: body.search }), ...(body.sort === undefined ? {} : { sort: body.sort }), ...(body.archived === undefined ? {} : { archived: body.archived }) };
      const { conditions, fields } = await saved.joined(caller, template, asked, body.filter === undefined ? [] : [readFilter(body.filter)]);
      const columns = columnsOf(template, body.columns);
      const pages = desk.pages(caller, template, conditions, { ...fields, select: [...columns] });
      // The first page is read before anything is answered, so that a wrong query is refused.
      const first = await pages.next();
      const separator = body.separator ?? ',';
      return {
        status: 200,
        stream: exported(columns, separator, body.mark === true, first, pages),
        mediaType: 'text/csv; charset=utf-8',
        headers: { 'content-disposition': `attachment; filename*=UTF-8''${encodeURIComponent(template.name)}.csv` },
      };
    }),

    handle(importOperations.downloadJobProblems, async ({ params, lang }) => {
      const id = params.id.toLowerCase();
      if ((await engine.jobs.stored.show(id)) === null) throw failure('job.unknown', { id });
      return { status: 200, stream: problemLines(id, lang), mediaType: 'text/csv; charset=utf-8', headers: { 'content-disposition': `attachment; filename="problems-${id}.csv"` } };
    }),
  ];

  /** The first file. It is awaited inside the loop: what leaves the loop throws the rest of the body away. */
  async function storedFile(uploads: AsyncIterable<Upload>, encoding: Encoding): Promise<Payload> {
    for await (const { chunks } of uploads) return await tables.storeStream(asUtf8(chunks, encoding));
    throw failure('import.empty', {});
  }

  interface Wanted {
    by: readonly string[];
    zone: string;
    names: ColumnNames;
    dryRun: boolean;
    separator: string | null;
  }

  async function plannedImport(template: Template, file: Payload, { by, zone, names, dryRun, separator: given }: Wanted, caller: Caller) {
    const fileBytes = file.kind === 'blob' ? file.size : file.bytes.length;
    const read = (offset: number, length: number): Promise<Uint8Array> => tables.payloadPart(file, offset, length);
    const head = new TextDecoder().decode(await read(0, 64 * 1024)).split(/\r?\n/, 1)[0] ?? '';
    const separator = given ?? separatorOf(head);
    const { rows, end } = await readRows(read, { offset: 0, row: 1, most: 1, separator, fileBytes });
    const [headers] = rows;
    if (headers === undefined) throw failure('import.empty', {});
    if (headers.problem !== null) throw failure(headers.problem.code, headers.problem.parameters);
    const trimmed = headers.cells.map((cell) => cell.trim());
    const columns = importColumns(trimmed, names, by, template, configuration.current().templates);
    return importJob({ template: template.name, separator, columns, by, zone, dryRun, fileBytes }, file, end, caller.account.id);
  }

  async function* problemLines(id: string, lang: Lang): AsyncGenerator<string> {
    yield csvLine(lang === 'ru' ? ['строка', 'столбец', 'что не так', 'исходная строка'] : ['row', 'column', 'problem', 'source'], ',');
    for (let cursor: string | null | undefined; cursor !== null; ) {
      const page = await engine.jobs.stored.problems(id, { limit: 1_000, ...(cursor === undefined ? {} : { cursor }) });
      for (const { place, source, failure: found } of page.problems) yield* problemRows(place, source, found, lang).map((cells) => csvLine(cells, ','));
      cursor = page.cursor;
    }
  }
}

function namesOf(text: string | undefined): ColumnNames {
  if (text === undefined) return {};
  const value = parseJson(text);
  if (!isObject(value)) throw failure('query.shape', { place: 'columns', expected: '{"header": "attribute" | null}' });
  for (const [header, name] of Object.entries(value)) if (name !== null && typeof name !== 'string') throw failure('query.shape', { place: `columns.${header.slice(0, 80)}`, expected: 'text | null' });
  return value as ColumnNames; // each of its values has just been looked at
}

/** Attributes of a record as columns; multiple links are left out unless named. */
function columnsOf(template: Template, wanted: readonly string[] | undefined): readonly string[] {
  const known = [...template.attributes.map(({ name }) => name), ...systemAttributes];
  for (const name of wanted ?? []) if (!known.includes(name)) throw failure('query.unknownAttribute', { template: template.name, attribute: name.slice(0, 80), nearest: nearestKnown(name, known) });
  return wanted ?? ['id', ...template.attributes.flatMap((attribute) => (attribute.kind === 'link' && attribute.multiple ? [] : [attribute.name]))];
}

async function* exported(columns: readonly string[], separator: string, mark: boolean, first: IteratorResult<readonly RecordData[]>, rest: AsyncGenerator<readonly RecordData[]>): AsyncGenerator<string> {
  yield (mark ? '\ufeff' : '') + csvLine(columns, separator);
  for (let page = first; page.done !== true; page = await rest.next()) {
    yield page.value.map((record) => csvLine(columns.map((name) => record.links[name] ?? valueOf(record, name)), separator)).join('');
  }
}

/** A row for each thing that is wrong. */
function problemRows(place: string, source: string | null, found: FailureData, lang: Lang): readonly (readonly Cell[])[] {
  const { problems = [], parameters } = found;
  if (problems.length === 0) return [[place, typeof parameters['column'] === 'string' ? parameters['column'] : typeof parameters['attribute'] === 'string' ? parameters['attribute'] : '', Failure.from(found).text(lang), source ?? '']];
  return problems.map(({ path, code, parameters: of }) => [place, path, textOf(code, of, lang), source ?? '']);
}
