/**
 * Where the platform keeps things when nobody says otherwise. The master key lies in the configuration folder
 * and never in the data folder, so that a copy of the data alone opens no secret.
 */
import { homedir } from 'node:os';
import { isAbsolute, join } from 'node:path';

type Environment = Readonly<Record<string, string | undefined>>;

/** `/var/lib/zveno` for root, because the unprivileged database user must be able to reach it; else below the user's own data. */
export function defaultDataFolder(environment: Environment = process.env, uid: number | undefined = process.getuid?.()): string {
  return uid === 0 ? '/var/lib/zveno' : join(baseFolder(environment, 'XDG_DATA_HOME', '.local/share'), 'zveno');
}

/** `/etc/zveno` for root, else below the user's own configuration. */
export function defaultConfigFolder(environment: Environment = process.env, uid: number | undefined = process.getuid?.()): string {
  return uid === 0 ? '/etc/zveno' : join(baseFolder(environment, 'XDG_CONFIG_HOME', '.config'), 'zveno');
}

/** A relative XDG folder is ignored, as its specification asks; an empty HOME falls back to the account's own. */
function baseFolder(environment: Environment, variable: string, below: string): string {
  const named = environment[variable];
  if (named !== undefined && isAbsolute(named)) return named;
  return join(environment['HOME'] || homedir(), below);
}
