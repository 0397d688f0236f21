import { platformSettings } from '../../src/cli/platform-settings.ts';
import { langOf } from '../../src/cli/surroundings.ts';
import { defaultSettings } from '../../src/engine/settings.ts';
import { logLevels } from '../../src/server/log.ts';
import { madeFrom, table, type Generator } from './page.ts';

export interface Setting {
  about: string;
  usual: string;
}

export const settings: Readonly<Record<string, Setting>> = {
  ZVENO_HOST: { about: 'address to listen on', usual: '127.0.0.1' },
  ZVENO_PORT: { about: 'port to listen on; 0 takes a free one', usual: '8080' },
  ZVENO_PUBLIC_URL: { about: 'the address that others know, used in every address shown; with a path when a proxy adds one', usual: 'where it listens' },
  ZVENO_TRUSTED_PROXIES: { about: 'addresses and networks of proxies whose `X-Forwarded-For` says where a request comes from, separated by commas', usual: 'none' },
  DATABASE_URL: { about: 'a PostgreSQL server of yours, 15 or newer', usual: 'the embedded one' },
  ZVENO_DATA: { about: 'data folder: the embedded database, and bodies over 64 KiB', usual: '`~/.local/share/zveno` (`XDG_DATA_HOME` is followed); as root `/var/lib/zveno`' },
  ZVENO_ADMIN_PASSWORD: { about: 'password of the account `admin`, read at the first start only', usual: 'drawn and shown once' },
  ZVENO_MASTER_KEY: { about: 'key that seals secrets: 32 bytes as 64 hexadecimal digits or base64', usual: 'the 0600 file `~/.config/zveno/master.key` (`XDG_CONFIG_HOME` is followed); as root `/etc/zveno/master.key`' },
  ZVENO_MASTER_KEY_FILE: { about: 'file that holds that key when the key itself is not set; 0600, made at the first start', usual: '`~/.config/zveno/master.key`; as root `/etc/zveno/master.key`' },
  ZVENO_ENVIRONMENT: { about: 'the active environment of connections; one that declares environments and not this one is broken', usual: 'the first that a connection declares' },
  ZVENO_NODE: { about: 'name of this node: the same after a restart, another one on every node', usual: 'host name and port' },
  ZVENO_DEMO: { about: '`on` or `off`: applies the demo at the very first start and runs its counterparts', usual: '`on` with the embedded database, else `off`' },
  ZVENO_CHANGE_DAYS: { about: 'for how many days the change log of records is kept, 8 at least', usual: '365' },
  ZVENO_BACKUP_BEFORE_UPGRADE: { about: '`on` or `off`: writes the database to `backups/` of the data folder before a newer version changes its shape', usual: '`on`' },
  ZVENO_LANG: { about: 'language of the command line, `ru` or `en`', usual: 'that of the locale' },
  ZVENO_LOG_LEVEL: { about: logLevels.map((level) => `\`${level}\``).join(', '), usual: '`info`' },
  ZVENO_LEASE_MS: { about: 'how long a claimed message belongs to its worker without a renewal; renewed three times as often', usual: String(defaultSettings.leaseMs) },
  ZVENO_POLL_MS: { about: 'how long an idle worker sleeps when no wake comes', usual: String(defaultSettings.pollMs) },
  ZVENO_API_CALLER_PER_SECOND: { about: 'calls of the REST API a second by one account, counted over 10 s by each node; 0: not counted', usual: '100' },
  ZVENO_API_ADDRESS_PER_SECOND: { about: 'the same by one address, before anybody signs in; 0 behind a proxy that counts itself', usual: '500' },
  ZVENO_IF_MATCH: { about: '`required`: changes of accounts, roles, groups, secrets, drafts, records, files and saved filters over the REST API are refused with 428 unless they come with `If-Match`', usual: '`optional`' },
  ZVENO_PASSWORD_LENGTH: { about: 'how many signs a password has to have that somebody chooses from now on, 8 to 64', usual: '12' },
  ZVENO_SESSION_IDLE_MINUTES: { about: 'minutes after which a browser session that is not used ends', usual: '30' },
  ZVENO_SESSION_HOURS: { about: 'hours after which a browser session ends in any case', usual: '12' },
  ZVENO_JOB_PAUSE_MS: { about: 'pause between two steps of a job, for the sake of what else the database does', usual: String(defaultSettings.jobPauseMs) },
  ZVENO_INBOX_CONCURRENCY: { about: 'messages of the inbox that this node runs at once', usual: String(defaultSettings.inboxConcurrency) },
  ZVENO_OUTBOX_CONCURRENCY: { about: 'messages of the outbox that this node sends at once', usual: String(defaultSettings.outboxConcurrency) },
};

export const settingsReference: Generator = {
  name: 'settings',
  owns: 'docs/reference/settings.md',
  pages: () => [{ path: 'docs/reference/settings.md', text: settingsPage() }],
};

/** Switches of the platform's own tests; nobody else is told of them. */
const testSwitch = /^ZVENO_TEST_/;

/** Names that `zveno start` asks its environment for. */
export function namesRead(): readonly string[] {
  const asked = new Set<string>();
  const environment = new Proxy<Readonly<Record<string, string | undefined>>>({}, {
    get: (_target, name) => {
      if (typeof name === 'string') asked.add(name);
      return undefined;
    },
  });
  platformSettings(environment);
  langOf(environment);
  return [...asked].filter((name) => (name.startsWith('ZVENO_') && !testSwitch.test(name)) || name === 'DATABASE_URL');
}

export function settingsPage(): string {
  const read = namesRead();
  const unknown = read.find((name) => !Object.hasOwn(settings, name)) ?? Object.keys(settings).find((name) => !read.includes(name));
  if (unknown !== undefined) throw new Error(`tools/reference/settings.ts and src/cli/platform-settings.ts do not agree on ${unknown}`);
  return [
    madeFrom('src/cli/platform-settings.ts'),
    '# Settings',
    'Everything else is configured as documents. An empty value counts as none; a wrong one refuses the start and names the setting.',
    table(['variable', 'meaning', 'unless told'], Object.entries(settings).map(([name, { about, usual }]) => [`\`${name}\``, about, usual])),
  ].join('\n\n') + '\n';
}
