/** Backups by REST: made as jobs, downloaded by parts, held to their checksum, and by nobody who may not. */
import { createHash } from 'node:crypto';
import { mkdtemp, readdir, rm, symlink, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { verify } from '../../src/store/backup/archive-reader.ts';
import { authorization, startApi, type ApiCaller, type Called, type CallOptions } from './platform.ts';

let api: ApiCaller;
let folder = '';
const password = 'a long enough password';
const passphrase = 'parrots never learn this phrase';

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'zveno-backups-'));
  api = await startApi({ ZVENO_DATA: folder });
  await api.apply('kind: Template\nname: Note\nattributes: {text: text}\n');
  await api.call('POST', '/api/v1/records/Note', { body: { text: 'kept' } });
});
afterAll(async () => {
  await api.close();
  await rm(folder, { recursive: true, force: true });
});

async function ended(job: string): Promise<Called> {
  for (;;) {
    const shown = await api.call('GET', `/api/v1/jobs/${job}`);
    if (!['queued', 'running', 'waiting'].includes(shown.json.state)) return shown;
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
}

async function made(body: object = { passphrase }): Promise<{ name: string; job: string }> {
  const begun = await api.call('POST', '/api/v1/backups', { body });
  expect(begun).toMatchObject({ status: 202, json: { kind: 'makeBackup', warnings: [] } });
  return { name: begun.json.subject, job: begun.json.id };
}

async function account(name: string, grants: object): Promise<CallOptions['as']> {
  expect((await api.call('POST', '/api/v1/accounts', { body: { name, password, ...grants } })).status).toBe(201);
  return { basic: `${name}:${password}` };
}

const bytesOf = async (name: string, headers: Record<string, string> = {}): Promise<{ response: Response; bytes: Buffer }> => {
  const response = await fetch(`${api.url}/api/v1/backups/${name}`, { headers: { ...authorization({ basic: 'admin:correct horse battery' }), ...headers } });
  return { response, bytes: Buffer.from(await response.arrayBuffer()) };
};

const files = (): Promise<string[]> => readdir(join(folder, 'backups'));

describe('a backup', () => {
  it('is a job with progress and a result, and its file is whole, listed and downloaded with its checksum', async () => {
    const { name, job } = await made();
    const done = await ended(job);
    expect(done.json).toMatchObject({ state: 'done', failed: 0, result: { name } });
    expect(done.json.done).toBe(done.json.total);
    expect(done.json.done).toBeGreaterThan(20);
    const listed = (await api.call('GET', '/api/v1/backups')).json.backups.find((one: { name: string }) => one.name === name);
    const { response, bytes } = await bytesOf(name);
    const sha256 = createHash('sha256').update(bytes).digest('hex');
    expect(listed).toMatchObject({ state: 'whole', bytes: bytes.length, sha256, job: null });
    expect(response.headers.get('repr-digest')).toBe(`sha-256=:${createHash('sha256').update(bytes).digest('base64')}:`);
    expect(response.headers.get('content-disposition')).toBe(`attachment; filename="${name}"`);
    const copy = join(folder, 'downloaded.zveno');
    await writeFile(copy, bytes);
    const { contents, key } = await verify(copy);
    expect(Object.keys(contents.rows)).toContain('zveno.account');
    expect(key).not.toBeNull();
    expect((await files()).filter((file) => file.includes('unfinished'))).toEqual([]);
  });

  it('is downloaded by parts: the rest of the same file, and the whole of another', async () => {
    const { name, job } = await made();
    await ended(job);
    const { response, bytes } = await bytesOf(name);
    const etag = response.headers.get('etag') ?? '';
    const rest = await bytesOf(name, { range: 'bytes=100-', 'if-range': etag });
    expect([rest.response.status, rest.response.headers.get('content-range'), rest.response.headers.get('repr-digest')]).toEqual([206, `bytes 100-${bytes.length - 1}/${bytes.length}`, response.headers.get('repr-digest')]);
    expect(rest.bytes.equals(bytes.subarray(100))).toBe(true);
    const other = await bytesOf(name, { range: 'bytes=100-', 'if-range': '"another"' });
    expect([other.response.status, other.bytes.length]).toEqual([200, bytes.length]);
    expect((await bytesOf(name, { range: `bytes=${bytes.length}-` })).response.status).toBe(416);
  });

  it('is deleted with its checksum, and then is unknown', async () => {
    const { name, job } = await made({ withoutKey: true });
    await ended(job);
    expect((await api.call('DELETE', `/api/v1/backups/${name}`)).status).toBe(204);
    expect((await files()).filter((file) => file.startsWith(name))).toEqual([]);
    for (const method of ['GET', 'DELETE']) expect(await api.call(method, `/api/v1/backups/${name}`)).toMatchObject({ status: 404, json: { code: 'backup.unknown' } });
    expect(await api.call('POST', `/api/v1/backups/${name}/cancel`)).toMatchObject({ status: 409, json: { code: 'backup.notUnderWay' } });
    const audit = (await api.call('GET', `/api/v1/audit?name=${name}`)).json.rows ?? (await api.call('GET', `/api/v1/audit?name=${name}`)).json.events;
    expect(audit.map((one: { action: string }) => one.action)).toEqual(expect.arrayContaining(['makeBackup', 'deleteBackup']));
  });

  it('is the only one at a time, is cancelled without a trace of its file, and is the matter of those who may make it', async () => {
    const holder = await account('jobHolder', { permissions: ['api.call', 'messages.edit'] });
    const { name, job } = await made();
    const answers = await Promise.all([1, 2].map(() => api.call('POST', '/api/v1/backups', { body: { passphrase } })));
    for (const answer of answers) expect(answer).toMatchObject({ status: 409, json: { code: 'backup.underWay', parameters: { name } } });
    expect((await api.call('GET', '/api/v1/backups')).json.backups[0]).toMatchObject({ name, state: 'making', job: { id: job } });
    for (const deed of ['cancel', 'resume']) expect(await api.call('POST', `/api/v1/jobs/${job}/${deed}`, { as: holder, body: {} })).toMatchObject({ status: 403, json: { parameters: { permission: 'backups.edit' } } });
    expect((await api.call('POST', `/api/v1/backups/${name}/cancel`)).status).toBe(204);
    expect((await ended(job)).json.state).toBe('cancelled');
    const { job: next } = await made({ withoutKey: true });
    expect((await ended(next)).json.state).toBe('done');
    expect((await files()).filter((file) => file.startsWith(name))).toEqual([]);
  });
});

describe('the passphrase', () => {
  it.each([
    [{}, 422, 'backup.passphraseOrNot'],
    [{ passphrase, withoutKey: true }, 422, 'backup.passphraseOrNot'],
    [{ passphrase: 'short' }, 422, 'backup.weakPassphrase'],
    [{ passphrase: 7 }, 422, 'http.invalid'],
    [{ passphrase: 'x'.repeat(2_000) }, 422, 'http.invalid'],
    [{ passphrase, file: '/etc/passwd' }, 422, 'http.invalid'],
  ])('%j is refused, and nothing is made', async (body, status, code) => {
    const before = await files();
    expect(await api.call('POST', '/api/v1/backups', { body })).toMatchObject({ status, json: { code } });
    expect(await files()).toEqual(before);
  });

  it('of somebody who is no system administrator, or of a token that is less, puts no master key into a backup', async () => {
    const infrastructure = await account('infra', { roles: ['infrastructureAdministrators'] });
    expect(await api.call('POST', '/api/v1/backups', { as: infrastructure, body: { passphrase } })).toMatchObject({ status: 403, json: { code: 'backup.keyForAdministrators' } });
    const { token } = (await api.call('POST', '/api/v1/accounts/admin/tokens', { body: { name: 'backups', scopes: ['backups:write'] } })).json;
    expect(await api.call('POST', '/api/v1/backups', { as: { token }, body: { passphrase } })).toMatchObject({ status: 403, json: { code: 'backup.keyForAdministrators' } });
    const begun = await api.call('POST', '/api/v1/backups', { as: { token }, body: { withoutKey: true } });
    expect(begun.status).toBe(202);
    await ended(begun.json.id);
  });
});

describe('a name', () => {
  it.each(['..%2F..%2Fetc%2Fpasswd', '%2e%2e%2fplain.zveno', 'link.zveno', 'backups', '.hidden.zveno', 'x.zveno%00', 'backup-1.zveno.sha256', '%D0%B6.zveno'])('%s leads to no file', async (name) => {
    await writeFile(join(folder, 'plain.zveno'), 'x');
    await symlink(join(folder, 'plain.zveno'), join(folder, 'backups/link.zveno')).catch(() => undefined);
    for (const method of ['GET', 'DELETE']) expect((await api.call(method, `/api/v1/backups/${name}`)).status).toBeGreaterThanOrEqual(400);
    expect(await readdir(folder)).toContain('plain.zveno');
    expect((await api.call('GET', '/api/v1/backups')).json.backups.map((one: { name: string }) => one.name)).not.toContain('link.zveno');
  });
});

it('a token that reads the list, or everything but backups, downloads none', async () => {
  const { name, job } = await made({ withoutKey: true });
  await ended(job);
  for (const scopes of [['backups:read'], ['configuration:read', 'records:read', 'secrets:write', 'messages.edit']]) {
    const { token } = (await api.call('POST', '/api/v1/accounts/admin/tokens', { body: { name: 'narrow', scopes } })).json;
    expect(await api.call('GET', `/api/v1/backups/${name}`, { as: { token } })).toMatchObject({ status: 403, json: { code: 'access.scope' } });
  }
  expect((await api.call('GET', `/api/v1/backups/${name}`, { as: null })).status).toBe(401);
});
