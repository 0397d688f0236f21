/** Scenarios as they are published. */
import { scenarioOperations } from '../../api/scenarios.ts';
import type { PublishedScenario } from '../../core/configuration/published.ts';
import { failure } from '../../core/failure.ts';
import type { ValueObject } from '../../core/value.ts';
import { good, handle, type Handler } from './handler.ts';
import type { ApiParts } from './parts.ts';
import { plainJson } from './plain-json.ts';

export function scenarioHandlers({ configuration, engine }: ApiParts): readonly Handler[] {
  const summaryJson = ({ name, title, version, enabled, document }: PublishedScenario): ValueObject => ({
    name,
    title: { ...title },
    version,
    enabled,
    trigger: document.on.kind,
    mayRequest: engine.mayRequest(name),
    runAs: document.runAs,
  });
  return [
    handle(scenarioOperations.listScenarios, async () => good({ scenarios: configuration.current().scenarios().map(summaryJson) })),
    handle(scenarioOperations.getScenario, async ({ params }) => {
      const scenario = configuration.current().scenario(params.name);
      if (scenario === undefined) throw failure('scenario.unknown', { scenario: params.name });
      return good({ ...summaryJson(scenario), document: plainJson(scenario.document) });
    }),
  ];
}
