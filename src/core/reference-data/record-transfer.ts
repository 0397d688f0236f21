/** Where records that travel are read and written: all of a transfer in one transaction, or none of it. */
import type { AuditEvent } from '../audit.ts';
import type { RecordWrite } from '../effect-set.ts';
import type { ReadRequest, ReadResult } from '../query.ts';
import type { TemplateCatalogue } from '../template.ts';

export interface RecordReader {
  read(request: ReadRequest): Promise<ReadResult>;
}

export interface RecordWriter extends RecordReader {
  /** Throws what the database refuses, and `store.changed` when a record is another by now. */
  write(records: readonly RecordWrite[]): Promise<void>;
}

export interface RecordTransfers {
  /** `templates`: as the tables are. */
  reader(templates: TemplateCatalogue): RecordReader;
  /** What `work` throws takes all of it back. Its audit event is written in the same transaction; null rolls back, too. */
  transfer<T>(templates: TemplateCatalogue, work: (writer: RecordWriter) => Promise<{ result: T; audit: AuditEvent | null }>): Promise<T>;
}
