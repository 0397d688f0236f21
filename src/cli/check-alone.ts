/** Judges documents by themselves: what can be known without a database. */
import type { Finding, SourceDocument } from '../core/configuration/object-document.ts';
import { propose } from '../core/configuration/proposal.ts';
import type { ApplyContext } from '../engine/apply-configuration.ts';

export function checkAlone(documents: readonly SourceDocument[], context: ApplyContext): readonly Finding[] {
  const stored = { revision: 0, objects: [], addresses: null, secrets: null };
  const newTemplateId = (): string => Buffer.from(context.random.bytes(4)).toString('hex');
  return propose({ stored, newestTemplates: [], documents, options: { prune: false }, context, newTemplateId, print: context.print }).findings;
}
