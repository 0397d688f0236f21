/** Metadata of connections. */
import { metadataOperations } from '../../api/metadata.ts';
import { Failure, failure, type Lang } from '../../core/failure.ts';
import { printJson } from '../../core/json.ts';
import { limits } from '../../core/limits.ts';
import type { Value, ValueObject } from '../../core/value.ts';
import type { Comparison, RefreshStage } from '../../engine/metadata-desk.ts';
import type { RemoteObject } from '../../sdk/remote-metadata.ts';
import { failureJson } from './failure-json.ts';
import { connectionNamed } from './connection-named.ts';
import { good, handle, type Handler } from './handler.ts';
import { changeText, impactText, refreshText } from './metadata-text.ts';
import type { ApiParts } from './parts.ts';
import { plainJson } from './plain-json.ts';

export function metadataHandlers({ configuration, metadata }: ApiParts): readonly Handler[] {
  return [
    handle(metadataOperations.getMetadata, async ({ params, lang, signal }) => {
      const connection = connectionNamed(configuration, params.name);
      const { snapshots: [snapshot, ...previous], metadata: read } = await metadata.present(connection, signal);
      const findings = snapshot === undefined ? [] : await metadata.findings(connection, snapshot);
      return good({
        findings: findings.map((finding) => failureJson(finding.toData(), lang)),
        title: read.title, snapshot: plainJson(snapshot), previous: plainJson(previous), kinds: kindsOf(read.objects),
        objects: read.objects.length, types: read.types.rows, complexTypes: read.types.complex, enums: read.enums.length, functions: read.functions.length, warnings: read.warnings.slice(0, 100),
      });
    }),

    handle(metadataOperations.refreshMetadata, async ({ params, lang, signal }) => {
      const connection = connectionNamed(configuration, params.name);
      const stages = metadata.refresh(connection, signal);
      // What keeps it from beginning is answered as a problem.
      const first = await stages.next();
      return { status: 200, stream: stageLines(first, stages, lang), mediaType: 'application/x-ndjson; charset=utf-8' };
    }),

    handle(metadataOperations.compareMetadata, async ({ params, query: { from, to }, lang, signal }) =>
      good(comparisonJson(await metadata.compare(connectionNamed(configuration, params.name), { ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }) }, signal), lang))),

    handle(metadataOperations.listRemoteObjects, async ({ params, query, signal }) => {
      const { metadata: { objects } } = await metadata.present(connectionNamed(configuration, params.name), signal);
      const wanted = query.search?.toLocaleLowerCase('ru') ?? '';
      const fitting = objects
        .filter(({ name, kind, partOf }) => (query.parts === true || partOf === undefined) && (query.kind === undefined || query.kind.includes(kind)) && name.toLocaleLowerCase('ru').includes(wanted))
        .toSorted((one, other) => (one.name < other.name ? -1 : 1));
      const after = query.cursor === undefined ? undefined : nameOfCursor(query.cursor);
      const rest = after === undefined ? fitting : fitting.filter(({ name }) => name > after);
      const page = rest.slice(0, query.limit ?? 100);
      const last = page.at(-1);
      return good({ objects: page.map(lineOf), count: fitting.length, cursor: last === undefined || page.length === rest.length ? null : Buffer.from(last.name).toString('base64url') });
    }),

    handle(metadataOperations.getRemoteObject, async ({ params, signal }) => {
      const connection = connectionNamed(configuration, params.name);
      const { object, metadata: { functions } } = await metadata.object(connection, params.object, signal);
      return good({
        ...lineOf(object), fields: plainJson(object.fields), references: plainJson(object.references),
        functions: plainJson(functions.filter((each) => each.object === object.name)),
        routes: metadata.routesOf(connection, object.name),
      });
    }),
  ];
}

/** A place in the order of names; whatever it says, it only leaves names out. */
function nameOfCursor(cursor: string): string {
  const name = Buffer.from(cursor, 'base64url').toString('utf8');
  if (Buffer.from(name).toString('base64url') === cursor) return name;
  throw failure('query.cursor', {});
}

function kindsOf(objects: readonly RemoteObject[]): Value {
  const kinds = new Map<string, { objects: number; tableParts: number }>();
  for (const { kind, partOf } of objects) {
    const counts = kinds.get(kind) ?? { objects: 0, tableParts: 0 };
    if (partOf === undefined) counts.objects += 1;
    else counts.tableParts += 1;
    kinds.set(kind, counts);
  }
  return [...kinds].map(([kind, counts]) => ({ kind, ...counts })).sort((one, other) => (one.kind < other.kind ? -1 : 1));
}

const lineOf = ({ name, kind, partOf, keys, fields }: RemoteObject): ValueObject => ({
  name, kind, partOf: partOf ?? null, keys, fields: fields.length, tableParts: fields.filter(({ role }) => role === 'tablePart').map((field) => field.name),
});

async function* stageLines(first: IteratorResult<RefreshStage, void>, stages: AsyncGenerator<RefreshStage>, lang: Lang): AsyncGenerator<string> {
  try {
    for (let { done, value } = first; done !== true; { done, value } = await stages.next()) if (value !== undefined) yield line(stageJson(value, lang));
  } catch (error) {
    if (!(error instanceof Failure)) throw error;
    yield line({ result: 'failed', text: error.text(lang), failure: failureJson(error.toData(), lang) });
  } finally {
    await stages.return(undefined);
  }
}

const line = (value: Value): string => `${printJson(value)}\n`;

function stageJson(stage: RefreshStage, lang: Lang): ValueObject {
  if (stage.stage === 'capabilities') return { stage: stage.stage, learnt: stage.learnt, ms: Math.round(stage.ms), text: refreshText(stage, lang), ...(stage.failure === null ? {} : { failure: failureJson(stage.failure.toData(), lang) }) };
  if (stage.stage !== 'done') return { ...stage, ms: Math.round(stage.ms), text: refreshText(stage, lang) };
  return { result: stage.changed ? 'changed' : 'unchanged', text: refreshText(stage, lang), comparison: stage.comparison === null ? null : comparisonJson(stage.comparison, lang) };
}

function comparisonJson({ from, to, changes, impact }: Comparison, lang: Lang): ValueObject {
  // What breaks something comes first, so that a long list never hides it.
  const weight = { broken: 0, risky: 1, harmless: 2 } as const;
  const sorted = changes.toSorted((one, other) => weight[one.effect] - weight[other.effect]);
  const limit = limits.metadataChanges.value;
  const count = (end: RegExp): number => changes.filter(({ kind }) => end.test(kind)).length;
  return {
    from: plainJson(from), to: plainJson(to),
    counts: { added: count(/Added$/), removed: count(/Removed$/), changed: count(/Changed$/) },
    changes: sorted.slice(0, limit).map((change) => ({
      kind: change.kind, effect: change.effect, object: change.object ?? null, field: change.field ?? null, name: change.name ?? null, from: change.from ?? null, to: change.to ?? null, text: changeText(change, lang),
    })),
    more: Math.max(0, changes.length - limit),
    impact: impact.slice(0, limit).map((each) => ({ route: each.route, place: each.place, effect: each.change.effect, object: each.change.object ?? null, field: each.change.field ?? null, text: impactText(each, lang) })),
  };
}
