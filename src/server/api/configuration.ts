/** The configuration as documents, the addresses of this installation, and secrets. */
import { configurationOperations } from '../../api/configuration.ts';
import type { Caller } from '../../core/account.ts';
import type { Finding, Kind, SourceDocument } from '../../core/configuration/object-document.ts';
import { assertMeant } from '../../core/configuration/environment.ts';
import { isEmptyPlan, keyOf } from '../../core/configuration/plan.ts';
import { failure } from '../../core/failure.ts';
import { printJson } from '../../core/json.ts';
import { secretState } from '../../core/secret-vault.ts';
import type { ValueObject } from '../../core/value.ts';
import { problemOf, proposeConfiguration, publishProposal, type ReadyProposal } from '../../engine/apply-configuration.ts';
import { assertMayPublish, forbiddenObjects, type PublishRights } from '../publish-rights.ts';
import { assertMay } from '../sign-in.ts';
import { expiryOf } from './future-instant.ts';
import { failureJson } from './failure-json.ts';
import { good, handle, type Handler } from './handler.ts';
import { printListCursor, readListCursor } from './list-cursor.ts';
import type { ApiParts } from './parts.ts';
import { assertNew, isForNew, wantedVersion } from './if-match.ts';
import { plainJson } from './plain-json.ts';
import { planJson, visibleTo } from './plan-json.ts';
import { answerPublished } from './published.ts';

interface Given {
  documents: readonly (string | ValueObject)[];
  prune?: boolean;
  hideRecords?: boolean;
  only?: { kind: Kind; name: string }[];
  base?: number;
}

export function configurationHandlers(parts: ApiParts): readonly Handler[] {
  const { accounts, clock, configuration, configurationStore, apply, readDocument, vault } = parts;
  const publishRights = (): PublishRights => ({ accounts, rules: configuration.current().access, connectors: apply.connectors });
  return [
    handle(configurationOperations.getConfiguration, async ({ lang }) => {
      const { revision, broken, templates, ...current } = configuration.current();
      const objects = [
        ...templates.all().map((template) => objectJson('Template', template)),
        ...current.connections().map((connection) => objectJson('Connection', connection)),
        ...current.routes().map((route) => objectJson('Route', route)),
        ...current.scenarios().map((scenario) => objectJson('Scenario', scenario)),
      ];
      return good({ revision, environment: apply.environment, objects, broken: broken.map((object) => ({ kind: object.kind, name: object.name, failure: failureJson(object.failure, lang) })) });
    }),

    handle(configurationOperations.exportConfiguration, async ({ query }) => {
      const { stored } = await configurationStore.load(query.revision);
      const documents = stored.objects.map(({ kind, name, version, document, source }) => ({ kind, name, version, yaml: source ?? apply.print({ kind, name, document }), document: plainJson(document) }));
      return good({ revision: stored.revision, documents });
    }),

    handle(configurationOperations.planConfiguration, async ({ body, lang, caller }) => {
      const { documents, findings } = readAll(body);
      const proposal = await proposed(body, documents);
      const forbidden = await forbiddenObjects(proposal, caller, publishRights());
      return good(planJson(visibleTo(caller, proposal), [...findings, ...proposal.findings, ...forbidden], lang, indexOf));
    }),

    handle(configurationOperations.applyConfiguration, async ({ body, caller, actor, lang, signal }) => {
      const { documents, findings } = readAll(body);
      if (findings.length > 0) throw failure('config.invalid', { count: findings.length }, { problems: findings.map(problemOf) });
      const proposal = await proposed(body, documents);
      if (!isEmptyPlan(proposal.plan)) assertMeant(await configurationStore.environment(), body.environment ?? null);
      await assertMayPublish(proposal, caller, publishRights());
      const published = await publishProposal(configurationStore, proposal, caller.account.name, body.note ?? 'API', { actor });
      return await answerPublished(parts, published, { plan: planJson(visibleTo(caller, proposal), [], lang, indexOf) }, { lang, signal });
    }),

    handle(configurationOperations.listRevisions, async ({ query: { limit = 100, cursor } }) => {
      const from = readListCursor('revisions', cursor);
      const found = await configurationStore.history(limit + 1, ...(from === null ? [] : [Number(from)]));
      const revisions = found.slice(0, limit);
      const last = revisions.at(-1);
      return good({ revisions: revisions.map((entry) => ({ ...entry })), cursor: found.length > limit && last !== undefined ? printListCursor('revisions', String(last.revision)) : null });
    }),

    handle(configurationOperations.setAddresses, async ({ body, caller, actor, signal }) => {
      await assertMayMove(Object.keys(body.addresses), caller);
      const revision = await configurationStore.setAddresses(new Map(Object.entries(body.addresses)), caller.account.name, actor);
      if (revision !== null) await configuration.atLeast(revision, signal);
      return good({ revision });
    }),

    handle(configurationOperations.listSecrets, async () => good({ secrets: (await vault.list()).map((secret) => ({ ...secret, state: secretState(secret, clock.wallMs()) })) })),

    handle(configurationOperations.setSecret, async ({ params, body, headers, caller, actor }) => {
      assertNew(headers, { kind: 'Secret', name: params.name }, isForNew(headers) && (await vault.list()).some(({ name }) => name === params.name));
      const version = isForNew(headers) ? 0 : wantedVersion(headers['if-match']);
      await vault.set(params.name, body.value, caller.account.name, { actor, expiresAt: expiryOf(body.expiresAt ?? null, clock.wallMs()), ...(version === null ? {} : { version }) });
      return { status: 204 };
    }),
  ];

  /** An address to which a connection brings secrets is moved only by who may set them. */
  async function assertMayMove(names: readonly string[], caller: Caller): Promise<void> {
    const { stored } = await configurationStore.load();
    const texts = stored.objects.filter(({ kind }) => kind === 'Connection').map(({ document }) => JSON.stringify(document)).filter((text) => text.includes('${secret:'));
    if (texts.some((text) => names.some((name) => text.includes(`\${address:${name}}`)))) assertMay(caller, 'secrets.edit');
  }

  /** Throws `config.changedMeanwhile` when the caller made his documents for another revision. */
  async function proposed({ prune, hideRecords, only, base }: Given, documents: readonly SourceDocument[]): Promise<ReadyProposal> {
    const proposal = await proposeConfiguration(configurationStore, documents, { prune: prune ?? false, hideRecords: hideRecords ?? false, ...(only === undefined ? {} : { only }) }, apply);
    if (base === undefined || base === proposal.base) return proposal;
    const [last] = await configurationStore.history(1);
    throw failure('config.changedMeanwhile', { by: last?.by ?? '?', revision: proposal.base, base });
  }

  function readAll({ documents: given }: Given): { documents: readonly SourceDocument[]; findings: readonly Finding[] } {
    const documents = new Map<string, SourceDocument>();
    const findings: Finding[] = [];
    given.forEach((text, index) => {
      const read = typeof text === 'string' ? readDocument(placeOf(index), new TextEncoder().encode(text)) : readObject(index, text);
      findings.push(...read.findings);
      if (read.document === null) return;
      const key = keyOf(read.document);
      const other = documents.get(key);
      if (other === undefined) documents.set(key, read.document);
      else findings.push({ place: read.document.locate(['name']), path: 'name', code: 'config.duplicateObject', parameters: { kind: read.document.kind, name: read.document.name, other: other.locate([]).file } });
    });
    return { documents: [...documents.values()], findings };
  }

  /** JSON is read as the YAML that it also is, so that one reader judges both; it is kept in the usual layout. */
  function readObject(index: number, object: ValueObject): ReturnType<ApiParts['readDocument']> {
    const file = placeOf(index);
    const read = readDocument(file, new TextEncoder().encode(printJson(object)));
    if (read.document === null) return read;
    const { kind, name, document } = read.document;
    return { findings: read.findings, document: { kind, name, document, source: apply.print({ kind, name, document }), locate: () => ({ file, line: 1, column: 1 }) } };
  }
}

const placeOf = (index: number): string => `documents[${index}]`;

const objectJson = (kind: string, { name, version }: { name: string; version: number }): ValueObject => ({ kind, name, version });

function indexOf({ place }: Finding): number | null {
  const digits = /^documents\[(\d+)\]$/.exec(place?.file ?? '')?.[1];
  return digits === undefined ? null : Number(digits);
}
