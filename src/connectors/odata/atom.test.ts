/** Atom as services write it, and as they should not. */
import { describe, expect, it } from 'vitest';
import { noRealMetadata, realMetadata, startOnecBase } from '../../../tests/onec/onec-base.ts';
import { Decimal, type Value, type ValueObject } from '../../sdk/index.ts';
import { callOf, sendOnce } from '../../sdk/testing/context.ts';
import { AtomProblem, createAtomReader, type AtomEntry, type AtomTombstone, type BrokenEntry } from './atom.ts';
import { isAtomAnswer, readAtom } from './atom-row.ts';
import { readMetadata } from './metadata.ts';

const spaces = 'xmlns="http://www.w3.org/2005/Atom" xmlns:d="http://schemas.microsoft.com/ado/2007/08/dataservices" xmlns:m="http://schemas.microsoft.com/ado/2007/08/dataservices/metadata" xmlns:at="http://purl.org/atompub/tombstones/1.0"';
const bytes = (text: string): Uint8Array => new TextEncoder().encode(text);
const model = readMetadata({ connection: 'x', address: 'x' }, bytes(`<edmx:Edmx xmlns:edmx="e" Version="1.0"><edmx:DataServices DataServiceVersion="2.0"><Schema Namespace="N" xmlns="s">
<EntityType Name="Order"><Key><PropertyRef Name="Id"/></Key><Property Name="Id" Type="Edm.Int32"/><Property Name="Big" Type="Edm.Int64"/><Property Name="Sum" Type="Edm.Double"/><Property Name="Paid" Type="Edm.Boolean"/><Property Name="Note" Type="Edm.String"/><Property Name="Address" Type="N.Address"/><Property Name="Rows" Type="Collection(N.Row)"/><Property Name="Tags" Type="Collection(Edm.Int32)"/></EntityType>
<ComplexType Name="Address"><Property Name="City" Type="Edm.String"/><Property Name="Floor" Type="Edm.Int16"/></ComplexType><ComplexType Name="Row"><Property Name="Count" Type="Edm.Double"/></ComplexType>
<EntityContainer Name="C"><EntitySet Name="Orders" EntityType="N.Order"/></EntityContainer></Schema></edmx:DataServices></edmx:Edmx>`));

const entry = (properties: string, inside = ''): string => `<entry><id>http://x/Orders(1)</id><category term="N.Order"/>${inside}<content type="application/xml"><m:properties>${properties}</m:properties></content></entry>`;
const feed = (inside: string): string => `<?xml version="1.0"?><feed ${spaces}>${inside}</feed>`;
const read = (text: string): Value => readAtom(model, bytes(text));
const rows = (text: string): unknown => (read(feed(text)) as { value: unknown }).value;

describe('a row in Atom', () => {
  it('has its values by the types of the description, and by those that it tells itself', () => {
    expect(rows(entry('<d:Id>7</d:Id><d:Big>9007199254740993</d:Big><d:Sum>1200.50</d:Sum><d:Paid>true</d:Paid><d:Note> a &amp; <![CDATA[<b>]]> </d:Note><d:More m:type="Edm.Int32">5</d:More>'))).toEqual([{ Id: 7, Big: '9007199254740993', Sum: 1200.5, Paid: true, Note: ' a & <b> ', More: 5 }]);
  });

  it('holds complex values, rows of table parts, lists of values, and nothing where it says so', () => {
    expect(rows(entry('<d:Address m:type="N.Address"><d:City>Уфа</d:City><d:Floor>3</d:Floor></d:Address><d:Rows m:type="Collection(N.Row)"><d:element><d:Count>1.5</d:Count></d:element><d:element m:type="N.Row"><d:Count m:null="true"/></d:element></d:Rows><d:Tags><d:element>1</d:element><d:element>2</d:element></d:Tags><d:Note m:null="true"/><d:Sum/>'))).toEqual([
      { Address: { City: 'Уфа', Floor: 3 }, Rows: [{ Count: 1.5 }, { Count: null }], Tags: [1, 2], Note: null, Sum: null },
    ]);
  });

  it('keeps every digit of a number that a double would not hold', () => {
    expect(rows(entry('<d:Sum>0.12345678901234567890</d:Sum>'))).toEqual([{ Sum: new Decimal('0.1234567890123456789') }]);
  });

  it('brings the rows of its navigations along: one, many or none', () => {
    const link = (name: string, inline: string): string => `<link rel="http://schemas.microsoft.com/ado/2007/08/dataservices/related/${name}" title="${name}" href="x">${inline}</link>`;
    const inside = link('Boss', `<m:inline>${entry('<d:Id>2</d:Id>')}</m:inline>`) + link('Lines', `<m:inline><feed>${entry('<d:Id>3</d:Id>')}</feed></m:inline>`) + link('Gone', '<m:inline/>') + link('Other', '');
    expect(rows(entry('<d:Id>1</d:Id>', inside))).toEqual([{ Id: 1, Boss: { Id: 2 }, Lines: [{ Id: 3 }], Gone: null }]);
  });

  it('of a media entry has its properties beside the content', () => {
    expect(read(`<entry ${spaces} m:etag="W/&quot;5&quot;"><content type="image/png" src="x"/><m:properties><d:Id m:type="Edm.Int32">1</d:Id></m:properties></entry>`)).toEqual({ Id: 1, 'odata.etag': 'W/"5"' });
  });
});

it('a feed tells its count and where it goes on', () => {
  expect(read(feed('<m:count>41</m:count><link rel="next" href="http://x/Orders?$skiptoken=2"/>'))).toEqual({ value: [], 'odata.count': '41', 'odata.nextLink': 'http://x/Orders?$skiptoken=2' });
});

it.each([
  ['a bomb of entities', '<!DOCTYPE x [<!ENTITY a "aaaa"><!ENTITY b "&a;&a;">]><feed>&b;</feed>', 'entities'],
  ['an entity of nobody', feed(entry('<d:Note>&bomb;</d:Note>')), 'malformed'],
  ['a cut feed', feed(entry('<d:Id>1</d:Id>')).slice(0, -20), 'malformed'],
  ['a cut entry', `<entry ${spaces}><content>`, 'malformed'],
  ['text after the end', `${feed('')}more`, 'malformed'],
  ['a page', '<html><body/></html>', 'notAtom'],
  ['nothing', '', 'notAtom'],
  ['JSON', '{"value":[]}', 'notAtom'],
  ['a number that is none', feed(entry('<d:Id>seven</d:Id>')), 'malformed'],
  ['a flag that is none', feed(entry('<d:Paid>yes</d:Paid>')), 'malformed'],
  ['a field twice', feed(entry('<d:Id>1</d:Id><d:Id>2</d:Id>')), 'malformed'],
  ['elements without end', feed(entry(`<d:Note>${'<d:a>'.repeat(300)}`)), 'malformed'],
  ['a control character', feed(entry('<d:Note>\u0002</d:Note>')), 'malformed'],
])('%s is refused', (_name, text, kind) => {
  expect(() => read(text)).toThrow(AtomProblem);
  expect(() => read(text)).toThrow(expect.objectContaining({ kind }));
});

it('what is not UTF-8 is refused', () => {
  expect(() => readAtom(model, Uint8Array.from([...bytes(feed('').slice(0, -7)), 0xff, 0xfe]))).toThrow(AtomProblem);
});

it.each([['application/atom+xml;type=feed;charset=utf-8', '', true], ['application/xml', '<?xml version="1.0"?>\n<feed xmlns="x">', true], ['application/xml', '<a:entry>', true], ['application/xml', '<edmx:Edmx>', false], ['application/json', '<feed>', false]])('%j with %j is Atom: %s', (type, head, expected) => {
  expect(isAtomAnswer(type, head)).toBe(expected);
});

describe('a feed with broken entries', () => {
  const collect = (text: string, pieceLength: number): { entries: AtomEntry[]; broken: BrokenEntry[]; tombstones: AtomTombstone[] } => {
    const [entries, broken, tombstones]: [AtomEntry[], BrokenEntry[], AtomTombstone[]] = [[], [], []];
    const reader = createAtomReader({ entry: (each) => void entries.push(each), broken: (each) => void broken.push(each), deleted: (each) => void tombstones.push(each) });
    for (let at = 0; at < text.length; at += pieceLength) reader.write(text.slice(at, at + pieceLength));
    reader.close();
    return { entries, broken, tombstones };
  };
  const bad = entry('<d:Note>a\u0002b</d:Note>');

  it.each([7, 100_000])('gives the others, and these as they came, whatever the pieces of %i characters', (pieceLength) => {
    const { entries, broken, tombstones } = collect(feed(`${entry('<d:Id>1</d:Id>')}\n${bad}\n<at:deleted-entry ref="http://x/Orders(9)" when="2026-01-01T00:00:00Z"/>${entry('<d:Id>2</d:Id>')}`), pieceLength);
    expect(entries.map(({ properties }) => properties.map(({ text }) => text))).toEqual([['1'], ['2']]);
    expect(broken).toEqual([{ detail: expect.stringContaining('disallowed character'), raw: bad }]);
    expect(tombstones).toEqual([{ ref: 'http://x/Orders(9)', when: '2026-01-01T00:00:00Z' }]);
  });

  it('that is cut in the middle is refused as a whole', () => {
    expect(() => collect(feed(bad).slice(0, -30), 1000)).toThrow(AtomProblem);
  });
});

async function compareFormats(options: Parameters<typeof startOnecBase>[0]): Promise<void> {
  await using base = await startOnecBase({ size: { rows: 12 }, ...options });
  const atom = base.open({ format: 'atom' });
  for (const [set, { kind }] of base.onec.base.roles) {
    if (kind === 'part') continue;
    const { rows: expected } = await base.ask('query', { set, pageRows: 5 });
    const { response } = await sendOnce(atom, callOf({ operation: 'query', properties: { set, pageRows: 5 }, request: {} }));
    expect(JSON.stringify((response as ValueObject)['rows']), set).toBe(JSON.stringify(expected));
  }
  await atom.close();
}

describe('every set reads the same in Atom as in JSON', () => {
  it('of the small base', () => compareFormats({}));

  it('of a real base', async (context) => {
    const metadata = realMetadata();
    if (metadata === undefined) return context.skip(noRealMetadata);
    await compareFormats({ metadata });
  });
});

it('an answer in Atom that cannot be read is told as such, and the page may be asked for again', async () => {
  await using base = await startOnecBase({ size: { rows: 12 }, quirks: { controlCharacters: true } }, { format: 'atom' });
  const receipt = await base.send('query', { set: 'Catalog_Контрагенты', pageRows: 1000 });
  expect(receipt).toMatchObject({ kind: 'error', failure: { code: 'connection.malformedResponse', parameters: { detail: expect.stringMatching(/^Atom: disallowed character/) }, next: { kind: 'retry' } } });
});
