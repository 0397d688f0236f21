/** Reference data: what its templates demand, and how their records travel with the configuration, by command and over REST. */
import { mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Scene } from './platform.ts';

const country = `kind: Template
name: Country
titleAttribute: title
isReferenceData: true
carryDataOnTransfer: true
keyAttribute: code
attributes:
  code: {type: text, unique: true}
  title: text
  area: {type: number, decimals: 2}
  since: date
  capital: {type: record, template: City}
  neighbours: {type: record, template: Country, multiple: true}
  stewards: {type: role, multiple: true}
  keeper: account
  flag: image
  note: {type: text, default: none}
`;
const city = `kind: Template
name: City
isReferenceData: true
carryDataOnTransfer: true
keyAttribute: number
attributes:
  number: {type: number, unique: true}
  name: {type: text, required: true, validationExpression: "=$length(name) > 1"}
  country: {type: record, template: Country, required: true, inverse: {name: cities, multiple: true}}
`;
const role = 'kind: Role\nname: stewards\npermissions: [messages.view]\n';

let scene: Scene;
let folder: string;
let homes: readonly string[];

beforeAll(async () => {
  scene = await Scene.start();
  homes = [folder] = [await mkdtemp(join(tmpdir(), 'zveno-reference-'))];
  await scene.apply(country, city, role);
  await fill(scene);
});

afterAll(async () => {
  await scene.close();
  for (const home of homes) await rm(home, { recursive: true, force: true });
});

/** Countries and cities that refer to each other, an archived one, one without a key, one with a large exact number. */
async function fill({ node }: Scene): Promise<void> {
  const ru = await node.create('Country', { code: 'RU', title: 'Россия', area: '17125191.00', since: '1991-12-25', stewards: ['stewards', 'apiClients'], keeper: 'admin', note: null });
  const kz = await node.create('Country', { code: 'KZ', title: 'Казахстан "степь"\nи горы', neighbours: [ru.id] });
  await node.create('Country', { title: 'no key' });
  const old = await node.create('Country', { code: 'SU', title: 'СССР' });
  await node.ask('POST', `/api/v1/records/Country/${old.id}/archive`, {});
  const moscow = await node.create('City', { number: '12345678901234567890', name: 'Москва', country: ru.id });
  await node.create('City', { number: 2, name: 'Астана', country: kz.id });
  await node.change('Country', ru.id, { capital: moscow.id, neighbours: [kz.id, old.id] });
}

const lines = async (template: string, from = folder): Promise<Record<string, unknown>[]> => (await readFile(join(from, 'records', `${template}.jsonl`), 'utf8')).split('\n').filter(Boolean).map((line) => JSON.parse(line) as Record<string, unknown>);

/** A folder of these documents and files of records. */
async function folderWith(documents: readonly string[], records: Readonly<Record<string, string | Uint8Array>>): Promise<string> {
  const made = await scene.folder(...documents);
  await mkdir(join(made, 'records'), { recursive: true });
  for (const [template, text] of Object.entries(records)) await writeFile(join(made, 'records', `${template}.jsonl`), text);
  return made;
}

describe('records of reference templates', () => {
  test('are exported one a line, sorted by key, links by the keys of what they lead to', async () => {
    expect(await scene.zveno(['export', folder])).toMatchObject({ code: 0 });
    expect((await readdir(join(folder, 'records'))).toSorted()).toEqual(['City.jsonl', 'Country.jsonl']);
    expect(await readFile(join(folder, 'records/City.jsonl'), 'utf8')).toBe('{"number":2,"name":"Астана","country":"KZ"}\n{"number":12345678901234567890,"name":"Москва","country":"RU"}\n');
    expect(await lines('Country')).toEqual([
      { code: 'KZ', title: 'Казахстан "степь"\nи горы', area: null, since: null, capital: null, neighbours: ['RU'], stewards: [], note: 'none' },
      { code: 'RU', title: 'Россия', area: 17125191, since: '1991-12-25', capital: expect.anything(), neighbours: ['KZ', 'SU'], stewards: ['apiClients', 'stewards'], note: null },
      { code: 'SU', title: 'СССР', area: null, since: null, capital: null, neighbours: [], stewards: [], note: 'none', _archived: true },
    ]);
    expect(await scene.zveno(['diff', folder])).toMatchObject({ code: 0, out: expect.stringContaining('records of Country: create 0, change 0, the same 3') });
  });

  test('make the round trip: an empty installation that applied them exports the same, and a second apply changes nothing', async () => {
    const other = await Scene.start();
    try {
      const plan = await other.zveno(['diff', folder]);
      expect(plan.out).toMatch(/records of City: create 2, change 0, the same 0\n~ records of Country: create 3/);
      const applied = await other.zveno(['apply', folder, '--yes']);
      expect(applied).toMatchObject({ code: 0, out: expect.stringContaining('Records of Country: created 3, changed 0.') });
      const again = await mkdtemp(join(tmpdir(), 'zveno-reference-'));
      homes = [...homes, again];
      await other.zveno(['export', again]);
      for (const file of ['records/City.jsonl', 'records/Country.jsonl', 'templates/City.yaml', 'templates/Country.yaml', 'roles/stewards.yaml']) {
        expect([file, await readFile(join(again, file), 'utf8')]).toEqual([file, await readFile(join(folder, file), 'utf8')]);
      }
      expect(await other.zveno(['apply', folder, '--yes'])).toMatchObject({ code: 0, out: expect.stringContaining('No changes.') });
      expect(await other.node.records('Country', '&eq=code:RU&expand=capital')).toMatchObject([{ capital: { name: 'Москва' }, keeper: null, note: null }]);
      const audit = await other.node.ask<{ rows?: unknown; events?: unknown }>('GET', '/api/v1/audit?action=carryRecords');
      expect(JSON.stringify(audit)).toContain('"creates":3');
    } finally {
      await other.close();
    }
  });

  test('are changed by key, never deleted; a line leaves what it does not name, and one without a key is counted', async () => {
    const made = await folderWith([], { Country: '{"code":"KZ","area":2724900}\n\r\n{"code":"","title":"nobody"}\n{"title":"nobody"}\n{"code":"BY","title":"Беларусь","neighbours":["RU"]}\n' });
    const plan = await scene.zveno(['diff', made]);
    expect([plan.code, plan.out]).toEqual([expect.any(Number), expect.stringContaining('~ records of Country: create 1, change 1, the same 0, without a key, skipped 2, only here, stay 2')]);
    expect(await scene.zveno(['apply', made, '--yes'])).toMatchObject({ code: 0, out: expect.stringContaining('created 1, changed 1') });
    const [kz] = await scene.node.records('Country', '&eq=code:KZ&links=neighbours');
    expect(kz).toMatchObject({ area: 2724900, title: 'Казахстан "степь"\nи горы', neighbours: [expect.any(String)], _origin: 'import' });
    expect(await scene.node.records('Country', '&eq=code:BY')).toMatchObject([{ note: 'none' }]);
    expect((await scene.node.records('Country', '&archived=with')).length).toBe(5);
    const log = await scene.node.ask<{ changes: { origin: string }[] }>('GET', `/api/v1/records/Country/${kz?.id ?? ''}/changes?limit=1`);
    expect(log.changes).toMatchObject([{ origin: 'import', op: 'changed' }]);
  });

  test('come together when they refer to each other in a circle, however far apart they stand', async () => {
    const countries = Array.from({ length: 600 }, (_, index) => JSON.stringify({ code: `X${index}`, title: `x${index}`, capital: 100_000 + ((index + 350) % 600) }));
    const cities = Array.from({ length: 600 }, (_, index) => JSON.stringify({ number: 100_000 + index, name: `city ${index}`, country: `X${(index + 250) % 600}` }));
    const made = await folderWith([], { Country: countries.join('\n'), City: cities.join('\n') });
    expect(await scene.zveno(['apply', made, '--yes'])).toMatchObject({ code: 0, out: expect.stringContaining('Records of City: created 600') });
    expect(await scene.zveno(['diff', made])).toMatchObject({ code: 0, out: expect.stringContaining('records of City: create 0, change 0, the same 600') });
    expect(await scene.node.records('Country', '&eq=code:X3&expand=capital.country')).toMatchObject([{ capital: { name: 'city 353', country: { code: 'X3' } } }]);
  });

  test('refuse a circle of required links, naming where it is', async () => {
    const knot = 'kind: Template\nname: Knot\nisReferenceData: true\ncarryDataOnTransfer: true\nkeyAttribute: code\nattributes:\n  code: {type: text, unique: true}\n  next: {type: record, template: Knot, required: true}\n';
    const made = await folderWith([knot], { Knot: '{"code":"a","next":"b"}\n{"code":"b","next":"a"}\n{"code":"self","next":"self"}\n{"code":"c","next":"self"}\n' });
    const said = await scene.zveno(['apply', made, '--yes']);
    expect([said.code, said.err]).toEqual([1, expect.stringMatching(/records\/Knot\.jsonl:1:1: .*"next".*circle.*records\/Knot\.jsonl:2/)]);
    await writeFile(join(made, 'records/Knot.jsonl'), '{"code":"z","next":"y"}\n{"code":"y","next":"self"}\n{"code":"self","next":"self"}\n');
    expect(await scene.zveno(['apply', made, '--yes'])).toMatchObject({ code: 0 });
    expect((await scene.node.records('Knot')).length).toBe(3);
  });

  test('refuse what does not fit, by file, line and attribute, and change nothing', async () => {
    const before = await scene.zveno(['diff', folder]);
    const texts: readonly (readonly [text: string | Uint8Array, said: RegExp])[] = [
      ['{"code":"Q1","area":"much"}\n', /Country\.jsonl:1:1: .*"area".*number/],
      ['{"code":"Q1"}\n{"code":"Q2"}\n{"code":"Q1"}\n', /Country\.jsonl:3:1: .*"Q1" was in line 1/],
      ['{"code":"Q1","__proto__":{"polluted":true}}\n', /Country\.jsonl:1:1: .*"__proto__"/],
      ['{"code":"Q1","constructor":1}\n', /"constructor"/],
      ['{"code":"Q1","title":"a","title":"b"}\n', /Country\.jsonl:1:1: .*title/],
      ['{"code":{"$ne":null}}\n', /"code".*text/],
      ['["Q1"]\n', /a JSON object is expected/],
      ['{"code":"Q1"\n{"code":"Q2"}\n', /Country\.jsonl:1:1: The line cannot be read/],
      [`{"code":"Q1","title":"${'x'.repeat(10_000_000)}"}\n`, /Country\.jsonl:1:1: The line is longer than 1048576 bytes/],
      [Uint8Array.from([0x7b, 0x22, 0x63, 0xff, 0xfe, 0x0a]), /Country\.jsonl:1:1: The line is not valid UTF-8/],
      ['{"code":"Q1","title":"\\u0000"}\n', /Country\.jsonl:1:1/],
      ['{"code":"Q1","capital":777}\n', /"capital".*"777".*"City"/],
      ['{"code":"Q1","neighbours":["Q1","ZZ"]}\n', /"neighbours".*"ZZ"/],
      ['{"code":"Q1","capital":[2,3]}\n', /"capital".*one link/],
      ['{"code":"Q1","keeper":"admin"}\n', /"keeper" does not travel.*account/],
      ['{"code":"Q1","cities":[2]}\n', /"cities" does not travel.*inverse/],
      ['{"code":"Q1","stewards":["nobodies"]}\n', /no role "nobodies"/],
      ['{"code":"Q1","_archived":"yes"}\n', /_archived/],
      [`{"code":"Q1","title":${'['.repeat(10_000)}}\n`, /Country\.jsonl:1:1/],
    ];
    for (const [text, expected] of texts) {
      const said = await scene.zveno(['apply', await folderWith(['kind: Template\nname: New\nattributes: {a: text}\n'], { Country: text, City: '{"number":90,"name":"Новый","country":"RU"}\n' }), '--yes']);
      expect([said.code, said.err]).toEqual([1, expect.stringMatching(expected)]);
    }
    for (const [files, expected] of [[{ City: '{"number":91,"name":"x","country":"RU"}\n' }, /City\.jsonl:1:1: .*name/], [{ City: '{"number":91,"name":"xx"}\n' }, /"country"/], [{ Contry: '{}\n' }, /Contry.*Nearest|nearest known: Country/]] as const) {
      const said = await scene.zveno(['apply', await folderWith([], files), '--yes']);
      expect([said.code, said.err]).toEqual([1, expect.stringMatching(expected)]);
    }
    expect((await scene.zveno(['diff', folder])).out).toBe(before.out);
    expect((await scene.node.call('GET', '/api/v1/templates/New')).status).toBe(404);
    expect(({} as { polluted?: boolean }).polluted).toBeUndefined();
  });

  test('are all taken or none, also when the database refuses the last of them', async () => {
    await scene.apply('kind: Template\nname: Unit\nisReferenceData: true\ncarryDataOnTransfer: true\nkeyAttribute: code\nattributes:\n  code: {type: text, unique: true}\n  sign: {type: text, unique: true}\n');
    const many = Array.from({ length: 600 }, (_, index) => JSON.stringify({ code: `u${index}`, sign: index === 599 ? 's0' : `s${index}` }));
    const said = await scene.zveno(['apply', await folderWith([], { Unit: many.join('\n') }), '--yes']);
    expect([said.code, said.err]).toEqual([1, expect.stringContaining('"sign"')]);
    expect(await scene.node.records('Unit')).toEqual([]);
  });
});

describe('over REST', () => {
  const form = (files: Readonly<Record<string, string>>): FormData => {
    const made = new FormData();
    for (const [name, text] of Object.entries(files)) made.append('files', new Blob([text]), name);
    return made;
  };
  async function sent(files: Readonly<Record<string, string>>, query = '', as?: string): Promise<{ status: number; body: { templates?: object[]; problems?: object[]; code?: string } }> {
    const encoded = new Response(form(files));
    const answer = await scene.node.call('POST', `/api/v1/configuration/records${query}`, {
      raw: new Uint8Array(await encoded.clone().arrayBuffer()), headers: { 'content-type': encoded.headers.get('content-type') ?? '' }, ...(as === undefined ? {} : { as }),
    });
    return { status: answer.status, body: answer.body as { templates?: object[] } };
  }
  const holder = async (name: string, records: readonly object[]): Promise<string> => {
    await scene.node.ask('PUT', `/api/v1/roles/${name}`, { permissions: ['api.call', 'configuration.view', 'configuration.publish'], records });
    const header = await scene.account(name, 'api.call');
    await scene.node.ask('PATCH', `/api/v1/accounts/${name}`, { roles: [name] });
    return header;
  };

  test('records go out as the command writes them', async () => {
    const answer = await scene.node.call('GET', '/api/v1/configuration/records/Knot');
    expect([answer.status, answer.headers.get('content-type')]).toEqual([200, expect.stringContaining('application/x-ndjson')]);
    expect(answer.text).toBe('{"code":"self","next":"self"}\n{"code":"y","next":"self"}\n{"code":"z","next":"y"}\n');
    expect((await scene.node.call('GET', '/api/v1/configuration/records/Countries')).status).toBe(404);
  });

  test('a preview says what would be and what the database would refuse, and writes nothing', async () => {
    const files = { 'City.jsonl': '{"number":7,"name":"Тула","country":"TT"}\n', 'Country.jsonl': '{"code":"TT","capital":7}\n' };
    expect(await sent(files, '?preview=true')).toMatchObject({ status: 200, body: { templates: [{ template: 'City', creates: 1 }, { template: 'Country', creates: 1, skipped: 0 }], problems: [] } });
    expect(await sent({ 'Unit.jsonl': '{"code":"a","sign":"!"}\n{"code":"b","sign":"!"}\n' }, '?preview=true')).toMatchObject({ status: 409, body: { code: 'record.notUnique' } });
    expect(await sent({ 'Country.jsonl': '{"code":"TT","area":"much"}\n' }, '?preview=true')).toMatchObject({ status: 200, body: { problems: [{ file: 'Country.jsonl', line: 1, path: 'area', code: 'record.wrongType' }] } });
    expect(await scene.node.records('Country', '&eq=code:TT')).toEqual([]);
    expect(await sent(files)).toMatchObject({ status: 200, body: { templates: [{ creates: 1 }, { creates: 1 }] } });
    expect(await scene.node.records('Country', '&eq=code:TT&expand=capital')).toMatchObject([{ capital: { name: 'Тула' }, _createdBy: expect.any(String) }]);
  });

  test('refuses wrong files by line, and files that are called otherwise', async () => {
    expect(await sent({ 'Country.jsonl': '{"code":"W1"}\n{"code":"W2","capital":404}\n' })).toMatchObject({ status: 422, body: { code: 'config.invalid', problems: [{ path: 'Country.jsonl:2 capital', code: 'reference.unknownLink' }] } });
    expect(await sent({ 'Country.csv': 'code\nW1\n' })).toMatchObject({ status: 422, body: { code: 'reference.fileName' } });
    expect(await sent({ 'Country.jsonl': '{"code":"W1"}', 'copy/Country.jsonl': '{"code":"W1"}' })).toMatchObject({ status: 422, body: { problems: [{ code: 'reference.twice' }] } });
    expect(await sent({ 'Country.jsonl': ' '.repeat(16 * 1024 * 1024 + 1) })).toMatchObject({ status: 413, body: { code: 'reference.fileTooLarge' } });
    expect(await scene.node.records('Country', '&eq=code:W1')).toEqual([]);
  });

  test('is bound by the rights of the caller, template by template', async () => {
    const all = (template: string, verbs: readonly string[]): object => ({ template, verbs });
    const reader = await holder('refReader', [all('Country', ['read']), all('City', ['read'])]);
    const narrow = await holder('refNarrow', [{ template: 'Country', verbs: ['read', 'create', 'edit'], where: { op: 'eq', attribute: 'code', value: 'RU' } }, all('City', ['read'])]);
    const half = await holder('refHalf', [all('Country', ['read', 'create']), all('City', ['read'])]);
    const line = { 'Country.jsonl': '{"code":"H1"}\n' };
    const refused = { status: 403, body: { code: 'access.objectsForbidden' } };
    expect((await scene.node.call('GET', '/api/v1/configuration/records/Country', { as: reader })).status).toBe(200);
    expect((await scene.node.call('GET', '/api/v1/configuration/records/Country', { as: narrow })).status).toBe(403);
    for (const as of [reader, narrow]) expect(await sent(line, '', as)).toMatchObject(refused);
    expect(await sent(line, '?preview=true', reader)).toMatchObject(refused);
    expect(await sent(line, '', half)).toMatchObject({ status: 200 });
    expect(await sent({ 'Country.jsonl': '{"code":"H1","title":"changed"}\n' }, '', half)).toMatchObject(refused);
    expect(await sent({ 'City.jsonl': '{"number":8,"name":"Псков","country":"RU"}\n' }, '', half)).toMatchObject(refused);
    expect(await scene.node.records('Country', '&eq=code:H1')).toMatchObject([{ title: null }]);
  });
});

describe('a reference template', () => {
  const shape = (name: string, keys: string, attributes: string): string => `kind: Template\nname: ${name}\n${keys}attributes:\n${attributes}`;
  const reference = 'isReferenceData: true\n';
  const carried = `${reference}carryDataOnTransfer: true\nkeyAttribute: code\n`;
  const code = '  code: {type: text, unique: true}\n';

  test('has a key of its own that is a unique text or number', async () => {
    for (const [document, said] of [
      [shape('T', 'carryDataOnTransfer: true\n', code), /reference data only/],
      [shape('T', 'keyAttribute: code\n', code), /reference data only/],
      [shape('T', `${reference}carryDataOnTransfer: true\n`, code), /travel by a key/],
      [shape('T', `${reference}keyAttribute: cod\n`, code), /Nearest known: code/],
      [shape('T', `${reference}keyAttribute: code\n`, '  code: text\n'), /"code" cannot be the key/],
      [shape('T', `${reference}keyAttribute: code\n`, '  code: {type: date, unique: true}\n'), /this is of type date/],
      [shape('T', `${reference}keyAttribute: code\n`, '  code: {type: text, calculated: "=\'x\'"}\n'), /code/],
      [shape('T', carried, `${code}  who: {type: account, required: true}\n`), /"who" of type account does not travel/],
      [shape('T', `isReferenceData: "yes"\n`, code), /isReferenceData/],
    ] as const) {
      const made = await scene.tryApply(document);
      expect([made.code, made.err]).toEqual([1, expect.stringMatching(said)]);
    }
  });

  test('refers to reference templates only, also when its target stops being one', async () => {
    const plain = shape('Plain', '', '  name: text\n');
    const wrong = await scene.tryApply(plain, shape('Ref', reference, '  plain: {type: record, template: Plain}\n'));
    expect([wrong.code, wrong.err]).toEqual([1, expect.stringMatching(/document-1\.yaml:5:.*"Ref" refers by "plain" to template "Plain", which is no reference data/)]);
    const implied = await scene.tryApply(shape('Plain', '', '  ref: {type: record, template: Ref, inverse: {name: plains, multiple: true}}\n'), shape('Ref', reference, '  name: text\n'));
    expect([implied.code, implied.err]).toEqual([1, expect.stringMatching(/document-0\.yaml:4:.*"Ref" refers by "plains"/)]);
    await scene.apply(shape('Plain', reference, '  name: text\n'), shape('Ref', reference, '  plain: {type: record, template: Plain}\n'));
    const stopped = await scene.tryApply(plain);
    expect([stopped.code, stopped.err]).toEqual([1, expect.stringContaining('"Ref" refers by "plain"')]);
    const keyless = await scene.tryApply(shape('Ref', carried, `${code}  plain: {type: record, template: Plain}\n`));
    expect([keyless.code, keyless.err]).toEqual([1, expect.stringContaining('to "Plain", which has no key')]);
    expect(await scene.node.ask('GET', '/api/v1/templates/Ref')).toMatchObject({ referenceData: { carried: false, keyAttribute: null } });
    expect(await scene.node.ask('GET', '/api/v1/templates/Country')).toMatchObject({ referenceData: { carried: true, keyAttribute: 'code' } });
  });
});
