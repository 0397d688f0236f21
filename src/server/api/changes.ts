/** The change log of a record: attributes by their names, links with their titles as far as the reader may see them. */
import { changeOperations } from '../../api/changes.ts';
import type { Caller } from '../../core/account.ts';
import type { RecordChanges } from '../../core/change-log.ts';
import { Failure, failure, type Lang } from '../../core/failure.ts';
import { attributeNamed, nearestAttribute } from '../../core/template-catalogue.ts';
import type { Attribute, LinkAttribute, Template } from '../../core/template.ts';
import { callerRecords } from '../sign-in.ts';
import { attributeJson, linksIn, type Names } from './change-json.ts';
import { good, handle, type Handler } from './handler.ts';
import { assertInstants } from './instants.ts';
import { printListCursor, readListCursor } from './list-cursor.ts';
import type { ApiParts } from './parts.ts';
import { RecordDesk } from './record-desk.ts';
import { RecordTitles } from './record-titles.ts';

export function changeHandlers({ engine, configuration, changeLog, accounts }: ApiParts): readonly Handler[] {
  const desk = new RecordDesk(engine, configuration);
  const titles = new RecordTitles(engine, configuration);

  return [
    handle(changeOperations.listChanges, async ({ params, query: { attribute, from, to, account, limit, cursor }, caller, lang }) => {
      const template = desk.named(params.template);
      const record = params.id.toLowerCase();
      assertInstants(from, to);
      const list = `changes ${template.id} ${record}`;
      const before = readListCursor(list, cursor);
      const isThere = await isVisible(caller, template, record);
      const { changes, more } = await changeLog.page({
        template: template.id, record, relations: farLinks(template).map(({ relation }) => relation.id), limit: limit ?? 100,
        ...(attribute === undefined ? {} : { attributes: attribute.flatMap((name) => idsOf(template, name)) }),
        ...(from === undefined ? {} : { from }), ...(to === undefined ? {} : { to }),
        ...(account === undefined ? {} : { by: (await accounts.byName(account))?.account.id ?? account }),
        ...(before === null ? {} : { before }),
      });
      if (!isThere && changes.length === 0 && before === null && [attribute, from, to, account].every((filter) => filter === undefined)) throw failure('record.unknown', { template: template.name, id: record });
      const names = await namesFor(caller, template, changes, lang);
      const last = changes.at(-1);
      return good({
        changes: changes.map((change) => ({
          at: change.at,
          op: change.op === null ? 'linked' : words[change.op],
          version: change.version,
          by: change.by === null ? null : { id: change.by, title: names.accounts.get(change.by) ?? null },
          origin: change.origin,
          run: change.run === null ? null : { ...change.run },
          attributes: attributeJson(template, change, names),
        })),
        cursor: more && last !== undefined ? printListCursor(list, last.position) : null,
      });
    }),
  ];

  /** False for a record that is gone, whose log those may read who see all records. */
  async function isVisible(caller: Caller, template: Template, record: string): Promise<boolean> {
    try {
      await desk.visible(caller, template, record);
      return true;
    } catch (error) {
      if (!(error instanceof Failure) || error.code !== 'record.unknown' || callerRecords(caller, template.name, 'read')?.filter !== null) throw error;
      return false;
    }
  }

  async function namesFor(caller: Caller, template: Template, changes: readonly RecordChanges[], lang: Lang): Promise<Names> {
    const wanted = linksIn(template, changes);
    const records = new Map<string, ReadonlyMap<string, string | null> | null>();
    for (const [target, ids] of wanted.records) records.set(target, await titles.of(caller, target, [...ids]));
    const people = new Set([...wanted.accounts, ...changes.flatMap(({ by }) => by ?? [])]);
    const found = await Promise.all([...people].map(async (id) => [id, (await accounts.byId(id))?.name ?? null] as const));
    const role = (name: string): string | null => {
      const title = configuration.current().access.role(name)?.title;
      return title === undefined ? null : (title[lang] ?? title.ru ?? title.en ?? name);
    };
    return { records, accounts: new Map(found), role, open: (target) => isOpen(caller, target) };
  }

  function isOpen(caller: Caller, target: string): boolean {
    const template = configuration.current().templates.byId(target);
    return template !== undefined && callerRecords(caller, template.name, 'read')?.filter === null;
  }
}

const words = { create: 'created', update: 'changed', delete: 'deleted' } as const;

const farLinks = ({ attributes }: Template): readonly LinkAttribute[] => attributes.filter((attribute): attribute is LinkAttribute => attribute.kind === 'link' && attribute.side === 'other' && attribute.relation.storage === 'table');

/** Of the attribute and, for links kept elsewhere, of its relation; attributes that are hidden by now have names, too. */
function idsOf(template: Template, name: string): readonly string[] {
  if (name === '_archived') return [name];
  const found: readonly Attribute[] = [attributeNamed(template, name) ?? [], ...(template.hidden ?? []).filter((attribute) => attribute.name === name)].flat();
  if (found.length === 0) throw failure('query.unknownAttribute', { template: template.name, attribute: name.slice(0, 80), nearest: nearestAttribute(template, name) });
  return found.flatMap((attribute) => (attribute.kind === 'link' ? [attribute.id, attribute.relation.id] : [attribute.id]));
}
