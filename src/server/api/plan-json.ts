/** Plans, findings and changes as the API shows them. */
import { mayView } from '../../core/access/object-rights.ts';
import type { Caller } from '../../core/account.ts';
import type { ChangeDetail } from '../../core/configuration/document-difference.ts';
import { changeText } from '../../core/configuration/change-text.ts';
import type { Finding, ObjectDocument } from '../../core/configuration/object-document.ts';
import type { Plan } from '../../core/configuration/plan.ts';
import { textOf, type Lang } from '../../core/failure.ts';
import type { ValueObject } from '../../core/value.ts';
import type { ReadyProposal } from '../../engine/apply-configuration.ts';
import { plainJson } from './plain-json.ts';

/** `documentOf` gives the place of a finding's document among those that were sent. */
export function planJson({ base, plan, hidden, hiddenValues, restoredValues, conversions, validations, roleRecords }: ReadyProposal, findings: readonly Finding[], lang: Lang, documentOf: (finding: Finding) => number | null): ValueObject {
  return {
    base,
    ...changesJson(plan, lang),
    hidden: hidden.map((one) => ({ ...one })),
    conversions: conversions.map((one) => ({ ...one, samples: one.samples.map((sample) => ({ ...sample })) })),
    hiddenValues: hiddenValues.map((one) => ({ ...one })),
    restoredValues: restoredValues.map((one) => ({ ...one })),
    roleRecords: roleRecords.map((one) => ({ ...one })),
    validations: validations.map((one) => ({ ...one })),
    findings: findings.map((finding) => findingJson(finding, lang, documentOf(finding))),
  };
}

export const changeJson = (change: ChangeDetail, lang: Lang): ValueObject => ({
  path: change.path,
  op: change.op,
  ...(change.from === undefined ? {} : { from: plainJson(change.from) }),
  ...(change.to === undefined ? {} : { to: plainJson(change.to) }),
  text: changeText(change, lang),
});

const changesJson = ({ creates, changes, relaid, deletes, kept }: Plan, lang: Lang): ValueObject => ({
  creates: creates.map(nameJson),
  changes: changes.map((change) => ({ ...nameJson(change), details: change.details.map((detail) => changeJson(detail, lang)) })),
  relaid: relaid.map(nameJson),
  deletes: deletes.map(nameJson),
  kept: kept.map(nameJson),
});

const nameJson = ({ kind, name }: Pick<ObjectDocument, 'kind' | 'name'>): ValueObject => ({ kind, name });

const findingJson = ({ place, kind, name, path, code, parameters }: Finding, lang: Lang, document: number | null): ValueObject => ({
  document,
  line: place?.line ?? null,
  kind: kind ?? null,
  name: name ?? null,
  path,
  code,
  text: textOf(code, parameters, lang),
});

/** What a caller may not see is not told by a plan either. */
export function visibleTo<P extends ReadyProposal>({ may }: Caller, proposal: P): P {
  const { plan } = proposal;
  const seen = ({ kind }: ObjectDocument): boolean => mayView(may, kind);
  return { ...proposal, plan: { ...plan, changes: plan.changes.map((change) => (seen(change) ? change : { ...change, details: [] })), kept: plan.kept.filter(seen) } };
}
