import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { appendFile, mkdtemp, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { goodBehaviour, turnKnobs } from './knobs.ts';
import { startPartner, type Partner } from './partner.ts';

let folder = '';
let partner: Partner;
const file = (): string => join(folder, 'effects.log');

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'zveno-partner-'));
  partner = await startPartner({ port: 0, file: file(), token: 'token' });
});
afterEach(async () => {
  await partner.close();
  await rm(folder, { recursive: true });
});

const post = (effect: string | null, path = '/notices', options: RequestInit = {}): Promise<Response> =>
  fetch(`http://127.0.0.1:${partner.port}${path}`, { method: 'POST', body: '{"number":"A-1"}', headers: { authorization: 'Bearer token', ...(effect === null ? {} : { 'idempotency-key': effect }) }, ...options });

test('an effect is on the disk before the answer, a repeated one is dropped and counted', async () => {
  expect(await (await post('e-1')).json()).toEqual({ accepted: true, repeated: false });
  expect(await readFile(file(), 'utf8')).toBe('accepted e-1\n');
  expect(await (await post('e-1')).json()).toEqual({ accepted: true, repeated: true });
  expect(await (await fetch(`http://127.0.0.1:${partner.port}/effects`)).json()).toEqual({ accepted: 1, repeated: 1 });
});

test('what a request is about is recorded beside its effect, when the partner is told to and the body says it in one word', async () => {
  await partner.close();
  partner = await startPartner({ port: 0, file: file(), token: 'token', label: 'number' });
  await post('e-1');
  await post('e-2', '/notices', { body: '{"number":"two words"}' });
  await post('e-3', '/notices', { body: 'no JSON' });
  expect(await readFile(file(), 'utf8')).toBe('accepted e-1 A-1\naccepted e-2\naccepted e-3\n');
});

test('of many requests with one id at once exactly one is the first', async () => {
  const answers = await Promise.all(Array.from({ length: 20 }, async () => (await (await post('same')).json()) as { repeated: boolean }));
  expect(answers.filter(({ repeated }) => !repeated)).toHaveLength(1);
  expect((await readFile(file(), 'utf8')).match(/^accepted same$/gm)).toHaveLength(1);
});

test('a new process knows what an old one has seen, and cuts off a line it could not finish', async () => {
  await post('e-1');
  await partner.close();
  await appendFile(file(), 'accepted e-2-torn');
  partner = await startPartner({ port: 0, file: file(), token: 'token' });
  expect(await (await post('e-1')).json()).toMatchObject({ repeated: true });
  await post('e-3');
  expect(await readFile(file(), 'utf8')).toBe('accepted e-1\nrepeated e-1\naccepted e-3\n');
});

test('a wrong token, a missing or a hostile key and an endless body are refused and not recorded', async () => {
  expect((await post('e-1', '/notices', { headers: { 'idempotency-key': 'e-1' } })).status).toBe(401);
  expect((await post(null)).status).toBe(400);
  expect((await post('two words')).status).toBe(400);
  expect((await post('e-1', '/notices', { body: 'x'.repeat(1024 * 1024 + 1) })).status).toBe(413);
  expect(await readFile(file(), 'utf8')).toBe('');
});

test.each([
  ['status=422', 422, ''],
  ['failRate=1', 500, ''],
])('with %s it answers %i and records nothing', async (knobs, status, recorded) => {
  expect((await post('e-1', `/notices?${knobs}`)).status).toBe(status);
  expect(await readFile(file(), 'utf8')).toBe(recorded);
});

test.each([
  ['drop=read', ''],
  ['drop=write', 'accepted e-1\n'],
])('with %s the connection is cut, and what is recorded is %j', async (knobs, recorded) => {
  await expect(post('e-1', `/notices?${knobs}`)).rejects.toThrow();
  expect(await readFile(file(), 'utf8')).toBe(recorded);
});

test('with hang it never answers', async () => {
  await expect(post('e-1', '/notices?hang=1', { signal: AbortSignal.timeout(100) })).rejects.toThrow();
  expect(await readFile(file(), 'utf8')).toBe('');
});

test('knobs turned for all stay until good behaviour is restored; a wrong knob is named', async () => {
  await post(null, '/knobs?status=503');
  expect((await post('e-1')).status).toBe(503);
  await post(null, '/knobs');
  expect((await post('e-1')).status).toBe(200);
  expect(await (await post(null, '/knobs?speed=9')).json()).toMatchObject({ error: expect.stringContaining('no knob speed') });
  expect(() => turnKnobs(goodBehaviour, new URLSearchParams('failRate=2'))).toThrow('failRate is a number from 0 to 1');
});

test.each(['SIGTERM', 'the end of its input'])('as a process it tells its port and ends at %s', async (how) => {
  const child = spawn(process.execPath, [fileURLToPath(new URL('partner.ts', import.meta.url))], {
    env: { PARTNER_FILE: join(folder, 'other.log'), PARTNER_FOLLOWS_INPUT: '1' },
    stdio: ['pipe', 'pipe', 'inherit'],
  });
  const [line] = (await once(child.stdout.setEncoding('utf8'), 'data')) as [string];
  expect(JSON.parse(line)).toEqual({ port: expect.any(Number) });
  if (how === 'SIGTERM') child.kill('SIGTERM');
  else child.stdin.end();
  expect(await once(child, 'exit')).toEqual([0, null]);
});
