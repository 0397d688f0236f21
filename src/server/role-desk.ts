/** Publishes roles and groups as the documents that they are. */
import type { Caller } from '../core/account.ts';
import type { RoleChange } from '../core/access/role-changes.ts';
import type { ConfigurationStore } from '../core/configuration/configuration-store.ts';
import type { SourceDocument } from '../core/configuration/object-document.ts';
import { failure } from '../core/failure.ts';
import { printJson } from '../core/json.ts';
import { type ApplyContext, proposeConfiguration, publishProposal, type ReadyProposal } from '../engine/apply-configuration.ts';
import type { Asked } from './api/handler.ts';
import type { ApiParts } from './api/parts.ts';
import { assertMayPublish } from './publish-rights.ts';

export interface RoleWriting {
  configurationStore: ConfigurationStore;
  apply: ApplyContext;
  readDocument: ApiParts['readDocument'];
}

/** Throws `config.invalid` for documents that cannot be read; `findings` of the proposal say what else stands in the way. */
export async function proposeRoles({ written, deleted = [] }: RoleChange, { configurationStore, apply, readDocument }: RoleWriting): Promise<ReadyProposal> {
  const documents = written.map(({ kind, name, fields }): SourceDocument => {
    const read = readDocument(`${kind} ${name}`, new TextEncoder().encode(printJson({ ...fields, kind, name })));
    if (read.document === null) throw failure('config.invalid', { count: read.findings.length }, { problems: read.findings.map(({ path, code, parameters }) => ({ path, code, parameters })) });
    const { document } = read.document;
    const place = { file: `${kind} ${name}`, line: 1, column: 1 };
    return { kind, name, document, source: apply.print({ kind, name, document }), locate: () => place };
  });
  return await proposeConfiguration(configurationStore, documents, { prune: true, only: [...written, ...deleted] }, apply);
}

export class RoleDesk {
  readonly #parts: ApiParts;

  constructor(parts: ApiParts) {
    this.#parts = parts;
  }

  /** Throws `config.invalid` with everything that is wrong, `access.objectsForbidden` when the caller may not. */
  async proposed(change: RoleChange, caller: Caller): Promise<ReadyProposal> {
    const { apply, accounts, configuration } = this.#parts;
    const proposal = await proposeRoles(change, this.#parts);
    await assertMayPublish(proposal, caller, { accounts, rules: configuration.current().access, connectors: apply.connectors });
    if (proposal.findings.length > 0) throw failure('config.invalid', { count: proposal.findings.length }, { problems: proposal.findings.map(({ kind, name, path, code, parameters }) => ({ path: path === '' ? `${kind} ${name}` : path, code, parameters })) });
    return proposal;
  }

  async publish(proposal: ReadyProposal, note: string, { caller, actor, signal }: Pick<Asked, 'caller' | 'actor' | 'signal'>): Promise<void> {
    const published = await publishProposal(this.#parts.configurationStore, proposal, caller.account.name, note, { actor });
    // Roles and groups have no values to convert, so there is never a job to wait for.
    if (published.kind === 'revision') await this.#parts.configuration.atLeast(published.revision, signal);
  }
}
