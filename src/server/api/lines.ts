/** Records as lines of JSON, in and out. */
import { lineOperations } from '../../api/lines.ts';
import type { Caller } from '../../core/account.ts';
import { Failure, failure, type Lang } from '../../core/failure.ts';
import { printJson } from '../../core/json.ts';
import { limits } from '../../core/limits.ts';
import { readFilter } from '../../core/read-filter.ts';
import type { Template } from '../../core/template.ts';
import type { ValueObject } from '../../core/value.ts';
import type { BulkResult } from '../../engine/bulk-write.ts';
import type { Upload } from '../upload.ts';
import { countsOf, refusedRows, rowJson, type Counts } from './bulk-answer.ts';
import { assertKey } from './bulk-rows.ts';
import { failureJson } from './failure-json.ts';
import { handle, type Handler } from './handler.ts';
import { jsonLines, type JsonLine } from './json-lines.ts';
import { lineSets, placeOfLine, rowsOfLines, type LineSet } from './line-sets.ts';
import type { ApiParts } from './parts.ts';
import { RecordDesk } from './record-desk.ts';
import { SavedFilters } from './saved-filter-use.ts';

const linesType = /^application\/(?:x-)?(?:ndjson|jsonl)\s*(?:;\s*charset="?utf-?8"?\s*)?$/i;

interface Ways {
  by: readonly string[];
  mode: 'atomic' | 'each';
  results: 'refused' | 'all';
  dryRun: boolean;
  budget: number;
}

export function lineHandlers({ engine, configuration, savedFilters }: ApiParts): readonly Handler[] {
  const desk = new RecordDesk(engine, configuration);
  const saved = new SavedFilters(savedFilters);

  const write = (template: Template, set: LineSet, { by, mode, dryRun }: Ways, caller: Caller): Promise<BulkResult> =>
    engine.writeMany({ ...rowsOfLines(set, template, by), mode, dryRun, by: caller.account.id, origin: 'api' });

  /** Each set is told of when it is written; the next is read only then. */
  async function* written(template: Template, lines: AsyncIterable<JsonLine>, ways: Ways, caller: Caller, lang: Lang): AsyncGenerator<string> {
    const sets = ways.mode === 'each' ? lineSets(lines, template, ways.by) : oneSet(lines);
    let totals: Counts & { lines: number } = { lines: 0, created: 0, updated: 0, unchanged: 0, refused: 0 };
    for await (const set of sets) {
      let result: BulkResult;
      try {
        result = await write(template, set, ways, caller);
      } catch (error) {
        // Nothing has been told yet: it is a failure like any other.
        if (totals.lines === 0 || !(error instanceof Failure)) throw error;
        yield textOf({ failure: failureJson(error.toData(), lang), from: set[0].number, ...totals });
        return;
      }
      if (ways.mode === 'atomic' && !ways.dryRun) assertNoneRefused(set, result);
      const counts = countsOf(result.outcomes);
      totals = { lines: totals.lines + set.length, created: totals.created + counts.created, updated: totals.updated + counts.updated, unchanged: totals.unchanged + counts.unchanged, refused: totals.refused + counts.refused };
      yield setText(set, result, ways, lang);
      if (ways.mode === 'each' && totals.refused > ways.budget) {
        yield textOf({ failure: failureJson(failure('bulk.tooManyRefused', { refused: totals.refused, limit: ways.budget }).toData(), lang), from: (set.at(-1) ?? set[0]).number + 1, ...totals });
        return;
      }
    }
    yield textOf({ done: true, dryRun: ways.dryRun, ...totals });
  }

  return [
    handle(lineOperations.writeLines, async ({ params, query, headers, uploads, caller, lang }) => {
      if (!linesType.test(headers['content-type'] ?? '')) throw failure('bulk.linesType');
      const template = desk.named(params.template);
      const by = query.by ?? [];
      assertKey(template, by);
      const ways: Ways = { by, mode: query.mode ?? 'atomic', results: query.results ?? 'refused', dryRun: query.dryRun === true, budget: query.problemBudget ?? limits.linesRefused.value };
      return streamed(written(template, jsonLines(onlyFile(uploads())), ways, caller, lang), {});
    }),

    handle(lineOperations.exportLines, async ({ params, body: { filter, ...rest }, caller }) => {
      const template = desk.named(params.template);
      const { conditions, fields } = await saved.joined(caller, template, rest, filter === undefined ? [] : [readFilter(filter)]);
      const name = encodeURIComponent(`${template.name}.jsonl`);
      return streamed(textsOf(desk.shownPages(caller, template, conditions, fields)), { 'content-disposition': `attachment; filename*=UTF-8''${name}` });
    }),
  ];
}

/** The first piece is there before anything is answered, so that a call that is wrong is refused. */
async function streamed(texts: AsyncGenerator<string>, headers: Readonly<Record<string, string>>) {
  const first = await texts.next();
  return { status: 200, stream: joined(first, texts), mediaType: 'application/x-ndjson', headers };
}

async function* joined(first: IteratorResult<string, unknown>, rest: AsyncGenerator<string>): AsyncGenerator<string> {
  if (first.done === true) return;
  yield first.value;
  yield* rest;
}

async function* textsOf(pages: AsyncIterable<readonly ValueObject[]>): AsyncGenerator<string> {
  for await (const page of pages) yield page.map(textOf).join('');
}

const textOf = (value: ValueObject): string => `${printJson(value)}\n`;

async function* onlyFile(uploads: AsyncIterable<Upload>): AsyncGenerator<Uint8Array> {
  for await (const { chunks } of uploads) yield* chunks;
}

/** All lines at once, and nothing when there are none. Throws `bulk.tooMany`, `http.bodyTooLarge`. */
async function* oneSet(lines: AsyncIterable<JsonLine>): AsyncGenerator<LineSet> {
  const limit = limits.bulkRecords.value;
  const all: JsonLine[] = [];
  let bytes = 0;
  for await (const line of lines) {
    all.push(line);
    bytes += line.bytes;
    if (bytes > limits.messageBodyBytes.value) throw failure('http.bodyTooLarge');
    if (all.length > limit) throw failure('bulk.tooMany', { count: all.length, limit });
  }
  const [first, ...rest] = all;
  if (first !== undefined) yield [first, ...rest];
}

function assertNoneRefused(set: LineSet, { outcomes }: BulkResult): void {
  const { refused } = countsOf(outcomes);
  if (refused > 0) throw failure('bulk.refused', { refused, rows: outcomes.length }, { problems: refusedRows(outcomes, (index) => placeOfLine(set, index)) });
}

function setText(set: LineSet, { committed, outcomes }: BulkResult, { results, dryRun }: Ways, lang: Lang): string {
  const told = outcomes.flatMap((outcome, index) => {
    if (results === 'refused' && outcome.op !== 'refused') return [];
    const { row: _row, ...rest } = rowJson(outcome, index, dryRun, lang);
    return [textOf({ line: set[index]?.number ?? 0, ...rest })];
  });
  return [...told, textOf({ from: set[0].number, to: (set.at(-1) ?? set[0]).number, committed, ...countsOf(outcomes) })].join('');
}
