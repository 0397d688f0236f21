/**
 * Folds the record writes of one effect set into at most one write a record, so that each row is touched once and
 * carries the version that was read before the first of them.
 */
import { emptyRecord } from '../../../core/record-values.ts';
import type { Origin, RecordWrite } from '../../../core/effect-set.ts';
import type { Scalar } from '../../../core/template.ts';

export interface NetWrites {
  creates: readonly NetCreate[];
  updates: readonly NetUpdate[];
  deletes: readonly NetDelete[];
  /** The last word about each (relation, owner, other), in the order given. */
  links: readonly LinkWrite[];
  /** Records that were created and deleted again: nothing is left of them. */
  vanished: ReadonlySet<string>;
}

interface Written {
  template: string;
  templateVersion: number;
  id: string;
  origin: Origin;
  by: string | null;
}

export interface NetCreate extends Written {
  values: Record<string, Scalar>;
  archived?: boolean;
}
export interface NetUpdate extends Written {
  version: number;
  values: Record<string, Scalar>;
  before?: Readonly<Record<string, Scalar>>;
  archived?: boolean;
}
export interface NetDelete extends Written {
  version: number;
}
export type LinkWrite = Extract<RecordWrite, { op: 'link' | 'unlink' }>;

const isLinkWrite = (write: RecordWrite): write is LinkWrite => write.op === 'link' || write.op === 'unlink';

type Net = ({ op: 'create' } & NetCreate) | ({ op: 'update' } & NetUpdate) | ({ op: 'delete' } & NetDelete) | { op: 'nothing'; id: string };

export function netWrites(writes: readonly RecordWrite[]): NetWrites {
  const records = new Map<string, Net>();
  const links = new Map<string, LinkWrite>();
  for (const write of writes) {
    if (isLinkWrite(write)) {
      const key = `${write.relation}/${write.owner}/${write.other}`;
      links.delete(key);
      links.set(key, write);
    } else {
      const key = `${write.template}/${write.id}`;
      records.set(key, fold(records.get(key), write));
    }
  }
  const net = [...records.values()];
  return {
    creates: net.filter((write) => write.op === 'create'),
    updates: net.filter((write) => write.op === 'update'),
    deletes: net.filter((write) => write.op === 'delete'),
    links: [...links.values()],
    vanished: new Set(net.filter((write) => write.op === 'nothing').map(({ id }) => id)),
  };
}

function fold(before: Net | undefined, write: Exclude<RecordWrite, LinkWrite>): Net {
  if (before === undefined) return write.op === 'delete' ? { ...write } : { ...write, values: merged({}, write.values) };
  if (before.op === 'delete' || before.op === 'nothing' || write.op === 'create') throw new Error(`record ${write.id} is written after it was deleted, or created twice, in one effect set`);
  if (write.op === 'update') return { ...before, ...(write.archived === undefined ? {} : { archived: write.archived }), templateVersion: write.templateVersion, values: merged(before.values, write.values) };
  return before.op === 'create' ? { op: 'nothing', id: write.id } : { ...write, version: before.version };
}

const merged = (before: Readonly<Record<string, Scalar>>, after: Readonly<Record<string, Scalar>>): Record<string, Scalar> => Object.assign(emptyRecord<Scalar>(), before, after);
