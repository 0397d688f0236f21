/** A journal has no rows of its own: it shows documents, each under its reference and the type of it. */
import type { SetRole } from './set-role.ts';
import { bareType } from './model.ts';
import { type Row, textOf } from './row.ts';

export function journalRow(journal: SetRole, namespace: string, set: string, document: Row): Row {
  const row: Row = {};
  for (const { name } of journal.shape.properties.values()) row[name] = document[name] ?? '';
  return { ...row, Ref: textOf(document['Ref_Key']), Ref_Type: `${namespace}.${set}` };
}

/** The set of documents that a journal's key leads to. */
export const documentSetOf = (key: Row): string => bareType(textOf(key['Ref_Type']));
