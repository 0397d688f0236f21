/** A set of templates that can be looked up by id, by name and by version. Immutable. */
import { failure } from './failure.ts';
import { nearestKnown } from './nearest-known.ts';
import type { Attribute, Template, TemplateCatalogue } from './template.ts';

export interface VersionedCatalogue extends TemplateCatalogue {
  version(id: string, version: number): Template | undefined;
  /** The newest version of every template, removed ones included; what a plan starts from. */
  newest(): readonly Template[];
}

/** `versions` may hold any number of versions of a template; the newest is the current one. Removed templates are found by id only. */
export function templateCatalogue(versions: readonly Template[]): VersionedCatalogue {
  const byVersion = new Map<string, Template>();
  const byId = new Map<string, Template>();
  for (const template of versions) {
    byVersion.set(`${template.id}/${template.version}`, template);
    if (template.version >= (byId.get(template.id)?.version ?? 0)) byId.set(template.id, template);
  }
  const newest = [...byId.values()].sort(byTemplateName);
  const all = newest.filter((template) => template.retired !== true);
  const byName = new Map(all.map((template) => [template.name, template]));
  return {
    byId: (id) => byId.get(id),
    byName: (name) => byName.get(name),
    all: () => all,
    version: (id, version) => byVersion.get(`${id}/${version}`),
    newest: () => newest,
  };
}

/** The template of that name; throws `record.unknownTemplate` with the nearest name. */
export function templateNamed(templates: TemplateCatalogue, name: string): Template {
  const template = templates.byName(name);
  if (template !== undefined) return template;
  const names = templates.all().map((known) => known.name);
  throw failure('record.unknownTemplate', { template: name.slice(0, 80), nearest: nearestKnown(name, names) });
}

export const attributeNamed = (template: Template, name: string): Attribute | undefined => template.attributes.find((attribute) => attribute.name === name);

export const nearestAttribute = (template: Template, name: string): string =>
  nearestKnown(
    name,
    template.attributes.map((attribute) => attribute.name),
  );

const byTemplateName = (left: Template, right: Template): number => (left.name < right.name ? -1 : left.name > right.name ? 1 : 0);
