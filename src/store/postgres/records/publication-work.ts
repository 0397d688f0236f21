/** What a publication has to do to the record tables: the templates that it concerns, as they were and as they will be. */
import type { Template } from '../../../core/template.ts';
import type { Queryable } from '../statement.ts';
import { conversionsOf, grouped, type Conversions } from './convert.ts';
import { linkTableShapes, tableShape, type ColumnShape, type LinkTableShape, type TableShape } from './table-shape.ts';
import { loadNewestTemplates, loadReadyTemplates, unfinishedTemplates } from './template-rows.ts';

export interface PublicationWork {
  /** All templates as they will be. */
  newest: readonly Template[];
  shapes: readonly TableShape[];
  links: readonly LinkTableShape[];
  conversions: readonly Conversions[];
  /** The column is part of no version that nodes work by: nobody else reads or writes it. */
  readonly isNew: (template: Template, column: ColumnShape) => boolean;
  /** Values come into the column by this publication. */
  readonly isConverted: (column: ColumnShape) => boolean;
}

/** `job`: the one that carries the publication out, null when it is done within its call. */
export async function workOf(client: Queryable, job: string | null): Promise<PublicationWork> {
  const concerned = await unfinishedTemplates(client, job);
  const newest = await loadNewestTemplates(client, job);
  const before = new Map((await loadReadyTemplates(client)).map((template) => [template.id, new Set(tableShape(template).columns.map(({ name }) => name))]));
  const conversions = newest.flatMap((template) => conversionsOf(template, concerned.get(template.id) ?? new Set()));
  const converting = new Set(conversions.map(({ to }) => to.id));
  return {
    newest,
    shapes: newest.filter(({ id }) => concerned.has(id)).map(tableShape),
    links: linkTableShapes(newest, new Set(concerned.keys())),
    conversions: grouped(conversions),
    isNew: ({ id }, { name }) => before.get(id)?.has(name) !== true,
    isConverted: ({ attribute }) => converting.has(attribute.id),
  };
}
