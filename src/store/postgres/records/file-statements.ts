/** What a set does to files: their bytes have to be there and stay, each version is remembered, and goes with its record. */
import { failure } from '../../../core/failure.ts';
import { filesOf, isFileType, type StoredFile } from '../../../core/file.ts';
import type { Scalar, Template } from '../../../core/template.ts';
import type { Statement } from '../statement.ts';

interface Written {
  template: string;
  templateVersion: number;
  id: string;
}

interface WrittenRecord extends Written {
  values: Readonly<Record<string, Scalar>>;
}

export function fileStatements(writes: readonly WrittenRecord[], versionOf: (write: Written) => Template): readonly Statement[] {
  const written = writes.flatMap((write) =>
    fileAttributes(versionOf(write)).flatMap((attribute) => filesOf(write.values[attribute.name]).map((file) => ({ write, attribute: attribute.id, file }))),
  );
  if (written.length === 0) return [];
  const hashes = [...new Set(written.map(({ file }) => file.hash))].sort();
  return [...hashes.map(nameBlob), ...written.map(({ write, attribute, file }) => versionStatement(write, attribute, file))];
}

const nameBlob = (hash: string): Statement => ({
  name: 'blob.name',
  text: 'UPDATE zveno.blob SET named_at = clock_timestamp() WHERE hash = $1 RETURNING 1',
  values: [Buffer.from(hash, 'hex')],
  expect: { rows: 1, otherwise: { kind: 'refused', failure: failure('store.blobMissing', { hash }).toData() } },
});

const versionStatement = ({ template, id }: WrittenRecord, attribute: string, file: StoredFile): Statement => ({
  name: 'file.version',
  text: `INSERT INTO zveno.file_version (file, version, template, record, attribute, name, size, type, hash, stored_at, stored_by)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11) ON CONFLICT (file, version) DO NOTHING`,
  values: [file.id, file.version, template, id, attribute, file.name, file.size, file.type, Buffer.from(file.hash, 'hex'), file.at, file.by],
});

/** Versions go with the record; nothing names their bytes then. */
export function forgetFiles(deletes: readonly Written[], versionOf: (write: Written) => Template): readonly Statement[] {
  const ids = deletes.filter((write) => fileAttributes(versionOf(write), true).length > 0).map(({ id }) => id);
  return ids.length === 0 ? [] : [{ name: 'file.forget', text: 'DELETE FROM zveno.file_version WHERE record = ANY($1::uuid[])', values: [ids] }];
}

const fileAttributes = ({ attributes, hidden }: Template, all = false): readonly { id: string; name: string }[] =>
  [...attributes, ...(all ? (hidden ?? []) : [])].filter((attribute) => attribute.kind === 'scalar' && isFileType(attribute.type));
