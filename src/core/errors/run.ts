import type { ErrorEntry } from './entry.ts';

export const runErrors = {
  'route.noScenario': { fault: 'setup', status: 503, ru: 'У маршрута «{route}» нет активного сценария; ничего не записано.', en: 'Route "{route}" has no active scenario; nothing was recorded.' },
  'run.validation': { fault: 'message', status: 422, ru: '{message}', en: '{message}' },
} satisfies Record<string, ErrorEntry>;
