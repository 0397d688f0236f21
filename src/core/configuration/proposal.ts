/** A plan together with everything that stands in its way: what a person sees before anything is written. */
import type { Template } from '../template.ts';
import type { Problem } from '../failure.ts';
import { checkTogether } from './joint-check.ts';
import { type Finding, type ObjectDocument, readPath, type SourceDocument } from './object-document.ts';
import { readObjects } from './object-set.ts';
import { keyOf, type Plan, planApply, type PlanOptions, plannedObjects } from './plan.ts';
import type { SnapshotContext } from './snapshot.ts';
import type { StoredConfiguration } from './stored.ts';
import { readTemplates, type TemplateSet } from './template-set.ts';

export interface ProposalInput {
  /** Null for what is not known: it is then not checked. */
  stored: Pick<StoredConfiguration, 'revision' | 'objects'> & { addresses: StoredConfiguration['addresses'] | null; secrets: StoredConfiguration['secrets'] | null };
  newestTemplates: readonly Template[];
  documents: readonly SourceDocument[];
  options: PlanOptions;
  context: SnapshotContext;
  /** Eight random hexadecimal digits. */
  readonly newTemplateId: () => string;
  /** The text of an object that was not applied from a file. */
  readonly print: (object: ObjectDocument) => string;
}

export interface Proposal {
  /** Revision that it was made for. */
  base: number;
  plan: Plan;
  templates: TemplateSet;
  /** All objects as they will be. */
  after: readonly ObjectDocument[];
  /** Empty when it may be published. */
  findings: readonly Finding[];
}

export function propose(input: ProposalInput): Proposal {
  const { stored, documents } = input;
  const plan = planApply(stored.objects, documents, input.print, input.options);
  const objects = plannedObjects(stored.objects, plan);
  const templates = readTemplates(objects, input.newestTemplates, input.newTemplateId);
  const problems = objectProblems(objects, templates, input);
  const byTemplate = new Map([...templates.problems].map(([name, found]) => [keyOf({ kind: 'Template', name }), found]));
  const findings = objects.flatMap((object) => {
    const found = [...(problems.get(keyOf(object)) ?? []), ...(byTemplate.get(keyOf(object)) ?? [])];
    return found.map((problem) => findingOf(problem, object, documents));
  });
  return { base: stored.revision, plan, templates, after: objects, findings: [...plan.refused, ...findings] };
}

function objectProblems(objects: readonly ObjectDocument[], { catalogue: templates, problems }: TemplateSet, { stored, context }: ProposalInput): ReadonlyMap<string, readonly Problem[]> {
  const set = readObjects(objects, { ...context, addresses: stored.addresses, secrets: stored.secrets === null ? null : new Set(stored.secrets.keys()), templates });
  const joint = checkTogether({ objects, set, templates, templatesKnown: problems.size === 0, connectors: context.connectors });
  return new Map([...set.problems, ...[...joint].map(([key, found]) => [key, [...(set.problems.get(key) ?? []), ...found]] as const)]);
}

function findingOf(problem: Problem, object: ObjectDocument, documents: readonly SourceDocument[]): Finding {
  const document = documents.find((candidate) => keyOf(candidate) === keyOf(object));
  const { kind, name } = object;
  return { kind, name, path: problem.path, code: problem.code, parameters: problem.parameters, ...(document === undefined ? {} : { place: document.locate(readPath(problem.path)) }) };
}
