/** Reads all Template documents together and plans the versions that would follow from them. */
import { Failure, type Problem } from '../failure.ts';
import { templateCatalogue, type VersionedCatalogue } from '../template-catalogue.ts';
import { planTemplates, type TemplatePlan } from '../template-plan.ts';
import type { Template } from '../template.ts';
import { readPath, printPath, type ObjectDocument } from './object-document.ts';
import { parseTemplateDocument, type TemplateDocument } from './template-document.ts';

export interface TemplateSet {
  plan: TemplatePlan;
  /** As it will be once the plan is carried out; what the other objects are checked against. */
  catalogue: VersionedCatalogue;
  /** By the template's name; paths begin inside its document. */
  problems: ReadonlyMap<string, readonly Problem[]>;
}

/** `current` holds the newest version of every template, removed ones included. */
export function readTemplates(objects: readonly ObjectDocument[], current: readonly Template[], newId: () => string): TemplateSet {
  const problems = new Map<string, Problem[]>();
  const documents: TemplateDocument[] = [];
  for (const object of objects) {
    if (object.kind !== 'Template') continue;
    const read = readTemplate(object);
    if ('document' in read) documents.push(read.document);
    else problems.set(object.name, [...read.problems]);
  }
  // With a template left out, its links would seem to be removed: better no plan than a wrong one.
  const plan: TemplatePlan = problems.size > 0 ? { templates: [], changes: [], refused: [] } : planTemplates(current, documents, newId);
  for (const refused of plan.refused) addRefused(problems, refused);
  return { plan, catalogue: templateCatalogue([...current, ...plan.templates]), problems };
}

function readTemplate(object: ObjectDocument): { document: TemplateDocument } | { problems: readonly Problem[] } {
  try {
    return { document: parseTemplateDocument(object.document) };
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    return { problems: error.problems };
  }
}

/** The plan's paths begin with the template's name, the document's with a key. */
function addRefused(problems: Map<string, Problem[]>, refused: Problem): void {
  const [template, ...rest] = readPath(refused.path);
  const name = String(template ?? '');
  problems.set(name, [...(problems.get(name) ?? []), { ...refused, path: printPath(rest) }]);
}
