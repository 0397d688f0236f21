/** Scenarios: what happens on an event. They are started under runs. */
import { Type } from 'typebox';
import { anyObject, name, oneOf } from './field.ts';
import { wholeList } from './list.ts';
import { operation, shape } from './operation.ts';

const fields = {
  name: Type.String(),
  title: Type.Unsafe<Record<string, string>>({ type: 'object' }),
  version: Type.Integer(),
  enabled: Type.Boolean(),
  trigger: Type.String({ description: 'Kind of its event' }),
  mayRequest: Type.Boolean({ description: 'Whether a run may call other systems and wait for their answers' }),
  runAs: oneOf(['initiator', 'system']),
};

export const scenarioOperations = {
  listScenarios: wholeList(
    {
      id: 'listScenarios', method: 'GET', path: '/api/v1/scenarios', tag: 'scenarios', permission: 'scenarios.view',
      summary: { ru: 'Список сценариев', en: 'List scenarios' },
      answers: { 200: { about: { ru: 'Все сценарии', en: 'All scenarios' }, schema: shape({ scenarios: Type.Array(shape(fields, { title: 'ScenarioSummary' })) }) } },
      failures: [],
    },
    { items: 'scenarios', key: ['name'], fields: ['name', 'version', 'enabled', 'trigger', 'runAs'] },
  ),
  getScenario: operation({
    id: 'getScenario', method: 'GET', path: '/api/v1/scenarios/{name}', tag: 'scenarios', permission: 'scenarios.view',
    summary: { ru: 'Показать сценарий', en: 'Show a scenario' },
    params: { name },
    answers: { 200: { about: { ru: 'Сценарий', en: 'The scenario' }, schema: shape({ ...fields, document: anyObject }) } },
    failures: ['scenario.unknown'],
  }),
};
