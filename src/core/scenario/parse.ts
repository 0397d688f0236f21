/** From a Scenario document, as plain data, to the shape that the platform works with. All problems are reported at once. */
import { failure } from '../failure.ts';
import type { ScenarioDocument } from './document.ts';
import { readChoice, readName, readObject, readRequired, type DocumentReader } from './document-reader.ts';
import { parseSteps } from './parse-steps.ts';
import { parseTrigger } from './parse-trigger.ts';

const keys = ['kind', 'name', 'title', 'description', 'enabled', 'on', 'runAs', 'steps'] as const;

/** Throws `scenario.refused` with every problem; `place` is what messages call the document, for instance its file. */
export function parseScenario(document: unknown, place: string): ScenarioDocument {
  const reader: DocumentReader = { source: place, problems: [] };
  const scenario = readScenario(reader, document);
  if (reader.problems.length > 0 || scenario === undefined) {
    throw failure('scenario.refused', { scenario: scenario?.name || place, count: reader.problems.length }, { problems: reader.problems });
  }
  return scenario;
}

function readScenario(reader: DocumentReader, document: unknown): ScenarioDocument | undefined {
  const object = readObject(reader, document, '', keys);
  if (object === undefined) return undefined;
  return {
    name: readName(reader, readRequired(reader, object, 'name', ''), 'name'),
    on: parseTrigger(reader, readRequired(reader, object, 'on', ''), 'on'),
    runAs: readChoice(reader, object['runAs'], 'runAs', ['initiator', 'system'], 'initiator'),
    steps: parseSteps(reader, readRequired(reader, object, 'steps', ''), 'steps', 1),
  };
}
