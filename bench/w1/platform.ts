/** The platform as a contender: started over the shared cluster with the benchmark's own configuration. */
import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFile, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { startChild, stopChild, type Contender } from './contender.ts';

const password = 'benchmark of w1';
const project = fileURLToPath(new URL('../..', import.meta.url));
const configuration = fileURLToPath(new URL('configuration/bench.yaml', import.meta.url));

export interface PlatformContenderOptions {
  folder: string;
  databaseUrl: string;
  /** Where a CPU profile is written when the platform stops. */
  profileFolder: string | null;
}

export async function startPlatform({ folder, databaseUrl, profileFolder }: PlatformContenderOptions): Promise<Contender> {
  const environment = {
    HOME: folder,
    LANG: 'C',
    DATABASE_URL: databaseUrl,
    ZVENO_DATA: join(folder, 'data'),
    ZVENO_PORT: '0',
    ZVENO_DEMO: 'off',
    ZVENO_ADMIN_PASSWORD: password,
    ZVENO_LOG_LEVEL: 'warn',
  };
  await apply(folder, environment);
  const profile = profileFolder === null ? [] : ['--cpu-prof', `--cpu-prof-dir=${profileFolder}`];
  const { child, told } = await startChild({ words: [...profile, 'src/cli/main.ts', 'start'], environment }, (line) => /Zveno is ready: http:\/\/[^:]+:(\d+)/.exec(line)?.[1] ?? null);
  return {
    name: 'zveno',
    pid: child.pid ?? 0,
    port: Number(told),
    path: '/api/public/adapter/bench/orders',
    authorization: `Basic ${Buffer.from(`admin:${password}`).toString('base64')}`,
    rows: await recordCount(databaseUrl),
    stop: () => stopChild(child),
  };
}

/** By the command line, like everybody's configuration. */
async function apply(folder: string, environment: Readonly<Record<string, string>>): Promise<void> {
  const documents = join(folder, 'configuration');
  await mkdir(documents, { recursive: true });
  const texts = (await readFile(configuration, 'utf8')).split(/^---\n/m);
  await Promise.all(texts.map((text, index) => writeFile(join(documents, `${index}.yaml`), text)));
  const child = spawn(process.execPath, ['src/cli/main.ts', 'apply', documents, '--yes'], { cwd: project, env: { PATH: process.env['PATH'], ...environment }, stdio: ['ignore', 'ignore', 'inherit'] });
  const [code] = (await once(child, 'exit')) as [number | null];
  if (code !== 0) throw new Error("the benchmark's configuration was not applied");
}

/** Records and journal rows together: an order counts when both are there. */
async function recordCount(databaseUrl: string): Promise<string> {
  const client = new pg.Client({ connectionString: databaseUrl });
  await client.connect();
  const { rows } = await client.query<{ id: string; body: { attributes: readonly { id: string; name: string }[] } }>("SELECT id, body FROM zveno.template WHERE name = 'BenchOrder' ORDER BY version DESC LIMIT 1");
  await client.end();
  const [template] = rows;
  const number = template?.body.attributes.find(({ name }) => name === 'number');
  if (template === undefined || number === undefined) throw new Error('the template of the benchmark is not published');
  return `SELECT least(
    (SELECT count(*) FROM zveno_data.r_${template.id} WHERE a_${number.id} LIKE $1),
    (SELECT count(*) FROM zveno.message WHERE state = 'done' AND convert_from(payload, 'UTF8') LIKE '{"ref":"' || $1))`;
}
