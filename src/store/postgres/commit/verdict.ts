/** What a failed transaction means for the run that wanted it. */
import type { CommitResult, EffectSet } from '../../../core/effect-set.ts';
import { failure, type FailureData } from '../../../core/failure.ts';
import type { Scalar, TemplateCatalogue } from '../../../core/template.ts';
import type { SqlError } from '../pool.ts';
import type { ConstraintMeaning, RecordTables } from '../record-tables.ts';
import type { Statement } from '../statement.ts';

export type Verdict =
  | { kind: 'result'; result: CommitResult }
  | { kind: 'duplicate' }
  | { kind: 'queueFull' }
  /** Lost a race that the next attempt may win; `newLane`: not on this connection. */
  | { kind: 'again'; newLane: boolean };

export interface VerdictContext {
  set: EffectSet;
  templates: TemplateCatalogue;
  records: RecordTables;
}

export function verdictOf(error: SqlError, statement: Statement | undefined, context: VerdictContext): Verdict {
  if (error.code === 'ZV001' && statement?.expect !== undefined) return mismatch(statement.expect.otherwise);
  // Deadlock, serialisation, lock timeout.
  if (error.code === '40001' || error.code === '40P01' || error.code === '55P03') return { kind: 'again', newLane: false };
  // A plan or a prepared statement that no longer fits, a server that goes down: another connection may do.
  if (error.code === '0A000' || error.code === '26000' || error.code === '25006' || error.code.startsWith('57P0') || error.code.startsWith('08')) return { kind: 'again', newLane: true };
  const refusal = refused(error, statement, context);
  if (refusal !== undefined) return { kind: 'result', result: { kind: 'refused', failure: refusal } };
  if (error.code === '53100') return unavailable(failure('store.noSpace').toData());
  if (error.code.startsWith('53') || error.code.startsWith('57') || error.code.startsWith('58')) return unavailable(failure('store.unavailable').toData());
  throw new Error(`the database refused a statement of the platform: ${error.code} ${error.message}`, { cause: error });
}

const unavailable = (data: FailureData): Verdict => ({ kind: 'result', result: { kind: 'unavailable', failure: data } });

function mismatch(otherwise: NonNullable<Statement['expect']>['otherwise']): Verdict {
  switch (otherwise.kind) {
    case 'duplicate':
    case 'queueFull':
      return { kind: otherwise.kind };
    case 'conflict':
    case 'fenced':
    case 'refused':
      return { kind: 'result', result: otherwise };
    default:
      return otherwise satisfies never;
  }
}

/** The data's own fault, as a sentence that names template and attribute. */
function refused(error: SqlError, statement: Statement | undefined, { set, templates, records }: VerdictContext): FailureData | undefined {
  if (!/^2[23]/.test(error.code)) return undefined;
  const meaning = error.constraint === undefined ? undefined : records.constraintMeaning(error.constraint, templates);
  const about = statement?.about === undefined ? undefined : templates.byId(statement.about.template)?.name;
  if (error.code === '23505' && meaning !== undefined) {
    return failure('record.notUnique', { template: meaning.template, attribute: meaning.attribute, value: valueWritten(set, templates, meaning, statement) }).toData();
  }
  // A foreign key that restricts says 23001 from PostgreSQL 18 on.
  if ((error.code === '23503' || error.code === '23001') && meaning !== undefined) return linkRefused(meaning, about, statement);
  const attribute = meaning?.attribute ?? attributeOfColumn(error, templates);
  const template = meaning?.template ?? about;
  if ((error.code === '23502' || (error.code === '23514' && meaning?.kind === 'required')) && attribute !== undefined && template !== undefined) {
    return failure('record.required', { template, attribute }).toData();
  }
  if (template === undefined) return undefined;
  return failure('record.invalid', { template, detail: error.message, ...(attribute === undefined ? {} : { attribute }) }).toData();
}

const linkRefused = (meaning: ConstraintMeaning, about: string | undefined, statement: Statement | undefined): FailureData =>
  (/^\s*DELETE/i.test(statement?.text ?? '')
    ? failure('record.stillLinked', { template: about ?? meaning.template, attribute: meaning.attribute, by: meaning.template })
    : failure('record.linkMissing', { template: meaning.template, attribute: meaning.attribute })
  ).toData();

/** The value in the way, when the set writes only one to this attribute; the server's own text is not for parsing. */
function valueWritten(set: EffectSet, templates: TemplateCatalogue, meaning: ConstraintMeaning, statement: Statement | undefined): string {
  const template = templates.byName(meaning.template)?.id;
  const values = new Set<Scalar>();
  for (const write of set.records) {
    if ((write.op !== 'create' && write.op !== 'update') || write.template !== template) continue;
    if (statement?.about?.record !== undefined && statement.about.record !== write.id) continue;
    const value = write.values[meaning.attribute];
    if (value !== undefined) values.add(value);
  }
  return [...values].map(String).join(', ');
}

function attributeOfColumn(error: SqlError, templates: TemplateCatalogue): string | undefined {
  const template = templates.byId(error.table?.replace(/^r_/, '') ?? '');
  return template?.attributes.find((attribute) => `a_${attribute.id}` === error.column)?.name;
}
