/** What a write is refused for by the code of a configuration, or by the platform on its behalf. */
import { exception } from './exception-texts.ts';
import type { Quirks } from './quirks.ts';
import { type Row, textOf } from './row.ts';
import { dateText } from './row-maker.ts';
import type { SetRole } from './set-role.ts';

/** A text in Description or Комментарий with this mark makes the configuration refuse the write, as its own checks would. */
const refusalMark = '!отказ';

interface CheckedWrite {
  quirks: Quirks;
  loading: boolean;
  now: () => number;
}

/** `old` is the row as it was before a body changed it. Throws a Refusal of code -1, unless the client has asked for load mode. */
export function refuseByConfiguration({ quirks, loading, now }: CheckedWrite, role: SetRole, row: Row, old: Row | undefined): void {
  if (loading) return;
  if ([row['Description'], row['Комментарий']].some((field) => textOf(field).includes(refusalMark))) throw exception('notWritten', [nameOf(role, row)]);
  if (quirks.configurationRaises) throw exception('raised', [moduleOf(role), nameOf(role, row)]);
  if (quirks.postedLocked && old?.['Posted'] === true) throw exception('postedLocked', [nameOf(role, row)]);
  const month = `${dateText(now()).slice(0, 7)}-01T00:00:00`;
  const dates = [row['Date'], old?.['Date']].map(textOf).filter((date) => date !== '');
  if (quirks.closedPeriod && role.set.startsWith('Document_') && dates.some((date) => date < month)) throw exception('closedPeriod', [nameOf(role, row), month.slice(0, 10)]);
}

/** The platform itself keeps a document from being posted and marked at once. */
export function refuseMark(row: Row): void {
  if (row['Posted'] === true && row['DeletionMark'] === true) throw exception('markOfPosted');
}

const bareName = ({ set }: SetRole): string => set.slice(set.indexOf('_') + 1);
const nameOf = (role: SetRole, row: Row): string => textOf(row['Description']) || `${bareName(role)} ${textOf(row['Number'])}`;

const kinds: Readonly<Record<string, string>> = { Catalog: 'Справочник', Document: 'Документ', BusinessProcess: 'БизнесПроцесс', Task: 'Задача' };

/** How the configuration calls the object, as in `Справочник.Контрагенты`. */
function moduleOf(role: SetRole): string {
  const kind = role.set.slice(0, role.set.indexOf('_'));
  return `${kinds[kind] ?? kind}.${bareName(role)}`;
}
