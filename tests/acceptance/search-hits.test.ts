/** A search over REST says where it found its words, as far as its reader may see the record. */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Scene } from './platform.ts';

let scene: Scene;

beforeAll(async () => {
  scene = await Scene.start();
  await scene.apply(`
kind: Template
name: Paper
titleAttribute: title
attributes:
  title: {type: text, searchable: true}
  body: {type: text, searchable: true}
  secret: text
  scans: {type: document, multiple: true, searchable: true}
`);
  await scene.node.create('Paper', { title: 'График поставок', body: 'Три рабочих дня на каждую <script>alert("поставка")</script>, см. АВ-17', secret: 'поставка' });
  await scene.node.create('Paper', { title: 'Прочее', scans: [{ name: 'Акт поставки.txt', content: Buffer.from('x').toString('base64') }] });
});

afterAll(() => scene.close());

interface Page {
  records: { id: string; title: string }[];
  hits?: { id: string; attributes: { attribute: string; fragment: { text: string; match: boolean }[] }[] }[];
}

const ask = (query: string): Promise<Page> => scene.node.ask('GET', `/api/v1/records/Paper?${query}`);
const shown = ({ records, hits }: Page): unknown =>
  hits?.map(({ id, attributes }) => [records.find((record) => record.id === id)?.title, ...attributes.map(({ attribute, fragment }) => `${attribute}: ${fragment.map(({ text, match }) => (match ? `[${text}]` : text)).join('')}`)]);

describe('hits of a search', () => {
  test('name the attribute and show the word in its other form, markup as plain text', async () => {
    const page = await ask(`search=${encodeURIComponent('поставка ')}`);
    expect(shown(page)).toEqual([
      ['График поставок', 'title: График [поставок]', 'body: …рабочих дня на каждую <script>alert("[поставка]")</script>, см. АВ-17'],
      ['Прочее', 'scans: Акт [поставки].txt'],
    ]);
    expect(page.hits?.map(({ id }) => id)).toEqual(page.records.map(({ id }) => id));
  });

  test('show codes written with other letters, short words in any form, and what is still being typed', async () => {
    expect(shown(await ask(`search=${encodeURIComponent('ab-17 дней пост')}`))).toEqual([['График поставок', 'title: График [поставок]', 'body: Три рабочих [дня] на каждую <script>alert("[поставка]")</script>, см. [АВ]-[17]']]);
  });

  test('come with a search sent as a body, and with no other query', async () => {
    expect(shown(await scene.node.ask('POST', '/api/v1/records/Paper/query', { search: 'прочее', select: ['title'] }))).toEqual([['Прочее', 'title: [Прочее]']]);
    expect(shown(await ask(`search=${encodeURIComponent('каждую')}&select=title&select=secret`))).toEqual([['График поставок', expect.stringContaining('[каждую]')]]);
    expect((await ask('eq=title:Прочее')).hits).toBeUndefined();
  });
});
