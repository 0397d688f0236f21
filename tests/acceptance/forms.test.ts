/** Messages that come as forms: A14 of the specification, and what hostile or broken senders make of it. */
import { createHash, randomBytes } from 'node:crypto';
import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { messageOf, type Answer } from './node.ts';
import { eventually, Scene } from './platform.ts';
import { startProcess } from './started-process.ts';

const png = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64');
const jpeg = Buffer.concat([Buffer.from([0xff, 0xd8, 0xff, 0xe0, 0, 16, 0x4a, 0x46, 0x49, 0x46, 0, 1]), randomBytes(90_000)]);
const docx = Buffer.concat([Buffer.from([0x50, 0x4b, 3, 4]), randomBytes(70_000)]);

let scene: Scene;

const route = (name: string, more = '', reply = 'afterRun'): string => `
kind: Route
name: ${name}
connection: formsIn
operation: receive
properties: {path: ${name}, reply: ${reply}, form: true${more}}
request: {description: string, files: {type: file, array: true}}
---
kind: Scenario
name: take_${name}
on: {message: ${name}}
runAs: system
steps:
  - create: {template: Act, set: {description: =message.description, files: =message.files}}
`;

beforeAll(async () => {
  scene = await Scene.start();
  await scene.apply(`
kind: Template
name: Act
attributes:
  description: text
  files: {type: document, multiple: true}
---
kind: Template
name: Photo
attributes: {shot: image, scan: {type: document, extensions: [pdf], maxBytes: 100}}
---
kind: Connection
name: formsIn
type: http-in
properties: {path: forms, auth: none}
---
kind: Connection
name: signedIn
type: http-in
properties: {path: closed, auth: basic}
---${route('acts')}---${route('small', ', formBytes: 1000')}---${route('later', '', 'ack')}---
kind: Route
name: photos
connection: signedIn
operation: receive
properties: {path: photos, form: true, bodyAttribute: form, queryAttribute: query}
keys: {idempotency: =form.number}
request: {form: any, query: any}
---
kind: Scenario
name: takePhotos
on: {message: photos}
runAs: system
steps:
  - create: {template: Photo, set: {shot: =message.form.shot, scan: =message.form.scan}}
---
kind: Route
name: json
connection: formsIn
operation: receive
properties: {path: json}
request: {description: string, files: {type: file, array: true}}
---
kind: Scenario
name: takeJson
on: {message: json}
runAs: system
steps:
  - create: {template: Act, set: {description: =message.description, files: =message.files}}
`);
});

afterAll(() => scene.close());

interface FileShown {
  id: string;
  name: string;
  size: number;
  type: string;
  sha256: string;
}

const boundary = 'a-boundary-of-the-test';
const part = (headers: string, content: string | Uint8Array): Buffer => Buffer.concat([Buffer.from(`--${boundary}\r\n${headers}\r\n\r\n`), Buffer.from(content as string), Buffer.from('\r\n')]);
const field = (name: string, text: string | Uint8Array): Buffer => part(`Content-Disposition: form-data; name="${name}"`, text);
const file = (name: string, fileName: string, content: string | Uint8Array, type = 'application/octet-stream'): Buffer => part(`Content-Disposition: form-data; name="${name}"; filename="${fileName}"\r\nContent-Type: ${type}`, content);
const end = Buffer.from(`--${boundary}--\r\n`);
const formType = `multipart/form-data; boundary=${boundary}`;
const post = (path: string, ...parts: readonly Buffer[]): Promise<Answer> => scene.node.call('POST', `/api/public/adapter/${path}`, { raw: Buffer.concat([...parts, end]), headers: { 'content-type': formType }, as: null });
const acts = () => scene.node.records('Act');
const filesIn = (record: Readonly<Record<string, unknown>> | undefined): readonly FileShown[] => (record?.['files'] ?? []) as FileShown[];
const contentOf = async (id: string, shown: FileShown): Promise<Buffer> => Buffer.from(await (await fetch(`${scene.node.url}/api/v1/records/Act/${id}/files/files/${shown.id}`, { headers: { authorization: `Basic ${Buffer.from('admin:acceptance-tests').toString('base64')}` } })).arrayBuffer());
const count = async (table: string): Promise<number> => Number((await scene.sql.query<{ n: string }>(`SELECT count(*) AS n FROM zveno.${table}`)).rows[0]?.n);
const codeOf = ({ body }: Answer): string => (body as { code: string }).code;
/** Also of what stands in the problems of a failed run. */
const codesOf = ({ body }: Answer): readonly string[] => {
  const { code, problems = [] } = body as { code: string; problems?: readonly { code: string }[] };
  return [code, ...problems.map((problem) => problem.code)];
};

describe('A14', () => {
  test('A14: a form with a description and two files makes one record with two documents, with the right names and bytes', async () => {
    const form = new FormData();
    form.append('description', 'Акт');
    form.append('files', new Blob([jpeg], { type: 'image/jpeg' }), 'p.jpg');
    form.append('files', new Blob([docx]), 'акт № 2.docx');
    const answer = await fetch(`${scene.node.url}/api/public/adapter/forms/acts`, { method: 'POST', body: form });
    expect(answer.status).toBe(200);
    const [act, more] = await acts();
    expect(more).toBeUndefined();
    expect(act).toMatchObject({ description: 'Акт', files: [{ name: 'p.jpg', size: jpeg.length, type: 'image/jpeg' }, { name: 'акт № 2.docx', size: docx.length }] });
    const [first, second] = filesIn(act);
    if (act === undefined || first === undefined || second === undefined) throw new Error('two files');
    expect((await contentOf(act.id, first)).equals(jpeg)).toBe(true);
    expect((await contentOf(act.id, second)).equals(docx)).toBe(true);
    expect(second.sha256).toBe(createHash('sha256').update(docx).digest('hex'));
  });

  test('the journal keeps the message with its files by reference, and a retry takes the same ones', async () => {
    const answer = await post('forms/acts', field('description', 'one'), file('files', 'a.txt', 'text'));
    const story = (await scene.node.message(messageOf(answer))) as unknown as { payload: { text: string } };
    expect(JSON.parse(story.payload.text)).toMatchObject({ message: { description: 'one', files: { name: 'a.txt', size: 4, type: 'text/plain' } } });
    expect(story.payload.text).not.toContain(Buffer.from('text').toString('base64'));
    expect(await count('message_file')).toBeGreaterThan(2);
  });

  test('an acknowledged form is durable before the acknowledgement: the record comes with its bytes', async () => {
    const answer = await post('forms/later', field('description', 'later'), file('files', 'b.bin', jpeg));
    expect(answer.status).toBe(202);
    await expect.poll(async () => filesIn((await acts()).find(({ description }) => description === 'later')).length, { timeout: 15_000 }).toBe(1);
    const act = (await acts()).find(({ description }) => description === 'later');
    const [kept] = filesIn(act);
    if (act === undefined || kept === undefined) throw new Error('a file');
    expect((await contentOf(act.id, kept)).equals(jpeg)).toBe(true);
  });

  test('a process that is killed before the commit has acknowledged nothing, one that is killed after it loses nothing', async () => {
    const named = (description: string) => async () => (await acts()).find((act) => act['description'] === description);
    const crashed = async (point: string, description: string): Promise<void> => {
      const doomed = await startProcess({ ...scene.environment('doomed'), ZVENO_TEST_FAULTS: 'none', ZVENO_TEST_CRASH: point });
      const answer = await fetch(`${doomed.url}/api/public/adapter/forms/later`, { method: 'POST', headers: { 'content-type': formType }, body: Buffer.concat([field('description', description), file('files', 'k.bin', jpeg), end]) }).catch(() => null);
      expect(answer).toBeNull();
      await doomed.gone;
    };
    await crashed('intake.beforeCommit', 'before');
    await crashed('intake.afterCommit', 'after');
    const act = await eventually('the record is there', named('after'));
    const [kept] = filesIn(act);
    if (kept === undefined) throw new Error('a file');
    expect((await contentOf(act.id, kept)).equals(jpeg)).toBe(true);
    expect(await named('before')()).toBeUndefined();
  }, 120_000);

  test('a form without files, a field that comes twice, and a JSON part are values like those of JSON', async () => {
    expect((await post('forms/acts', field('description', 'plain'))).status).toBe(200);
    const twice = await post('forms/acts', field('description', 'a'), field('description', 'b'));
    expect(twice.status).toBe(400);
    expect(codesOf(twice)).toContain('message.tooMany');
    const json = part('Content-Disposition: form-data; name="description"\r\nContent-Type: application/json', '"из JSON"');
    expect((await post('forms/acts', json)).status).toBe(200);
    expect((await acts()).some(({ description }) => description === 'из JSON')).toBe(true);
  });

  test('an image goes into an image attribute of a record, another file does not, and the message says why', async () => {
    const send = (...parts: readonly Buffer[]) => scene.node.call('POST', '/api/public/adapter/closed/photos?from=test', { raw: Buffer.concat([...parts, end]), headers: { 'content-type': formType } });
    expect((await send(field('number', '1'), file('shot', 'x.png', png))).status).toBe(200);
    expect(await scene.node.records('Photo')).toMatchObject([{ shot: { name: 'x.png', type: 'image/png' } }]);
    const lies = await send(field('number', '2'), file('shot', 'x.png', 'no image', 'image/png'));
    expect(lies.status).toBe(422);
    expect(codesOf(lies)).toContain('record.fileType');
    const large = await send(field('number', '3'), file('scan', 'x.pdf', Buffer.concat([Buffer.from('%PDF-1.7\n'), randomBytes(200)])));
    expect(codesOf(large)).toContain('record.fileTooLarge');
    const again = await send(field('number', '1'), file('shot', 'x.png', png));
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expect((await send(field('number', '1'), file('shot', 'x.png', jpeg))).status).toBe(422);
    expect(await scene.node.records('Photo')).toHaveLength(1);
  });
});

describe('a hostile form', () => {
  test('file names lose their folders, and names that pretend or cannot be shown are refused', async () => {
    expect((await post('forms/acts', field('description', 'folders'), file('files', '../../etc/passwd', 'x'), file('files', 'C:\\\\fake\\\\p.txt', 'y'))).status).toBe(200);
    expect(filesIn((await acts()).find(({ description }) => description === 'folders')).map(({ name }) => name)).toEqual(['passwd', 'p.txt']);
    for (const name of ['a\u202Egpj.exe', 'a\u0001.txt', '..', `${'x'.repeat(300)}.txt`, '']) {
      const answer = await post('forms/acts', field('description', 'bad name'), file('files', name, 'x'));
      expect([name, answer.status, codeOf(answer)]).toEqual([name, 400, 'message.fileName']);
    }
    expect((await acts()).some(({ description }) => description === 'bad name')).toBe(false);
  });

  test('a form that breaks off, has no boundary, no names or too many parts is refused and nothing is recorded', async () => {
    const before = [(await acts()).length, await count('message')];
    const whole = Buffer.concat([field('description', 'cut'), file('files', 'a.bin', jpeg)]);
    const raw = (bytes: Uint8Array, type: string) => scene.node.call('POST', '/api/public/adapter/forms/acts', { raw: bytes, headers: { 'content-type': type }, as: null });
    expect((await raw(whole.subarray(0, whole.length - 1_000), formType)).status).toBe(400);
    expect((await raw(whole, formType)).status).toBe(400);
    expect((await raw(Buffer.concat([whole, end]), 'multipart/form-data')).status).toBe(400);
    expect((await raw(Buffer.from('no form at all'), formType)).status).toBe(400);
    expect((await post('forms/acts', part('Content-Disposition: form-data', 'x'))).status).toBe(400);
    expect((await post('forms/acts', part('Content-Disposition: form-data; name="__proto__"', 'x'))).status).toBe(400);
    const many = await post('forms/acts', ...Array.from({ length: 1_001 }, (_, index) => field(`f${index}`, 'x')));
    expect([many.status, codeOf(many)]).toEqual([413, 'message.tooManyParts']);
    expect(codeOf(await post('forms/acts', field('description', new Uint8Array([0xff, 0xfe]))))).toBe('message.charset');
    expect(codeOf(await post('forms/acts', field('description', 'a\0b')))).toBe('message.forbiddenText');
    expect([(await acts()).length, await count('message')]).toEqual(before);
  });

  test('a form larger than its route allows is refused by its declared length, and one without a length at the limit', async () => {
    const claimed = await new Promise<number | undefined>((resolve, reject) => {
      const asked = request(`${scene.node.url}/api/public/adapter/forms/acts`, { method: 'POST', headers: { 'content-type': formType, 'content-length': String(6 * 1024 ** 3), expect: '100-continue' } });
      asked.on('continue', () => reject(new Error('it was told to send')));
      asked.on('response', (response) => {
        resolve(response.statusCode);
        asked.destroy();
      });
      asked.on('error', reject);
      asked.flushHeaders();
    });
    expect(claimed).toBe(413);
    const streamed = await fetch(`${scene.node.url}/api/public/adapter/forms/small`, { method: 'POST', headers: { 'content-type': formType }, body: new Blob([file('files', 'a.bin', jpeg), end]).stream(), duplex: 'half' });
    expect(streamed.status).toBe(413);
    expect(((await streamed.json()) as { code: string }).code).toBe('message.tooLarge');
  });

  test('a route that takes no forms says so, and JSON cannot open bytes by their hash or by the id of another message', async () => {
    expect((await post('forms/json', field('description', 'x'))).status).toBe(415);
    const known = filesIn((await acts()).find(({ description }) => description === 'Акт'))[0];
    const { rows } = await scene.sql.query<{ file: string; hash: string }>(`SELECT file::text, encode(hash, 'hex') AS hash FROM zveno.message_file LIMIT 1`);
    for (const forged of [{ id: known?.id, name: 'a.txt' }, { id: rows[0]?.file, name: 'a.txt' }, { id: rows[0]?.file, name: 'a.txt', hash: rows[0]?.hash }]) {
      const answer = await scene.node.send('forms/json', { description: 'forged', files: [forged] }, { as: null });
      expect([answer.status, codesOf(answer).at(-1)]).toEqual([422, 'record.unknownFile']);
    }
    const disguised = await scene.node.send('forms/json', { message: { description: 'forged' }, files: [{ id: rows[0]?.file, name: 'a', size: 1, hash: rows[0]?.hash, detected: null }] }, { as: null, headers: { 'content-type': 'application/vnd.zveno.form+json' } });
    expect(disguised.status).toBe(415);
    expect((await scene.node.send('forms/json', { description: 'base64', files: [{ name: 'a.txt', content: 'dGV4dA==' }] }, { as: null })).status).toBe(200);
    expect((await acts()).some(({ description }) => description === 'forged')).toBe(false);
  });
});
