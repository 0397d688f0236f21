/** Reads what a run would see: its writes so far are applied, looked at, and rolled back. */
import type { EffectSet } from '../../core/effect-set.ts';
import { Failure, failure } from '../../core/failure.ts';
import type { WriteRefusal } from '../../core/store-port.ts';
import type { ReadRequest, ReadResult } from '../../core/query.ts';
import { recordStatements } from './commit/set-statements.ts';
import { verdictOf, type VerdictContext } from './commit/verdict.ts';
import { sqlErrorOf, unavailable, type Readers } from './pool.ts';
import { oneByOne, type Queryable, type Statement } from './statement.ts';

/** Throws the failure of a write that would be refused, `store.changed` when what the run read has changed. */
export async function readWithOwn(readers: Readers, request: ReadRequest, own: EffectSet, context: Omit<VerdictContext, 'set'>): Promise<ReadResult> {
  const statements = recordStatements(own, context.records, context.templates);
  const looked = (applying: readonly Statement[]): Promise<ReadResult> =>
    readers.rolledBack(async (client) => {
      for (const statement of applying) await applied(client, statement, { ...context, set: own });
      return context.records.read(client, request, context.templates);
    });
  try {
    return await looked(statements);
  } catch (error) {
    if (!(error instanceof Failure) || error.code === 'store.unavailable' || statements.every(({ apart }) => apart === undefined)) throw error;
    return looked(oneByOne(statements));
  }
}

/** Each write stands in a savepoint of its own: past one that is refused the others are looked at as if it had not been there. */
export function refusalsOf(readers: Readers, own: EffectSet, context: Omit<VerdictContext, 'set'>): Promise<readonly WriteRefusal[]> {
  return readers.rolledBack(async (client) => {
    const found: WriteRefusal[] = [];
    for (const statement of statementsOf(own, context)) {
      if (statement instanceof Failure) return [{ record: null, failure: statement.toData() }];
      await client.query({ text: 'SAVEPOINT one', values: [] });
      try {
        await applied(client, statement, { ...context, set: own });
      } catch (error) {
        if (!(error instanceof Failure) || error.code === 'store.unavailable') throw error;
        await client.query({ text: 'ROLLBACK TO SAVEPOINT one', values: [] });
        found.push({ record: statement.about?.record ?? null, failure: error.toData() });
      }
    }
    return found;
  });
}

/** A value that cannot be stored is refused before there are statements. */
function statementsOf(own: EffectSet, { records, templates }: Omit<VerdictContext, 'set'>): readonly (Statement | Failure)[] {
  try {
    return oneByOne(recordStatements(own, records, templates));
  } catch (error) {
    if (error instanceof Failure) return [error];
    throw error;
  }
}

/** Throws what the database refuses, and `store.changed` for a record that is another by now. */
export async function applied(client: Queryable, statement: Statement, context: VerdictContext): Promise<void> {
  let rowCount: number;
  try {
    ({ rowCount } = await client.query({ text: statement.text, values: statement.values }));
  } catch (error) {
    const sql = sqlErrorOf(error);
    if (sql === undefined) throw unavailable(error);
    const verdict = verdictOf(sql, statement, context);
    throw verdict.kind === 'result' && (verdict.result.kind === 'refused' || verdict.result.kind === 'unavailable') ? Failure.from(verdict.result.failure) : failure('store.unavailable', {}, { cause: error });
  }
  if (statement.expect === undefined || statement.expect.rows === rowCount) return;
  const { otherwise } = statement.expect;
  if (otherwise.kind === 'refused') throw Failure.from(otherwise.failure);
  const [template, record] = otherwise.kind === 'conflict' ? [otherwise.template, otherwise.record] : [];
  throw failure('store.changed', { template: template ?? '–', record: record ?? '–' });
}
