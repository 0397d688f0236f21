/** Where the master key lies when it is not in the environment itself. */
import { join } from 'node:path';
import { defaultConfigFolder } from '../store/embedded/default-folders.ts';

export const masterKeyFile = (environment: Readonly<Record<string, string | undefined>>): string =>
  environment['ZVENO_MASTER_KEY_FILE'] || join(defaultConfigFolder(environment), 'master.key');
