/** Files of records: streamed in and out, kept in versions, refused when they are not what they say, and used by scenarios. */
import { createHash } from 'node:crypto';
import { readdir } from 'node:fs/promises';
import { request } from 'node:http';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { adminPassword, basic } from './node.ts';
import { Scene } from './platform.ts';

const png = Buffer.from('iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==', 'base64');
const pdf = Buffer.from('%PDF-1.7\n%âãÏÓ\n1 0 obj<<>>endobj\n', 'latin1');

let scene: Scene;

beforeAll(async () => {
  scene = await Scene.start();
  await scene.apply(`
kind: Template
name: Act
attributes:
  name: text
  docs: {type: document, multiple: true}
  scan: {type: document, extensions: [pdf, docx], maxBytes: 2000}
  photo: image
---
kind: Template
name: Seen
attributes: {name: text, content: text, size: number}
---
kind: Scenario
name: readFiles
on: {manual: Act}
runAs: system
steps:
  - forEach: {in: =context.docs, as: doc, steps: [{create: {template: Seen, set: {name: =doc.name, content: =doc.content, size: =doc.size}}}]}
---
kind: Scenario
name: writeFiles
on: {api: true}
runAs: system
steps:
  - create: {template: Act, set: {name: made, docs: =files}, as: act}
  - set: {record: =act, add: {docs: {name: more.txt, content: bW9yZQ==}}}
  - create: {template: Act, set: {name: copy, docs: "=act.docs[0]"}}
  - set: {record: =act, exclude: {docs: "=act.docs[0]"}}
---
kind: Scenario
name: moveFile
on: {api: true}
runAs: system
steps:
  - create: {template: Act, set: {name: from, docs: {name: =name, content: =content}}, as: act}
  - create: {template: Act, set: {name: to, photo: "=act.docs[0]"}}
---
kind: Scenario
name: needsDocs
on: {changed: Act, attributes: [name], when: before}
runAs: system
steps:
  - validate: {that: "=after.name != 'done' or $count(after.docs) > 0", else: Приложите документ}
`);
});

afterAll(() => scene.close());

interface FileShown {
  id: string;
  name: string;
  size: number;
  type: string;
  sha256: string;
  version: number;
}

const docsOf = (record: Readonly<Record<string, unknown>> | undefined): readonly FileShown[] => (record?.['docs'] ?? []) as FileShown[];
const act = async (): Promise<string> => (await scene.node.create('Act', { name: 'a' })).id;
const at = (id: string, attribute: string, more = ''): string => `/api/v1/records/Act/${id}/files/${attribute}${more}`;
const upload = (path: string, bytes: Uint8Array | string, headers: Record<string, string> = {}, method = 'POST') => scene.node.call(method, path, { raw: bytes, headers: { 'content-type': 'application/octet-stream', ...headers } });
const filesIn = ({ body }: { body: unknown }): readonly FileShown[] => (body as { files: FileShown[] }).files;
const bytesOf = async (path: string, headers: Record<string, string> = {}) => {
  const response = await fetch(scene.node.url + path, { headers: { authorization: basic('admin', adminPassword), ...headers } });
  return { status: response.status, headers: response.headers, bytes: Buffer.from(await response.arrayBuffer()) };
};

describe('a file of a record', () => {
  test('is sent as it is and comes back byte by byte, whole or in part', async () => {
    const id = await act();
    const content = Buffer.from(Array.from({ length: 100_000 }, (_, index) => index % 251));
    const added = await upload(at(id, 'docs', '?name=данные.bin'), content);
    expect(added.status).toBe(201);
    const [file] = filesIn(added);
    expect(file).toMatchObject({ name: 'данные.bin', size: 100_000, version: 1, sha256: createHash('sha256').update(content).digest('hex') });
    const whole = await bytesOf(at(id, 'docs', `/${file?.id}`));
    expect(whole.bytes.equals(content)).toBe(true);
    expect(whole.headers.get('content-disposition')).toBe(`attachment; filename="______.bin"; filename*=UTF-8''${encodeURIComponent('данные.bin')}`);
    expect([whole.headers.get('x-content-type-options'), whole.headers.get('content-length')]).toEqual(['nosniff', '100000']);
    const part = await bytesOf(at(id, 'docs', `/${file?.id}`), { range: 'bytes=10-19' });
    expect([part.status, part.bytes.equals(content.subarray(10, 20)), part.headers.get('content-range')]).toEqual([206, true, 'bytes 10-19/100000']);
    expect((await bytesOf(at(id, 'docs', `/${file?.id}`), { range: 'bytes=100000-' })).status).toBe(416);
    expect(await scene.node.record('Act', id)).toMatchObject({ _version: 2, docs: [{ name: 'данные.bin', size: 100_000 }], photo: null });
  });

  test('comes in a form with others, all of them or none', async () => {
    const id = await act();
    const form = new FormData();
    form.append('files', new Blob(['A']), 'a.txt');
    form.append('files', new Blob(['B']), 'b.txt');
    const send = (body: FormData) => fetch(scene.node.url + at(id, 'docs'), { method: 'POST', body, headers: { authorization: basic('admin', adminPassword) } });
    const added = await send(form);
    expect(added.status).toBe(201);
    expect(((await added.json()) as { files: FileShown[] }).files.map(({ name, size, type }) => [name, size, type])).toEqual([['a.txt', 1, 'text/plain'], ['b.txt', 1, 'text/plain']]);
    const mixed = new FormData();
    mixed.append('files', new Blob(['C']), 'c.txt');
    mixed.append('files', new Blob(['D']), 'evil\u202Etxt.exe');
    expect((await send(mixed)).status).toBe(422);
    expect(await scene.node.record('Act', id)).toMatchObject({ _version: 2 });
    expect((await send(new FormData())).status).toBeGreaterThanOrEqual(400);
  });

  test('has versions, of which any can be read and restored, also after it was removed', async () => {
    const id = await act();
    const [first] = filesIn(await upload(at(id, 'docs', '?name=note.txt'), 'one'));
    const [second] = filesIn(await upload(at(id, 'docs', `/${first?.id}`), 'two', {}, 'PUT'));
    expect(second).toMatchObject({ id: first?.id, version: 2, name: 'note.txt', size: 3 });
    expect((await bytesOf(at(id, 'docs', `/${first?.id}?version=1`))).bytes.toString()).toBe('one');
    const [restored] = filesIn(await scene.node.call('POST', at(id, 'docs', `/${first?.id}/restore?version=1`)));
    expect(restored).toMatchObject({ version: 3, sha256: first?.sha256 });
    expect(filesIn(await scene.node.call('DELETE', at(id, 'docs', `/${first?.id}`)))).toEqual([]);
    expect((await bytesOf(at(id, 'docs', `/${first?.id}`))).status).toBe(404);
    const { versions } = await scene.node.ask<{ versions: FileShown[] }>('GET', `/api/v1/records/Act/${id}/file-versions/docs`);
    expect(versions.map(({ version }) => version)).toEqual([3, 2, 1]);
    expect(filesIn(await scene.node.call('POST', at(id, 'docs', `/${first?.id}/restore?version=2`)))).toMatchObject([{ version: 4, sha256: second?.sha256 }]);
    expect((await scene.node.call('POST', at(id, 'docs', `/${first?.id}/restore?version=9`))).body).toMatchObject({ code: 'record.unknownFile' });
  });

  test('takes the place of the only one where there can be but one', async () => {
    const id = await act();
    await upload(at(id, 'photo', '?name=a.png'), png);
    const replaced = filesIn(await upload(at(id, 'photo', '?name=b.png'), png));
    expect(replaced.map(({ name, type }) => [name, type])).toEqual([['b.png', 'image/png']]);
    expect(await scene.node.record('Act', id)).toMatchObject({ photo: { name: 'b.png' } });
    const shown = await bytesOf(at(id, 'photo', `/${replaced[0]?.id}?inline=true`));
    expect([shown.headers.get('content-disposition')?.slice(0, 7), shown.headers.get('content-type'), shown.headers.get('content-security-policy')]).toEqual(['inline;', 'image/png', "default-src 'none'; sandbox"]);
  });

  test('is refused when its content is not what its name or attribute says, and nothing changes', async () => {
    const id = await act();
    const refused = async (path: string, bytes: Uint8Array | string): Promise<string> => {
      const answer = await upload(path, bytes);
      return `${answer.status} ${(answer.body as { code: string }).code}`;
    };
    expect(await refused(at(id, 'photo', '?name=a.png'), '<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>')).toBe('422 record.fileType');
    expect(await refused(at(id, 'photo', '?name=a.png'), pdf)).toBe('422 record.fileType');
    expect(await refused(at(id, 'photo', '?name=a.png'), '')).toBe('422 record.fileType');
    expect(await refused(at(id, 'scan', '?name=a.exe'), pdf)).toBe('422 record.fileType');
    expect(await refused(at(id, 'scan', '?name=a.pdf'), png)).toBe('422 record.fileType');
    expect(await refused(at(id, 'scan', '?name=a.pdf'), Buffer.concat([pdf, Buffer.alloc(2000)]))).toBe('413 record.fileTooLarge');
    for (const name of ['../../etc/passwd', '..', 'a/b.txt', 'a\\b.txt', 'a\nb.txt', 'invoice\u202Efdp.exe', 'x'.repeat(201), ' a.txt', 'con:1']) {
      expect([name, await refused(at(id, 'docs', `?name=${encodeURIComponent(name)}`), 'x')]).toEqual([name, '422 record.fileName']);
    }
    expect(await refused(at(id, 'name', '?name=a.txt'), 'x')).toBe('422 record.notFiles');
    expect(await refused(at(id, 'dox', '?name=a.txt'), 'x')).toBe('422 query.unknownAttribute');
    expect(await refused(at(id.replace(/^.{8}/, '00000000'), 'docs', '?name=a.txt'), 'x')).toBe('404 record.unknown');
    expect((await upload(at(id, 'docs', '?name=a.gz'), 'x', { 'content-encoding': 'gzip' })).body).toMatchObject({ code: 'http.contentType' });
    expect((await upload(at(id, 'scan', '?name=a.pdf'), pdf)).status).toBe(201);
    expect(await scene.node.record('Act', id)).toMatchObject({ _version: 2, scan: { type: 'application/pdf' } });
  });

  test('that breaks off leaves neither a record change nor half a file', async () => {
    const id = await act();
    await new Promise<void>((resolve) => {
      const sent = request(scene.node.url + at(id, 'docs', '?name=half.bin'), { method: 'POST', headers: { authorization: basic('admin', adminPassword), 'content-type': 'application/octet-stream', 'content-length': '1000000' } });
      sent.on('error', () => resolve());
      sent.write(Buffer.alloc(300_000), () => sent.destroy());
    });
    expect(await scene.node.record('Act', id)).toMatchObject({ _version: 1, docs: [] });
    const incoming = `${scene.environment('x')['ZVENO_DATA']}/blobs/incoming`;
    await expect.poll(() => readdir(incoming).catch(() => []), { timeout: 10_000 }).toEqual([]);
  });

  test('goes with its record, and its versions with it', async () => {
    const id = await act();
    await upload(at(id, 'docs', '?name=a.txt'), 'gone soon');
    expect((await scene.sql.query('SELECT 1 FROM zveno.file_version WHERE record = $1', [id])).rowCount).toBe(1);
    await scene.node.call('DELETE', `/api/v1/records/Act/${id}`);
    expect((await scene.sql.query('SELECT 1 FROM zveno.file_version WHERE record = $1', [id])).rowCount).toBe(0);
  });

  test('cannot be asked for by its hash, nor forged by a text', async () => {
    const id = await act();
    const [file] = filesIn(await upload(at(id, 'docs', '?name=a.txt'), 'secret'));
    const refuse = async (docs: unknown): Promise<unknown> => (await scene.node.call('POST', '/api/v1/records/Act', { body: { docs } })).body;
    expect(await refuse(JSON.stringify([{ ...file, hash: file?.sha256 }]))).toMatchObject({ problems: [{ code: 'record.wrongType' }] });
    expect(await refuse([{ id: file?.id, hash: file?.sha256 }])).toMatchObject({ problems: [{ code: 'record.unknownFile' }] });
    expect(await refuse([{ name: 'a.txt', content: 'no base64!' }])).toMatchObject({ problems: [{ code: 'record.fileContent' }] });
  });

  test('is written inline with its content, and kept by its id (A14)', async () => {
    const made = await scene.node.create('Act', { docs: [{ name: 'a.txt', content: Buffer.from('A').toString('base64') }, { name: 'b.txt', content: Buffer.from('B').toString('base64') }] });
    const [a, b] = made['docs'] as FileShown[];
    expect([a?.name, b?.size]).toEqual(['a.txt', 1]);
    await scene.node.change('Act', made.id, { docs: [{ id: b?.id }] });
    expect((await scene.node.record('Act', made.id))['docs']).toMatchObject([{ id: b?.id, version: 1 }]);
    const twice = await scene.node.change('Act', made.id, { photo: [{ name: 'a.png', content: png.toString('base64') }, { name: 'b.png', content: png.toString('base64') }] });
    expect(twice.body).toMatchObject({ problems: [{ code: 'record.tooManyFiles' }] });
  });
});

describe('a scenario', () => {
  test('reads name and content of each file (A06)', async () => {
    const id = await act();
    await upload(at(id, 'docs', '?name=a.txt'), 'A');
    await upload(at(id, 'docs', '?name=b.txt'), 'B');
    expect(await scene.node.run('readFiles', {}, { template: 'Act', id })).toMatchObject({ state: 'done' });
    expect((await scene.node.records('Seen', '&sort=name')).map(({ name, content, size }) => [name, content, size])).toEqual([['a.txt', 'QQ==', 1], ['b.txt', 'Qg==', 1]]);
  });

  test('stores files that a message brought, adds, copies and takes away (B15)', async () => {
    expect(await scene.node.run('writeFiles', { files: [{ name: 'one.txt', content: 'MQ==' }, { name: 'two.txt', content: 'Mg==' }] })).toMatchObject({ state: 'done' });
    const [made] = await scene.node.records('Act', '&eq=name:made');
    expect(docsOf(made).map(({ name }) => name)).toEqual(['two.txt', 'more.txt']);
    const [copy] = await scene.node.records('Act', '&eq=name:copy');
    const [file] = docsOf(copy);
    expect((await bytesOf(at(copy?.id ?? '', 'docs', `/${file?.id}`))).bytes.toString()).toBe('1');
    expect((await scene.node.run('moveFile', { name: 'plain.txt', content: 'MQ==' })).failure).toMatchObject({ code: 'run.values' });
    expect((await scene.node.run('moveFile', { name: 'seen.png', content: png.toString('base64') })).state).toBe('done');
    expect((await scene.node.run('writeFiles', { files: [{ name: '../x', content: 'MQ==' }] })).failure).toMatchObject({ code: 'record.fileName' });
  });

  test('refuses a change while no document is attached (B02)', async () => {
    const id = await act();
    expect((await scene.node.change('Act', id, { name: 'done' })).body).toMatchObject({ code: 'run.validation' });
    await upload(at(id, 'docs', '?name=a.txt'), 'A');
    expect((await scene.node.change('Act', id, { name: 'done' })).status).toBe(200);
  });
});
