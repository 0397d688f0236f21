/** Publishes roles and groups as the documents that they are. */
import type { Caller } from '../core/account.ts';
import type { Kind, SourceDocument } from '../core/configuration/object-document.ts';
import { printJson } from '../core/json.ts';
import { failure } from '../core/failure.ts';
import type { ValueObject } from '../core/value.ts';
import { proposeConfiguration, publishProposal, type ReadyProposal } from '../engine/apply-configuration.ts';
import type { Asked } from './api/handler.ts';
import type { ApiParts } from './api/parts.ts';
import { assertMayPublish } from './publish-rights.ts';

export interface RoleChange {
  written: readonly { kind: Kind; name: string; fields: ValueObject }[];
  deleted?: readonly { kind: Kind; name: string }[];
  note: string;
}

export class RoleDesk {
  readonly #parts: ApiParts;

  constructor(parts: ApiParts) {
    this.#parts = parts;
  }

  /** Throws `config.invalid` with everything that is wrong, `access.objectsForbidden` when the caller may not. */
  async proposed({ written, deleted = [] }: RoleChange, caller: Caller): Promise<ReadyProposal> {
    const { configurationStore, apply, accounts, configuration } = this.#parts;
    const documents = written.map((one) => this.#document(one));
    const proposal = await proposeConfiguration(configurationStore, documents, { prune: true, only: [...written, ...deleted] }, apply);
    await assertMayPublish(proposal, caller, { accounts, rules: configuration.current().access, connectors: apply.connectors });
    if (proposal.findings.length > 0) throw failure('config.invalid', { count: proposal.findings.length }, { problems: proposal.findings.map(({ kind, name, path, code, parameters }) => ({ path: path === '' ? `${kind} ${name}` : path, code, parameters })) });
    return proposal;
  }

  async publish(proposal: ReadyProposal, note: string, { caller, actor, signal }: Pick<Asked, 'caller' | 'actor' | 'signal'>): Promise<void> {
    const published = await publishProposal(this.#parts.configurationStore, proposal, caller.account.name, note, { actor });
    // Roles and groups have no values to convert, so there is never a job to wait for.
    if (published.kind === 'revision') await this.#parts.configuration.atLeast(published.revision, signal);
  }

  #document({ kind, name, fields }: RoleChange['written'][number]): SourceDocument {
    const { readDocument, apply } = this.#parts;
    const read = readDocument(`${kind} ${name}`, new TextEncoder().encode(printJson({ ...fields, kind, name })));
    if (read.document === null) throw failure('config.invalid', { count: read.findings.length }, { problems: read.findings.map(({ path, code, parameters }) => ({ path, code, parameters })) });
    const { document } = read.document;
    const place = { file: `${kind} ${name}`, line: 1, column: 1 };
    return { kind, name, document, source: apply.print({ kind, name, document }), locate: () => place };
  }
}
