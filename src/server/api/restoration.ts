/** Brings back what is hidden, by publishing the documents that show it. */
import { restorationOperations } from '../../api/restoration.ts';
import { assertMeant } from '../../core/configuration/environment.ts';
import { isEmptyPlan } from '../../core/configuration/plan.ts';
import { publishProposal, type ReadyProposal } from '../../engine/apply-configuration.ts';
import { proposeHiddenAttribute, proposeRemovedTemplate } from '../../engine/restore-hidden.ts';
import type { DraftContext } from '../../engine/publish-drafts.ts';
import { assertMayPublish, forbiddenObjects, type PublishRights } from '../publish-rights.ts';
import { good, handle, type Answered, type Asked, type Handler } from './handler.ts';
import type { ApiParts } from './parts.ts';
import { planJson, visibleTo } from './plan-json.ts';
import { answerPublished } from './published.ts';

interface Wanted {
  preview?: boolean;
  environment?: string;
  note?: string;
}

export function restorationHandlers(parts: ApiParts): readonly Handler[] {
  const { accounts, apply, configuration, configurationStore: store, readDocument } = parts;
  const context: DraftContext = { ...apply, readDocument };
  const rights = (): PublishRights => ({ accounts, rules: configuration.current().access, connectors: apply.connectors });

  const restore = async (proposal: ReadyProposal, madeOptional: boolean, { preview, environment, note }: Wanted, { caller, actor, lang, signal }: Pick<Asked, 'caller' | 'actor' | 'lang' | 'signal'>): Promise<Answered> => {
    const shown = visibleTo(caller, proposal);
    if (preview === true) return good({ revision: null, madeOptional, plan: planJson(shown, [...proposal.findings, ...(await forbiddenObjects(proposal, caller, rights()))], lang, () => null) });
    if (!isEmptyPlan(proposal.plan)) assertMeant(await store.environment(), environment ?? null);
    await assertMayPublish(proposal, caller, rights());
    const published = await publishProposal(store, proposal, caller.account.name, note ?? 'API', { actor });
    return await answerPublished(parts, published, { madeOptional, plan: planJson(shown, [], lang, () => null) }, { lang, signal });
  };

  return [
    handle(restorationOperations.restoreHiddenAttribute, async ({ body: { template, attribute, attributeType, ...wanted }, ...asked }) => {
      const { madeOptional, ...proposal } = await proposeHiddenAttribute(store, { template, attribute, ...(attributeType === undefined ? {} : { type: attributeType }) }, context);
      return await restore(proposal, madeOptional, wanted, asked);
    }),
    handle(restorationOperations.listRemovedTemplates, async () => good({ templates: (await store.removedTemplates()).map((one) => ({ ...one })) })),
    handle(restorationOperations.restoreRemovedTemplate, async ({ params, body, ...asked }) => await restore(await proposeRemovedTemplate(store, params.name, context), false, body, asked)),
  ];
}
