/** What the systems behind connections can do. */
import { capabilityOperations } from '../../api/capabilities.ts';
import type { WayToLearn } from '../../core/capability.ts';
import type { Lang } from '../../core/failure.ts';
import type { Localised } from '../../core/localised.ts';
import { printJson } from '../../core/json.ts';
import type { Value, ValueObject } from '../../core/value.ts';
import type { ShownCapability } from '../../engine/capability-desk.ts';
import { connectionNamed } from './connection-named.ts';
import { good, handle, type Handler } from './handler.ts';
import type { ApiParts } from './parts.ts';

export function capabilityHandlers({ configuration, capabilities, clock }: ApiParts): readonly Handler[] {
  const shown = (known: readonly ShownCapability[], lang: Lang): ValueObject => ({ capabilities: known.map((fact) => factJson(fact, lang, clock.wallMs())) });
  return [
    handle(capabilityOperations.getCapabilities, async ({ params, lang }) => good(shown(await capabilities.known(connectionNamed(configuration, params.name)), lang))),

    handle(capabilityOperations.refreshCapabilities, async ({ params, lang, signal }) => good(shown(await capabilities.refresh(connectionNamed(configuration, params.name), signal), lang))),
  ];
}

const factJson = ({ name, title, value, learned, learnedAt, current }: ShownCapability, lang: Lang, nowMs: number): ValueObject => ({
  name, title: title[lang], value, text: textOf(value, lang), learned, how: ways[learned][lang], learnedAt, ageSeconds: Math.max(0, Math.round((nowMs - Date.parse(learnedAt)) / 1_000)), current,
});

const ways: Readonly<Record<WayToLearn, Localised>> = {
  probed: { ru: 'проверено чтением', en: 'tried by a reading' },
  declared: { ru: 'объявлено в метаданных', en: 'declared in the metadata' },
  written: { ru: 'пробная запись в названный набор', en: 'trial write on the named set' },
  used: { ru: 'замечено в работе', en: 'seen in ordinary work' },
  configured: { ru: 'задано в подключении', en: 'set in the connection' },
  usual: { ru: 'обычно для этого диалекта, не проверялось', en: 'usual for this dialect, not tried' },
};

function textOf(value: Value, lang: Lang): string {
  const ru = lang === 'ru';
  if (value === null) return ru ? 'не выяснено' : 'not known';
  if (Array.isArray(value)) return value.length > 0 ? value.join(', ') : ru ? 'нет' : 'none';
  if (typeof value === 'string') return value;
  if (typeof value === 'boolean') return value ? (ru ? 'да' : 'yes') : ru ? 'нет' : 'no';
  return printJson(value);
}
