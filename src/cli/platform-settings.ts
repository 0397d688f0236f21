/** What `zveno start` reads from its environment, checked. */
import { isIP } from 'node:net';
import { hostname } from 'node:os';
import { failure } from '../core/failure.ts';
import { limits } from '../core/limits.ts';
import { defaultSettings, type EngineSettings } from '../engine/settings.ts';
import type { SessionSettings } from '../core/session.ts';
import type { RateSettings } from '../server/rate-limits.ts';
import { logLevels, type LogLevel } from '../server/log.ts';
import type { HostMarks } from '../core/instance.ts';
import { hostMarks } from '../store/embedded/host-marks.ts';
import { defaultDataFolder } from '../store/embedded/default-folders.ts';
import { masterKeyFile } from './master-key-file.ts';

export interface PlatformSettings {
  host: string;
  port: number;
  dataFolder: string;
  masterKeyFile: string;
  masterKey: string | undefined;
  /** Null: the embedded database in the data folder. */
  databaseUrl: string | null;
  adminPassword: string | null;
  /** How many signs a password has to have. */
  passwordLength: number;
  publicUrl: string | null;
  /** Proxies whose `X-Forwarded-For` is believed. */
  trustedProxies: readonly string[];
  environment: string | null;
  logLevel: LogLevel;
  /** Stable over restarts of the same node, different between nodes. */
  node: string;
  /** Applies the demo at the very first start and runs its counterparts; on for the embedded database only. */
  demo: boolean;
  /** Of the REST API; messages that come in have limits of their own. */
  rates: RateSettings;
  /** What the machine says of itself. */
  hostMarks: () => Promise<HostMarks>;
  /** Edits without `If-Match` are refused. */
  demandIfMatch: boolean;
  /** When browsers that are signed in have to do so again. */
  sessions: SessionSettings;
  /** Whether the database is written to a file before a newer version changes its shape. */
  backupBeforeUpgrade: boolean;
  /** For how long the change log of records is kept. */
  changeDays: number;
  engine: EngineSettings;
  /** Switches for tests of the platform itself; only honoured when ZVENO_TEST_FAULTS is set. */
  testing: { faults: ReadonlySet<string>; crash: string | null };
}

type Environment = Readonly<Record<string, string | undefined>>;

export function platformSettings(environment: Environment): PlatformSettings {
  const port = wholeNumber(environment, 'ZVENO_PORT', 8080, 0, 65_535);
  const testing = text(environment, 'ZVENO_TEST_FAULTS') !== null;
  return {
    host: text(environment, 'ZVENO_HOST') ?? '127.0.0.1',
    port,
    dataFolder: text(environment, 'ZVENO_DATA') ?? defaultDataFolder(environment),
    masterKeyFile: masterKeyFile(environment),
    masterKey: environment['ZVENO_MASTER_KEY'],
    databaseUrl: text(environment, 'DATABASE_URL'),
    adminPassword: text(environment, 'ZVENO_ADMIN_PASSWORD'),
    passwordLength: passwordLength(environment),
    publicUrl: publicUrl(text(environment, 'ZVENO_PUBLIC_URL')),
    trustedProxies: networks(text(environment, 'ZVENO_TRUSTED_PROXIES')),
    environment: activeEnvironment(text(environment, 'ZVENO_ENVIRONMENT')),
    logLevel: oneOf(environment, 'ZVENO_LOG_LEVEL', logLevels, 'info'),
    node: (text(environment, 'ZVENO_NODE') ?? `${hostname()}:${port}`).replaceAll('/', '-'),
    demo: oneOf(environment, 'ZVENO_DEMO', ['on', 'off'], text(environment, 'DATABASE_URL') === null ? 'on' : 'off') === 'on',
    rates: {
      callerPerSecond: wholeNumber(environment, 'ZVENO_API_CALLER_PER_SECOND', 100, 0, 1_000_000),
      addressPerSecond: wholeNumber(environment, 'ZVENO_API_ADDRESS_PER_SECOND', 500, 0, 1_000_000),
    },
    hostMarks: () => hostMarks(environment),
    demandIfMatch: oneOf(environment, 'ZVENO_IF_MATCH', ['optional', 'required'], 'optional') === 'required',
    sessions: {
      idleMs: wholeNumber(environment, 'ZVENO_SESSION_IDLE_MINUTES', 30, 1, 10_080) * 60_000,
      absoluteMs: wholeNumber(environment, 'ZVENO_SESSION_HOURS', 12, 1, 720) * 3_600_000,
    },
    backupBeforeUpgrade: oneOf(environment, 'ZVENO_BACKUP_BEFORE_UPGRADE', ['on', 'off'], 'on') === 'on',
    // A conversion looks at the changes of its seven days.
    changeDays: wholeNumber(environment, 'ZVENO_CHANGE_DAYS', limits.changeDays.value, limits.hiddenDays.value + 1, 36_500),
    engine: engineSettings(environment),
    testing: {
      faults: new Set(testing ? (text(environment, 'ZVENO_TEST_FAULTS') ?? '').split(',') : []),
      crash: testing ? text(environment, 'ZVENO_TEST_CRASH') : null,
    },
  };
}

export const passwordLength = (environment: Environment): number => wholeNumber(environment, 'ZVENO_PASSWORD_LENGTH', 12, limits.passwordLeastCharacters.value, 64);

/** Intervals that tests and slow machines change; everybody else keeps the defaults. */
function engineSettings(environment: Environment): EngineSettings {
  const leaseMs = wholeNumber(environment, 'ZVENO_LEASE_MS', defaultSettings.leaseMs, 200, 3_600_000);
  return {
    ...defaultSettings,
    leaseMs,
    renewEveryMs: Math.max(50, Math.floor(leaseMs / 3)),
    pollMs: wholeNumber(environment, 'ZVENO_POLL_MS', defaultSettings.pollMs, 10, 600_000),
    jobPauseMs: wholeNumber(environment, 'ZVENO_JOB_PAUSE_MS', defaultSettings.jobPauseMs, 0, 60_000),
    inboxConcurrency: wholeNumber(environment, 'ZVENO_INBOX_CONCURRENCY', defaultSettings.inboxConcurrency, 1, 256),
    outboxConcurrency: wholeNumber(environment, 'ZVENO_OUTBOX_CONCURRENCY', defaultSettings.outboxConcurrency, 1, 256),
  };
}

function text(environment: Environment, name: string): string | null {
  const value = environment[name];
  return value === undefined || value === '' ? null : value;
}

function wholeNumber(environment: Environment, name: string, usual: number, least: number, most: number): number {
  const given = text(environment, name);
  if (given === null) return usual;
  const value = Number(given);
  if (!/^\d+$/.test(given) || value < least || value > most) throw failure('setting.number', { name, value: given.slice(0, 40), least, most });
  return value;
}

function oneOf<T extends string>(environment: Environment, name: string, values: readonly T[], usual: T): T {
  const given = text(environment, name);
  if (given === null) return usual;
  const found = values.find((value) => value === given);
  if (found === undefined) throw failure('setting.choice', { name, value: given.slice(0, 40), allowed: values.join(', ') });
  return found;
}

/** It stands in logs and headers, so it is a plain word. */
function activeEnvironment(given: string | null): string | null {
  if (given !== null && !/^[\p{L}\p{N}_.-]{1,64}$/u.test(given)) throw failure('setting.choice', { name: 'ZVENO_ENVIRONMENT', value: given.slice(0, 64), allowed: '1–64: A–Z, А–Я, 0–9, _ . -' });
  return given;
}

/** Addresses, and networks as `10.0.0.0/8`. */
function networks(given: string | null): readonly string[] {
  return (given ?? '').split(',').flatMap((part) => {
    const network = part.trim();
    if (network === '') return [];
    const [address = '', bits, more] = network.split('/');
    const version = isIP(address);
    const good = version !== 0 && more === undefined && (bits === undefined || (/^\d{1,3}$/.test(bits) && Number(bits) <= (version === 4 ? 32 : 128)));
    if (!good) throw failure('setting.choice', { name: 'ZVENO_TRUSTED_PROXIES', value: network.slice(0, 64), allowed: '10.0.0.5, 10.0.0.0/8, 2001:db8::/32' });
    return [network];
  });
}

function publicUrl(given: string | null): string | null {
  if (given === null) return null;
  const url = URL.canParse(given) ? new URL(given) : null;
  if (url === null || !/^https?:$/.test(url.protocol) || url.search !== '' || url.hash !== '') throw failure('setting.url', { name: 'ZVENO_PUBLIC_URL', value: given.slice(0, 200) });
  return url.href.replace(/\/$/, '');
}
