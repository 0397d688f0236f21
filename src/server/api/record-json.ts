/** A record as the API shows it: its attributes beside the system attributes, whose names cannot be taken. */
import { textOf } from '../../core/failure.ts';
import type { RecordData } from '../../core/template.ts';
import type { ValueObject } from '../../core/value.ts';

export const recordJson = (record: RecordData): ValueObject => ({
  id: record.id,
  _version: record.version,
  _createdAt: record.createdAt,
  _createdBy: record.createdBy,
  _changedAt: record.changedAt,
  _changedBy: record.changedBy,
  _archived: record.archived,
  _origin: record.origin,
  ...record.values,
  ...record.links,
  ...record.shown,
  ...(record.failures === undefined ? {} : { _failures: Object.entries(record.failures).map(([attribute, { code, parameters }]) => ({ attribute, code, text: textOf(code, parameters, 'en') })) }),
});
