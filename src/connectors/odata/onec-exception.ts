/** What an exception of 1C is about. Its code is always -1, so only the text tells, in the language of the base; what is not recognised stays as it is. Pure. */
import { failure, type Failure } from '../../sdk/index.ts';

export interface ExceptionPlace {
  connection: string;
  set: string;
  /** Whether a repeat does no harm. */
  repeatable: boolean;
}

interface Kind {
  pattern: RegExp;
  failure(place: ExceptionPlace, found: RegExpExecArray, detail: string): Failure;
}

/** Trouble of the server passes; whether a write has happened before it is not known. */
const trouble = ({ repeatable }: ExceptionPlace) => ({ next: { kind: repeatable ? 'retry' : 'park' } as const });

const kinds: readonly Kind[] = [
  {
    pattern: /(?:значение|value)\s+["«“]([^"»”]*)["»”]\s+(?:поля|of (?:the )?field)\s+["«“]([^"»”]*)["»”]\s+(?:не уникально|is not unique)/i,
    failure: ({ connection, set }, [, value = '', field = ''], detail) => failure('odata.notUnique', { connection, set, field, value, existing: '–', detail }),
  },
  {
    pattern: /(?:документ\S*\s+(?:["«“][^"»”]*["»”]\s+)?(?:уже\s+)?провед[её]н|провед[её]нн\S*\s+документ|document (?:["«“][^"»”]*["»”] )?(?:is|has been) (?:already )?posted|posted document)/i,
    failure: ({ connection, set }, _found, detail) => failure('odata.documentPosted', { connection, set, detail }),
  },
  {
    pattern: /(?:дат\S* запрета|запрет\S* (?:на )?(?:изменени|редактировани)|(?:closing|ban) date)/i,
    failure: ({ connection, set }, _found, detail) => failure('odata.changeBanned', { connection, set, detail }),
  },
  {
    pattern: /(?:свободного места|недостаточно места на диске|no space left|not enough (?:disk )?space)/i,
    failure: (place, _found, detail) => failure('odata.diskFull', { connection: place.connection, set: place.set, detail }, trouble(place)),
  },
  {
    pattern: /(?:недостаточно памяти|not enough memory|out of memory)/i,
    failure: (place, _found, detail) => failure('odata.memoryFull', { connection: place.connection, set: place.set, detail }, trouble(place)),
  },
  {
    pattern: /(?:свободн\S* лицензи|не найдена лицензия|(?:no free|not enough) licen[cs]es?|licen[cs]e not found)/i,
    failure: (place, _found, detail) => failure('odata.licenceMissing', { connection: place.connection, set: place.set, detail }, trouble(place)),
  },
  {
    pattern: /(?:wsisapi|isapi|0x800700c1|приложением win32|valid win32)/i,
    failure: ({ connection, set }, _found, detail) => failure('odata.webModule', { connection, set, detail }),
  },
  {
    pattern: /(?:1cv8\.1cd|ошибка доступа к файлу|доступ к файлу|access (?:is|to the file is) denied)/i,
    failure: ({ connection, set }, _found, detail) => failure('odata.fileRights', { connection, set, detail }),
  },
  {
    pattern: /(?:не удалось записать|failed to (?:write|save))\s*:?\s*(?:["«“]([^"»”]*)["»”]|([^!]*))/i,
    failure: ({ connection, set }, [, quoted, bare = ''], detail) => failure('odata.notWritten', { connection, set, name: (quoted ?? bare).trim(), unfilled: '–', broken: '–', detail }),
  },
];

/** `message` is the text of the service, `detail` the same as it is shown. */
export function exceptionFailure(place: ExceptionPlace, message: string, detail: string): Failure | undefined {
  for (const kind of kinds) {
    const found = kind.pattern.exec(message);
    if (found !== null) return kind.failure(place, found, detail);
  }
  return undefined;
}
