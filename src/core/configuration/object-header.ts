/** The keys that begin every object's document. */
import { isSystemName } from '../system-name.ts';
import type { DocumentFields, DocumentReader } from './document-reader.ts';
import type { Title } from './published.ts';

export const headerKeys = ['kind', 'name', 'title', 'description'] as const;

/** Reports a bad name once; the name itself has been read before, when the document was found. */
export function readTitle(reader: DocumentReader, fields: DocumentFields): Title {
  const name = fields.text('name') ?? '';
  if (!isSystemName(name)) reader.add(fields.path('name'), 'config.systemName', { name: name.slice(0, 80) });
  const title = fields.raw('title');
  if (typeof title === 'string') return { ru: title, en: title };
  const texts = fields.fields('title', ['ru', 'en']);
  const ru = texts?.text('ru');
  const en = texts?.text('en');
  return { ...(ru === undefined ? {} : { ru }), ...(en === undefined ? {} : { en }) };
}
