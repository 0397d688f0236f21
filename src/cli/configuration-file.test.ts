import { describe, expect, test } from 'vitest';
import { limits } from '../core/limits.ts';
import { readConfigurationFile } from './configuration-file.ts';

const read = (text: string | Uint8Array): ReturnType<typeof readConfigurationFile> =>
  readConfigurationFile('routes/a.yaml', typeof text === 'string' ? new TextEncoder().encode(text) : text);

const codes = (text: string | Uint8Array): readonly string[] => read(text).findings.map(({ code }) => code);

const head = 'kind: Route\nname: a\n';

describe('a configuration file', () => {
  test('gives its document as plain data with its text', () => {
    const text = `${head}retry: {attempts: 3} # often enough\nlist: [1, "x", true, null]\n`;
    const { document, findings } = read(text);
    expect(findings).toEqual([]);
    expect(document).toMatchObject({ kind: 'Route', name: 'a', source: text });
    expect(JSON.stringify(document?.document)).toBe('{"kind":"Route","name":"a","retry":{"attempts":3},"list":[1,"x",true,null]}');
  });

  test('locates a value by its path, and the nearest ancestor of one that is not there', () => {
    const { document } = read(`${head}request:\n  lines:\n    - {sku: string}\n`);
    expect(document?.locate(['request', 'lines', 0, 'sku'])).toEqual({ file: 'routes/a.yaml', line: 5, column: 8 });
    expect(document?.locate(['request', 'missing'])).toEqual({ file: 'routes/a.yaml', line: 3, column: 1 });
    expect(document?.locate([])).toEqual({ file: 'routes/a.yaml', line: 1, column: 1 });
  });

  test('takes numbers in every notation that YAML has, as long as they are exact', () => {
    const { document } = read(`${head}a: [1, -0.10, +5, .5, 5., 1.5e3, 0x1F, 0o17, 1000000000000000]\n`);
    expect(document?.document['a']).toEqual([1, -0.1, 5, 0.5, 5, 1500, 31, 15, 1e15]);
  });

  test('may begin with a byte order mark and have Windows line ends', () => {
    const { document } = read('\uFEFFkind: Route\r\nname: a\r\n');
    expect(document?.source).toBe(head);
  });

  test('treats __proto__ and constructor as ordinary keys', () => {
    const { document } = read(`${head}__proto__: {polluted: true}\nconstructor: x\n`);
    expect(Object.keys(document?.document ?? {})).toEqual(['kind', 'name', '__proto__', 'constructor']);
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  test.each([
    ['an empty file', '', ['config.empty']],
    ['only a comment', '# nothing\n', ['config.empty']],
    ['a list', '- a\n', ['config.wrongType']],
    ['a text', 'hello', ['config.wrongType']],
    ['two documents', `${head}---\n${head}`, ['config.severalDocuments']],
    ['a key twice', `${head}retry: 1\nretry: 2\n`, ['config.duplicateKey']],
    ['an alias', `${head}a: &x [1]\nb: *x\n`, ['config.alias', 'config.alias']],
    ['a merge of anchors', `${head}a: &x {y: 1}\nb: {<<: *x}\n`, ['config.alias', 'config.alias']],
    ['a tag', `${head}a: !!js/function "x"\n`, ['config.tag']],
    ['a key that is a number', `${head}1: x\n`, ['config.keyNotText']],
    ['a key that is a list', `${head}? [a]\n: b\n`, ['config.keyNotText']],
    ['a number that a double would round', `${head}a: 12345678901234567890\n`, ['config.inexactNumber']],
    ['a number that a double cannot reach', `${head}a: 1e400\n`, ['config.inexactNumber']],
    ['infinity', `${head}a: .inf\n`, ['config.inexactNumber']],
    ['a tab as indentation', `${head}a:\n\t- b\n`, ['config.syntax']],
    ['a merge that was left undone', `kind: Role\n<<<<<<< HEAD\nname: one\n=======\nname: two\n>>>>>>> branch\n`, ['config.mergeConflict']],
    ['an open quote', `${head}a: "b\n`, ['config.syntax']],
    ['NUL in a text', `${head}a: "x\\0y"\n`, ['config.nul']],
    ['no kind', 'name: a\n', ['config.required']],
    ['an unknown kind', 'kind: Rout\nname: a\n', ['config.unknownKind']],
    ['a kind that is an object', 'kind: {a: 1}\nname: a\n', ['config.unknownKind']],
    ['no name', 'kind: Route\n', ['config.required']],
    ['a name that is a number', 'kind: Route\nname: 5\n', ['config.wrongType']],
  ])('with %s is refused with a place', (_, text, expected) => {
    const { document, findings } = read(text);
    expect(document).toBeNull();
    expect(findings.map(({ code }) => code)).toEqual(expected);
    for (const { place } of findings) expect(place?.line).toBeGreaterThan(0);
  });

  test('names the line and column of each of several mistakes at once', () => {
    const { findings } = read(`${head}a: 1\na: 2\nb: !x 1\n`);
    expect(findings.map(({ code, place }) => [code, place?.line, place?.column])).toEqual([['config.duplicateKey', 4, 1], ['config.tag', 5, 7]]);
  });

  test('in UTF-16 or in a one-byte charset is refused', () => {
    expect(codes(Buffer.from(head, 'utf16le'))).not.toEqual([]);
    expect(codes(Uint8Array.of(0xff, 0xfe, 0x6b))).toEqual(['config.encoding']);
    expect(codes(Buffer.concat([Buffer.from(`${head}title: `), Uint8Array.of(0xcf, 0xf0, 0xe8)]))).toEqual(['config.encoding']);
  });

  test('larger than the limit is refused unread', () => {
    expect(codes(new Uint8Array(limits.configurationFileBytes.value + 1))).toEqual(['config.tooLarge']);
  });

  test.each([
    ['flow lists', `${head}a: ${'['.repeat(100_000)}`],
    ['closed flow lists', `${head}a: ${'['.repeat(500)}${']'.repeat(500)}\n`],
    ['block objects', `${head}${Array.from({ length: 1_200 }, (_, i) => `${' '.repeat(i)}a:`).join('\n')} 1\n`],
  ])('nested too deep in %s is refused', (_, text) => {
    expect(new Set(codes(text))).toEqual(new Set(['config.tooDeep']));
  });

  test('with a hundred thousand keys is read without comparing each with each', () => {
    const { document } = read(`${head}${Array.from({ length: 60_000 }, (_, i) => `k${i}: 1`).join('\n')}\n`);
    expect(Object.keys(document?.document ?? {})).toHaveLength(60_002);
  });

  test('with more mistakes than a person would read gives the first fifty', () => {
    expect(codes(`${head}${'x: 1\n'.repeat(500)}`)).toHaveLength(50);
  });
});
