/** What can be tested of an inbound connection before it is saved. Whether it can be reached is the server's own probe. */
import { runStages, type CheckStage, type ConnectionContext, type SpecValues } from '../../sdk/index.ts';
import type { connection } from './spec.ts';

export async function* checkInbound(context: ConnectionContext<SpecValues<typeof connection>>): AsyncGenerator<CheckStage> {
  const { path, auth } = context.properties;
  yield* runStages(context.clock, [
    { stage: 'address', run: async () => ({ ru: `Адрес: /api/public/adapter/${path}`, en: `Address: /api/public/adapter/${path}` }) },
    { stage: 'authentication', run: async () => (auth === 'none'
      ? { skipped: { ru: 'Внимание: вызвать может кто угодно', en: 'Mind: anybody may call' } }
      : { ru: `Вход: ${auth}`, en: `Sign-in: ${auth}` }) },
    { stage: 'sample', run: async () => ({ skipped: {
      ru: 'Доступность проверяет сервер платформы, когда подключение включено', en: 'The platform\'s server probes it once the connection is enabled',
    } }) },
  ]);
}
