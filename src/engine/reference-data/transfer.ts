/**
 * Takes records that travel into the templates of this installation: upserted by key, links resolved by the keys of the other
 * records, whether these are here already or come along. Nothing is deleted. `plan` only looks; `carryOut` writes in two
 * passes, so that records which refer to each other can come together.
 */
import type { RecordWrite } from '../../core/effect-set.ts';
import { Failure, failure, type Problem } from '../../core/failure.ts';
import { limits } from '../../core/limits.ts';
import { nearestKnown } from '../../core/nearest-known.ts';
import { carriedOf, carriedTemplates, type Carried } from '../../core/reference-data/carried.ts';
import { readRecordLine, type RecordLine } from '../../core/reference-data/record-line.ts';
import type { RecordReader, RecordWriter } from '../../core/reference-data/record-transfer.ts';
import type { Scalar, TemplateCatalogue } from '../../core/template.ts';
import { linesOf, WrongLine, type FileLine, type RecordFile } from './record-file.ts';
import { LineKeys, type Entry } from './line-keys.ts';
import { RequiredLinks } from './required-links.ts';
import type { LineProblem, TransferCounts, TransferPlan } from './transfer-plan.ts';
import { WantedRecords, type Wanted } from './wanted-records.ts';

export interface TransferContext {
  /** As they will be, or are. */
  templates: TemplateCatalogue;
  /** As the tables are now. */
  stored: TemplateCatalogue;
  readonly isRole: (name: string) => boolean;
  readonly newId: () => string;
}

const problemsShown = 100;
/** Lines that are looked up and written together. */
const batch = 500;

export class Transfer {
  readonly #files: readonly RecordFile[];
  readonly #context: TransferContext;
  readonly #problems: LineProblem[] = [];
  readonly #keys: LineKeys;
  #taken: readonly Taken[] | undefined;

  constructor(files: readonly RecordFile[], context: TransferContext) {
    this.#files = files;
    this.#context = context;
    this.#keys = new LineKeys(context);
  }

  async plan(reader: RecordReader): Promise<TransferPlan> {
    const taken = (this.#taken = await this.#begin(reader));
    const required = new RequiredLinks();
    const counts: TransferCounts[] = [];
    for (const { file, carried } of taken) {
      const found = { template: carried.template.name, file: file.file, creates: 0, changes: 0, same: 0 };
      for await (const wanted of this.#wanted({ file, carried }, reader)) {
        for (const one of wanted) {
          this.#note(file, carried, one.line, one.problems);
          found[one.entry.isNew ? 'creates' : one.isChange ? 'changes' : 'same'] += 1;
          required.add(file, carried, one);
        }
      }
      const { skipped, known } = this.#keys.countsOf(carried);
      counts.push({ ...found, skipped, onlyHere: Math.max(0, (await this.#keys.countStored(carried, reader)) - known) });
    }
    for (const { file, template, line, ...problem } of required.circles()) this.#add({ file, template, line, ...problem });
    return { templates: counts, problems: this.#problems };
  }

  /** After a plan without problems, over the same reader. `by` is the account; null for the platform itself. */
  async carryOut(writer: RecordWriter, by: string | null): Promise<void> {
    const taken = this.#taken;
    if (taken === undefined || this.#problems.length > 0) throw new Error('a transfer is carried out after a plan without problems');
    for (let round = taken; round.length > 0; ) {
      let made = 0;
      const left: Taken[] = [];
      for (const one of round) {
        const { done, postponed } = await this.#create(one, writer, by);
        made += done;
        if (postponed > 0) left.push(one);
      }
      if (left.length > 0 && made === 0) throw failure('store.changed', { template: left[0]?.carried.template.name ?? '–', record: '–' });
      round = left;
    }
    for (const one of taken) for await (const wanted of this.#wanted(one, writer)) await writer.write(wanted.flatMap((record) => changeOf(one.carried, record, by)));
  }

  /** New records, with those links that lead to what is there by now; the second pass sets the others. */
  async #create(one: Taken, writer: RecordWriter, by: string | null): Promise<{ done: number; postponed: number }> {
    let done = 0;
    let postponed = 0;
    for await (const wanted of this.#wanted(one, writer, true)) {
      const ready = RequiredLinks.ready(one.carried, wanted);
      postponed += wanted.length - ready.length;
      const ids = new Set(ready.map(({ entry }) => entry.id));
      await writer.write(ready.map((record) => creationOf(one.carried, record, ids, by)));
      for (const { entry } of ready) entry.isThere = true;
      done += ready.length;
    }
    return { done, postponed };
  }

  async #begin(reader: RecordReader): Promise<readonly Taken[]> {
    const taken: Taken[] = [];
    for (const file of this.#files) {
      const carried = this.#carriedBy(file, taken);
      if (carried === undefined) continue;
      taken.push({ file, carried });
      let lines: (FileLine & { key: Scalar })[] = [];
      let count = 0;
      await this.#each(file, carried, async (line, read) => {
        if (++count > limits.referenceRecords.value) throw new WrongLine(line.number, failure('reference.tooMany', { limit: limits.referenceRecords.value }));
        this.#note(file, carried, line.number, this.#keys.add(carried, line.number, read));
        lines.push({ ...line, key: read.key });
        if (lines.length < batch) return;
        await this.#keys.find(carried, lines.map(({ key }) => key), reader);
        lines = [];
      });
      await this.#keys.find(carried, lines.map(({ key }) => key), reader);
    }
    return taken;
  }

  #carriedBy(file: RecordFile, taken: readonly Taken[]): Carried | undefined {
    const { templates } = this.#context;
    const about = { file: file.file, line: 0, template: file.template, path: '' };
    const template = templates.byName(file.template);
    const carried = template === undefined ? undefined : carriedOf(templates, template);
    const other = taken.find((one) => one.carried.template.name === file.template);
    if (carried === undefined) this.#add({ ...about, code: 'reference.notCarried', parameters: { template: file.template.slice(0, 80), nearest: nearestKnown(file.template, carriedTemplates(templates).map((one) => one.template.name)) } });
    else if (other !== undefined) this.#add({ ...about, code: 'reference.twice', parameters: { template: file.template, other: other.file.file } });
    else if (file.bytes > limits.referenceFileBytes.value) this.#add({ ...about, code: 'reference.fileTooLarge', parameters: { limit: limits.referenceFileBytes.value } });
    else return carried;
    return undefined;
  }

  /** Lines with a key, as the records that they want, a batch at a time. `newOnly`: those that are not there yet. */
  async *#wanted({ file, carried }: Taken, reader: RecordReader, newOnly = false): AsyncGenerator<readonly Wanted[]> {
    const records = new WantedRecords(this.#context, this.#keys, carried, reader);
    let lines: { line: number; read: RecordLine; entry: Entry }[] = [];
    for await (const { number, text } of linesWithin(file)) {
      const read = tried(() => readRecordLine(carried, text));
      const entry = read instanceof Failure ? undefined : this.#keys.entryOf(carried, read.key, number);
      if (read instanceof Failure || entry === undefined || (newOnly && entry.isThere)) continue;
      lines.push({ line: number, read, entry });
      if (lines.length < batch) continue;
      yield await records.of(lines);
      lines = [];
    }
    if (lines.length > 0) yield await records.of(lines);
  }

  /** Every line that can be read; what cannot is a problem of the file. */
  async #each(file: RecordFile, carried: Carried, look: (line: FileLine, read: RecordLine) => Promise<void>): Promise<void> {
    try {
      for await (const line of linesOf(file)) {
        const read = tried(() => readRecordLine(carried, line.text));
        if (read instanceof Failure) this.#note(file, carried, line.number, [{ path: '', code: read.code, parameters: read.parameters }]);
        else await look(line, read);
      }
    } catch (error) {
      if (!(error instanceof WrongLine)) throw error;
      this.#note(file, carried, error.line, [{ path: '', code: error.failure.code, parameters: error.failure.parameters }]);
    }
  }

  #note({ file }: RecordFile, { template }: Carried, line: number, problems: readonly Problem[]): void {
    for (const problem of problems) this.#add({ ...problem, file, line, template: template.name });
  }

  #add(problem: LineProblem): void {
    if (this.#problems.length < problemsShown) this.#problems.push(problem);
  }
}

interface Taken {
  file: RecordFile;
  carried: Carried;
}

/** What stands behind a line that cannot be read was told when the keys were read. */
async function* linesWithin(file: RecordFile): AsyncGenerator<FileLine> {
  try {
    yield* linesOf(file);
  } catch (error) {
    if (!(error instanceof WrongLine)) throw error;
  }
}

function tried<T>(work: () => T): T | Failure {
  try {
    return work();
  } catch (error) {
    if (error instanceof Failure) return error;
    throw error;
  }
}

function creationOf({ template }: Carried, { entry, scalars, late, archived }: Wanted, alongside: ReadonlySet<string>, by: string | null): RecordWrite {
  const values: Record<string, Scalar> = { ...scalars };
  for (const [name, id] of late) if (!alongside.has(id)) values[name] = null;
  return { op: 'create', template: template.id, templateVersion: template.version, id: entry.id, values, ...(archived ? { archived: true as const } : {}), origin: 'import', by };
}

function changeOf({ template }: Carried, { entry, version, changed, before, archived, wasArchived, links }: Wanted, by: string | null): readonly RecordWrite[] {
  const about = { origin: 'import' as const, by };
  const isTouched = Object.keys(changed).length > 0 || archived !== wasArchived;
  return [
    ...(isTouched ? [{ op: 'update' as const, template: template.id, templateVersion: template.version, id: entry.id, version, values: changed, before, ...(archived === wasArchived ? {} : { archived }), ...about }] : []),
    ...links.map(({ op, relation, other }) => ({ op, relation, owner: entry.id, other, ...about })),
  ];
}
