/** The scene of an acceptance test: a database of its own, one or more platforms over it, and configuration applied to it from YAML. */
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Readable } from 'node:stream';
import pg from 'pg';
import { exitCodes } from '../../src/cli/command.ts';
import { runCommandLine } from '../../src/cli/command-line.ts';
import { commands } from '../../src/cli/commands.ts';
import { platformSettings } from '../../src/cli/platform-settings.ts';
import { processClock } from '../../src/cli/process-ports.ts';
import type { EngineSettings } from '../../src/engine/settings.ts';
import { createLog } from '../../src/server/log.ts';
import { openSession } from '../../src/store/postgres/pool.ts';
import { contract } from '../../src/store/postgres/records/contract.ts';
import { withPlatformDatabase, type PlatformDatabase } from '../services/platform-database.ts';
import { accountPassword, adminPassword, basic, TestNode } from './node.ts';

const masterKey = Buffer.alloc(32, 7).toString('base64');

/** Short, so that no test waits for a patience that is meant for people. */
const quick: Partial<EngineSettings> = { pollMs: 100, replyPollMs: 20, repeatWaitMs: 300, breakerRestMs: 100 };

export interface Printed {
  code: number;
  out: string;
  err: string;
}

export class Scene {
  readonly database: PlatformDatabase;
  readonly sql: pg.Pool;
  /** The first node. */
  node: TestNode;
  readonly #folder: string;
  readonly #nodes: TestNode[] = [];
  #applied = 0;

  private constructor(database: PlatformDatabase, folder: string, node: TestNode) {
    this.database = database;
    this.#folder = folder;
    this.node = node;
    this.#nodes.push(node);
    this.sql = new pg.Pool({ connectionString: database.url, max: 4 });
    // Dropping the database ends idle sessions; nobody waits for these.
    this.sql.on('error', () => undefined);
  }

  static async start(engine: Partial<EngineSettings> = {}): Promise<Scene> {
    const database = await withPlatformDatabase();
    const folder = await mkdtemp(join(tmpdir(), 'zveno-scene-'));
    return new Scene(database, folder, await TestNode.start(settingsOf(database, folder, 'first', engine)));
  }

  /** One more platform over the same database. It shares the folder of bodies, as nodes of one installation do. */
  async join(name: string, engine: Partial<EngineSettings> = {}): Promise<TestNode> {
    const node = await TestNode.start(settingsOf(this.database, this.#folder, name, engine));
    this.#nodes.push(node);
    return node;
  }

  /** What a platform in a process of its own needs to join. */
  environment(name: string): Record<string, string> {
    return environmentOf(this.database, this.#folder, name);
  }

  /** Publishes YAML documents as `zveno apply` does; afterwards every node works by them. */
  async apply(...documents: readonly string[]): Promise<void> {
    const { code, err } = await this.tryApply(...documents);
    if (code !== exitCodes.done) throw new Error(`not applied: ${err}`);
    await Promise.all(this.#nodes.map(async ({ platform }) => platform.configuration.atLeast(await platform.configurationStore.revision(), new AbortController().signal)));
  }

  /** What `zveno apply` says; nothing may have been published. */
  async tryApply(...documents: readonly string[]): Promise<Printed> {
    return await this.zveno(['apply', await this.folder(...documents), '--yes']);
  }

  /** A folder with these documents, each in a file. */
  async folder(...documents: readonly string[]): Promise<string> {
    const folder = join(this.#folder, `applied-${++this.#applied}`);
    await mkdir(folder);
    const files = documents.flatMap((text) => text.split(/^---\n/m)).filter((text) => text.trim() !== '');
    await Promise.all(files.map((text, index) => writeFile(join(folder, `document-${index}.yaml`), text)));
    return folder;
  }

  /** A command of the CLI beside the running platform. */
  async zveno(words: readonly string[], input = ''): Promise<Printed> {
    const said = { out: '', err: '' };
    const code = await runCommandLine(
      words,
      commands,
      {
        environment: { ...this.environment('cli'), LANG: 'C' },
        input: Readable.from(input === '' ? [] : [input]),
        print: (text) => void (said.out += text),
        tell: (text) => void (said.err += text),
        lang: 'en',
        signal: new AbortController().signal,
      },
      async () => '0',
    );
    return { code, ...said };
  }

  /** Makes an account with these permissions; returns what it sends as its Authorization header. */
  async account(name: string, permissions: string): Promise<string> {
    const password = accountPassword;
    const { code, err } = await this.zveno(['account', 'create', name, '--permissions', permissions, '--password-stdin'], password);
    if (code !== exitCodes.done) throw new Error(`no account: ${err}`);
    return basic(name, password);
  }

  async secret(name: string, text: string): Promise<void> {
    const { code, err } = await this.zveno(['secrets', 'set', name], text);
    if (code !== exitCodes.done) throw new Error(`no secret: ${err}`);
  }

  /** What housekeeping does to the tables of records now and then. */
  async housekeep(): Promise<void> {
    const log = createLog('silent');
    const session = await openSession({ connectionString: this.database.url }, 'plain', log);
    await contract(session, { clock: processClock, log });
    await session.close();
  }

  async close(): Promise<void> {
    await Promise.all(this.#nodes.map((node) => node.close()));
    await this.sql.end();
    await this.database.drop();
    await rm(this.#folder, { recursive: true, force: true });
  }
}

function environmentOf(database: PlatformDatabase, folder: string, name: string): Record<string, string> {
  return {
    DATABASE_URL: database.url,
    ZVENO_DATA: folder,
    ZVENO_PORT: '0',
    ZVENO_NODE: name,
    ZVENO_MASTER_KEY: masterKey,
    ZVENO_ADMIN_PASSWORD: adminPassword,
    ZVENO_LOG_LEVEL: process.env['ZVENO_TEST_LOG'] ?? 'silent',
    // Tests look again and again.
    ZVENO_API_CALLER_PER_SECOND: '0',
    ZVENO_DEMO: 'off',
    HOME: folder,
  };
}

function settingsOf(database: PlatformDatabase, folder: string, name: string, engine: Partial<EngineSettings>) {
  const settings = platformSettings(environmentOf(database, folder, name));
  return { ...settings, engine: { ...settings.engine, ...quick, ...engine } };
}

/** Looks again and again until something is there; a bound only keeps a failing test from hanging. */
export async function eventually<T>(what: string, look: () => Promise<T | null | undefined | false>, boundMs = 30_000): Promise<T> {
  const until = performance.now() + boundMs;
  for (;;) {
    const found = await look();
    if (found !== null && found !== undefined && found !== false) return found;
    if (performance.now() > until) throw new Error(`did not happen: ${what}`);
    await new Promise((resolve) => setTimeout(resolve, 25));
  }
}
