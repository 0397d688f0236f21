/** A job whose process is killed in the middle: what it makes has no key, so that anything done twice shows. */
import { readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { verify } from '../../src/store/backup/archive-reader.ts';
import { callHttp } from './node.ts';
import { eventually, Scene } from './platform.ts';
import { startProcess } from './started-process.ts';

let scene: Scene;
let table: string;
let column: string;

beforeAll(async () => {
  scene = await Scene.start();
  await scene.apply('kind: Template\nname: Arrived\nattributes: {number: text}\n');
  const { rows: [template] } = await scene.sql.query("SELECT id, body FROM zveno.template WHERE name = 'Arrived'");
  table = `zveno_data.r_${template.id}`;
  column = `a_${template.body.attributes[0].id}`;
});

afterAll(() => scene.close());

interface Job {
  id: string;
  state: string;
  node: string | null;
  done: number;
  failed: number;
}

const jobNow = (id: string): Promise<Job> => scene.node.ask('GET', `/api/v1/jobs/${id}`);

test('goes on elsewhere from its checkpoint, and every row of its file becomes one record', async () => {
  const count = 6_000;
  const file = `number\n${Array.from({ length: count }, (_, at) => `N-${at}`).join('\n')}\n`;
  for (let round = 1; round <= 5; round += 1) {
    await scene.sql.query(`TRUNCATE ${table} CASCADE`);
    const doomed = await startProcess(scene.environment('doomed'));
    const begun = await callHttp(doomed.url, 'POST', '/api/v1/records/Arrived/imports', { raw: file, headers: { 'content-type': 'text/csv' } });
    const { id } = begun.body as Job;
    const job = await eventually('the job is under way', async () => {
      const now = await jobNow(id);
      return now.done > 0 || now.state === 'done' ? now : null;
    });
    doomed.child.kill('SIGKILL');
    await doomed.gone;
    // Its leases are free as soon as it is back.
    const again = await startProcess(scene.environment('doomed'));
    await eventually('the job is over', async () => (await jobNow(id)).state === 'done');
    again.child.kill('SIGTERM');
    await again.gone;
    const { rows } = await scene.sql.query(`SELECT count(*)::int AS all, count(DISTINCT ${column})::int AS different FROM ${table}`);
    expect(rows).toEqual([{ all: count, different: count }]);
    expect(await jobNow(id)).toMatchObject({ done: count, failed: 0 });
    // The other node may have been quicker to take it; then there was nothing to lose.
    if (job.node === 'doomed' && job.state !== 'done') return;
  }
  throw new Error('the doomed node never had the job');
}, 240_000);

test('that makes a backup begins anew, its file has its name only when it is whole, and nothing of the first try stays', async () => {
  const environment = scene.environment('doomed');
  const folder = join(environment['ZVENO_DATA'] ?? '', 'backups'); // nodes of one installation share it
  for (let round = 1; round <= 10; round += 1) {
    const doomed = await startProcess(environment);
    const begun = await callHttp(doomed.url, 'POST', '/api/v1/backups', { body: { withoutKey: true } });
    const { id, subject } = begun.body as Job & { subject: string };
    const job = await eventually('the backup is under way', async () => {
      const now = await jobNow(id);
      return now.state === 'queued' ? null : now;
    });
    doomed.child.kill('SIGKILL');
    await doomed.gone;
    const again = await startProcess(environment);
    const over = await eventually('the backup is over', async () => {
      const now = await jobNow(id);
      return now.state === 'running' || now.state === 'queued' ? null : now;
    });
    again.child.kill('SIGTERM');
    await again.gone;
    expect(over).toMatchObject({ state: 'done', failed: 0 });
    // The other node may have been quicker to take it; then there was nothing to lose.
    if (job.node !== 'doomed' || job.state === 'done') continue;
    const files = await readdir(folder);
    expect(files.filter((file) => file.startsWith(subject)).sort()).toEqual([subject, `${subject}.sha256`]);
    expect((await verify(join(folder, subject))).contents.rows).toHaveProperty(['zveno.account']);
    return;
  }
  throw new Error('the doomed node never had the backup');
}, 240_000);
