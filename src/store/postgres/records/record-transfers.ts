/** Records that travel, in the database: read as they are stored, and written in one transaction. */
import { emptyEffectSet } from '../../../core/effect-set.ts';
import type { RecordReader, RecordTransfers, RecordWriter } from '../../../core/reference-data/record-transfer.ts';
import type { TemplateCatalogue } from '../../../core/template.ts';
import { insertAudit } from '../audit/audit.ts';
import { applied } from '../own-writes.ts';
import { asked, type Readers } from '../pool.ts';
import type { Queryable } from '../statement.ts';
import { recordTables } from './record-tables.ts';

/** `newId` names the change of each write in the change log. */
export function recordTransfers(readers: Readers, newId: () => string): RecordTransfers {
  return {
    reader: (templates) => readerOf(readers, templates),
    transfer: (templates, work) =>
      asked(
        readers.transaction(async (client) => {
          const { result, audit } = await work(writerOf(client, templates, newId));
          if (audit === null) await client.query({ text: 'ROLLBACK', values: [] }).then(() => client.query({ text: 'BEGIN', values: [] }));
          else await insertAudit(client, audit);
          return result;
        }),
      ),
  };
}

const readerOf = (client: Queryable, templates: TemplateCatalogue): RecordReader => ({ read: (request) => recordTables.read(client, request, templates) });

const writerOf = (client: Queryable, templates: TemplateCatalogue, newId: () => string): RecordWriter => ({
  ...readerOf(client, templates),
  async write(records) {
    if (records.length === 0) return;
    const set = { ...emptyEffectSet(newId()), records };
    const context = { set, templates, records: recordTables };
    for (const statement of recordTables.statements(records, templates, { id: set.id, run: null })) await applied(client, statement, context);
  },
});
