/** zveno start: the platform, until it is told to end. */
import { once } from 'node:events';
import type { Platform } from '../main.ts';
import { type Command, exitCodes } from './command.ts';
import { applyContext } from './configuration-commands.ts';
import { applyDemo, setDemoServices } from './demo.ts';
import { startDemoServices, type RunningDemo } from './demo-services.ts';
import { platformSettings, type PlatformSettings } from './platform-settings.ts';
import { isAbort } from './stop-signals.ts';
import type { Surroundings } from './surroundings.ts';

export const startCommand: Command = {
  name: 'start',
  positionals: [],
  about: { ru: 'запустить платформу', en: 'start the platform' },
  details: {
    ru: 'Без DATABASE_URL работает встроенный PostgreSQL, для проб и одиночного узла. SIGTERM завершает начатое и освобождает аренды.',
    en: 'Without DATABASE_URL an embedded PostgreSQL runs, for trial and single nodes. SIGTERM finishes what was begun and frees leases.',
  },
  options: {},
  async run({ surroundings }) {
    const { signal, tell } = surroundings;
    const settings = platformSettings(surroundings.environment);
    tell(surroundings.lang === 'ru' ? 'Zveno запускается…\n' : 'Zveno is starting…\n');
    // The server and its packages are read only by the command that needs them.
    const { startPlatform } = await import('../main.ts');
    try {
      await run(settings, await startPlatform(settings, signal), surroundings);
    } catch (error) {
      if (!signal.aborted || !isAbort(error)) throw error; // told to end while it was starting
    }
    return exitCodes.done;
  },
};

async function run(settings: PlatformSettings, platform: Platform, surroundings: Surroundings): Promise<void> {
  const { signal, tell } = surroundings;
  let demo: RunningDemo | null = null;
  try {
    demo = settings.demo ? await startDemo(settings, platform, surroundings) : null;
    greet(settings, platform, surroundings);
    if (!signal.aborted) await once(signal, 'abort');
    tell(surroundings.lang === 'ru' ? 'Zveno завершает работу…\n' : 'Zveno is shutting down…\n');
  } finally {
    await platform.close();
    await demo?.close();
  }
}

/** At the very first start the demo is applied; later its counterparts run for as long as it has not been removed. */
async function startDemo(settings: PlatformSettings, platform: Platform, surroundings: Surroundings): Promise<RunningDemo | null> {
  const { configuration, configurationStore, vault, desk, log } = platform;
  // A start that was killed after it had set the addresses is still the first.
  const first = !(await configurationStore.everPublished());
  const { stored } = await configurationStore.load();
  if (!first && !(stored.addresses.has('demoPartner') && stored.objects.some(({ kind, name }) => kind === 'Connection' && name === 'partner'))) return null;
  const demo = await startDemoServices(settings.dataFolder, log, surroundings.signal);
  try {
    await setDemoServices(configurationStore, vault, demo.services);
    if (first) await applyDemo(configurationStore, applyContext(surroundings));
    const current = await configuration.atLeast(await configurationStore.revision(), surroundings.signal);
    const warehouse = current.connection('warehouse');
    if (warehouse !== undefined) await desk.act(warehouse, 'createLedger', surroundings.signal);
    return demo;
  } catch (error) {
    await demo.close();
    throw error;
  }
}

function greet(settings: PlatformSettings, { url, adminPassword }: Platform, { print, lang }: Surroundings): void {
  const address = settings.publicUrl ?? url;
  if (adminPassword !== null) {
    print(lang === 'ru' ? `Первый вход: admin, пароль ${adminPassword} (показан один раз)\n` : `First sign-in: admin, password ${adminPassword} (shown this once)\n`);
  }
  if (settings.environment !== null) print(lang === 'ru' ? `Стенд: ${settings.environment}\n` : `Environment: ${settings.environment}\n`);
  // The one line that scripts wait for: the same in every language.
  print(`Zveno is ready: ${address}\n`);
}
