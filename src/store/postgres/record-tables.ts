/** What the commit needs from the part that keeps records. */
import type { RecordWrite } from '../../core/effect-set.ts';
import type { ReadRequest, ReadResult } from '../../core/query.ts';
import type { TemplateCatalogue } from '../../core/template.ts';
import type { Queryable, Statement } from './statement.ts';

export interface RecordTables {
  /** The statements of a set's record writes in their global order, change rows included. Throws a Failure for values that cannot be stored. */
  statements(writes: readonly RecordWrite[], templates: TemplateCatalogue, set: { id: string; run: string | null }): readonly Statement[];
  read(client: Queryable, request: ReadRequest, templates: TemplateCatalogue): Promise<ReadResult>;
  /** Whether an index answers this read whatever the size of the table; it may then go over the connection for look-ups. */
  isKeyLookup(request: ReadRequest, templates: TemplateCatalogue): boolean;
  /** Whether no index bounds what this read looks at; it is then cut short after `queryMs`. */
  mayScan(request: ReadRequest, templates: TemplateCatalogue): boolean;
  /** Which attribute a constraint or unique index guards: system names of template and attribute. */
  constraintMeaning(constraint: string, templates: TemplateCatalogue): ConstraintMeaning | undefined;
}

export interface ConstraintMeaning {
  template: string;
  attribute: string;
  kind: string;
}
