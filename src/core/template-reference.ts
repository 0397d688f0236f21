/** What holds of reference templates together: they refer to one another only, and what travels can be named by its key. */
import type { Planning } from './template-planning.ts';
import type { LinkAttribute } from './template.ts';

/** Asked for all templates, so that one that stops being reference data is noticed by those that refer to it. */
export function checkReferences(planning: Planning): void {
  const byId = new Map([...planning.drafts.values()].map((draft) => [draft.id, draft.document]));
  for (const { document, attributes } of planning.drafts.values()) {
    if (document.referenceData === undefined) continue;
    for (const link of attributes) {
      const target = link.kind === 'link' ? byId.get(link.target) : undefined;
      if (link.kind !== 'link' || target === undefined) continue;
      const about = { template: document.name, attribute: link.name, target: target.name };
      const [place, attribute] = declaredAt(planning, document.name, link, target.name);
      if (target.referenceData === undefined) planning.refuse(place, attribute, 'template.referenceTarget', about);
      else if (document.referenceData.carried && link.side === 'owner' && target.referenceData.key === undefined) planning.refuse(place, attribute, 'template.carriedTarget', about);
    }
  }
}

/** The side that another template implies by its `inverse` is mended there. */
function declaredAt(planning: Planning, template: string, link: LinkAttribute, target: string): readonly [template: string, attribute: string] {
  const isDeclared = planning.drafts.get(template)?.document.attributes.some(({ name }) => name === link.name) === true;
  return isDeclared || link.inverse === undefined ? [template, link.name] : [target, link.inverse];
}
