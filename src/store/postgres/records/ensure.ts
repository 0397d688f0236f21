/** The single steps of a publication. Each leaves the database as its shape says, whatever it finds. */
import type { Template } from '../../../core/template.ts';
import type { Ddl } from './ddl.ts';
import { sqlState } from './ddl.ts';
import { dataSchema, isSearchIndexOf, linkOtherIndex, linkOtherKey, linkOwnerKey, linkPrimaryKey, linkTable, linkTableName, primaryKey, table } from './physical-names.ts';
import { hasManyRows, type PhysicalState } from './physical-state.ts';
import { checkDistinct, checkFilled } from './row-checks.ts';
import { searchIndexOf } from './search-sql.ts';
import { systemIndexes, type ColumnShape, type LinkTableShape, type TableShape } from './table-shape.ts';

export async function ensureTable(ddl: Ddl, { template }: TableShape): Promise<void> {
  await ddl.run(
    template.name,
    `CREATE TABLE IF NOT EXISTS ${table(template.id)} (
       id uuid CONSTRAINT ${primaryKey(template.id)} PRIMARY KEY,
       version integer NOT NULL,
       created_at timestamptz NOT NULL,
       created_by text COLLATE "C",
       changed_at timestamptz NOT NULL,
       changed_by text COLLATE "C",
       archived boolean NOT NULL DEFAULT false,
       origin text COLLATE "C" NOT NULL)`,
  );
}

export async function addColumn(ddl: Ddl, template: Template, column: ColumnShape): Promise<void> {
  const preset = column.preset === null ? '' : ` DEFAULT ${column.preset}`;
  await ddl.run(template.name, `ALTER TABLE ${table(template.id)} ADD COLUMN IF NOT EXISTS ${column.name} ${column.type}${preset}`);
}

/** NOT NULL of a column. Added without a look at old rows, which are looked at without blocking anybody. */
export async function ensureFilled(ddl: Ddl, state: PhysicalState, template: Template, column: ColumnShape): Promise<void> {
  if (!column.required || state.constraints.get(column.check)?.validated === true) return;
  if (!state.constraints.has(column.check)) await ddl.run(template.name, `ALTER TABLE ${table(template.id)} ADD CONSTRAINT ${column.check} CHECK (${column.name} IS NOT NULL) NOT VALID`);
  await checkFilled(ddl.session, template, column);
  await ddl.run(template.name, `ALTER TABLE ${table(template.id)} VALIDATE CONSTRAINT ${column.check}`);
}

export interface ForeignKey {
  table: string;
  key: string;
  column: string;
  references: string;
  onDelete: 'RESTRICT' | 'SET NULL' | 'CASCADE';
}

export function columnKey(template: Template, { link, name }: ColumnShape): ForeignKey | null {
  return link === undefined ? null : { table: table(template.id), key: link.key, column: name, references: link.references, onDelete: link.onDelete };
}

/** A link that no template shows any more holds back nobody. */
export function linkKeys({ relation, hidden }: LinkTableShape): readonly ForeignKey[] {
  const onDelete = hidden ? 'CASCADE' : 'RESTRICT';
  return [
    { table: linkTable(relation), key: linkOwnerKey(relation), column: 'owner', references: table(relation.owner), onDelete },
    { table: linkTable(relation), key: linkOtherKey(relation), column: 'other', references: table(relation.other), onDelete },
  ];
}

const deleteActions: Readonly<Record<ForeignKey['onDelete'], string>> = { RESTRICT: 'r', 'SET NULL': 'n', CASCADE: 'c' };

/** Null when the key is as it should be, validated or not. */
export function alterKey(state: PhysicalState, { table: of, key, column, references, onDelete }: ForeignKey): string | null {
  const found = state.constraints.get(key);
  if (found?.onDelete === deleteActions[onDelete]) return null;
  const drop = found === undefined ? '' : `DROP CONSTRAINT IF EXISTS ${key}, `;
  return `ALTER TABLE ${of} ${drop}ADD CONSTRAINT ${key} FOREIGN KEY (${column}) REFERENCES ${references} (id) ON DELETE ${onDelete} NOT VALID`;
}

export async function ensureForeignKey(ddl: Ddl, state: PhysicalState, template: string, key: ForeignKey): Promise<void> {
  const alter = alterKey(state, key);
  if (alter !== null) await ddl.run(template, alter);
  if (alter !== null || state.constraints.get(key.key)?.validated !== true) await ddl.run(template, `ALTER TABLE ${key.table} VALIDATE CONSTRAINT ${key.key}`);
}

/** Indexes that the column should have. Those that it should not have go later, so a look-up always has one. */
export async function ensureIndexes(ddl: Ddl, state: PhysicalState, template: Template, column: ColumnShape): Promise<void> {
  const { wanted, index } = column.unique;
  if (wanted && state.indexes.get(index) !== true) {
    await checkDistinct(ddl.session, template, column);
    await buildIndex(ddl, state, template, { index, expression: column.name, unique: true }).catch(async (error: unknown) => {
      // A duplicate that was written between the look and the build: the look now names it.
      if (sqlState(error) === '23505') await checkDistinct(ddl.session, template, column);
      throw error;
    });
  }
  const plain = column.link?.index;
  if (plain !== undefined && !wanted && state.indexes.get(plain) !== true) await buildIndex(ddl, state, template, { index: plain, expression: column.name });
  for (const order of column.orders) if (order.wanted && state.indexes.get(order.index) !== true) await buildMeasured(ddl, state, template, order);
}

/** Names of the indexes that the column lacks. */
export function missingIndexes(state: PhysicalState, { unique, link, orders }: ColumnShape): readonly string[] {
  const plain = link === undefined || unique.wanted ? [] : [link.index];
  const wanted = [...(unique.wanted ? [unique.index] : []), ...plain, ...orders.filter((order) => order.wanted).map(({ index }) => index)];
  return wanted.filter((index) => state.indexes.get(index) !== true);
}

export function needlessIndexes(state: PhysicalState, { unique, link, orders }: ColumnShape): readonly string[] {
  const plain = link?.index;
  const needless = [...(unique.wanted ? [] : [unique.index]), ...(plain !== undefined && unique.wanted ? [plain] : []), ...orders.filter(({ wanted }) => !wanted).map(({ index }) => index)];
  return needless.filter((index) => state.indexes.has(index));
}

export async function dropIndex(ddl: Ddl, template: Template, index: string): Promise<void> {
  await ddl.run(template.name, `DROP INDEX IF EXISTS ${dataSchema}.${index}`);
}

export async function ensureSystemIndexes(ddl: Ddl, state: PhysicalState, template: Template): Promise<void> {
  for (const wanted of systemIndexes(template)) if (state.indexes.get(wanted.index) !== true) await buildIndex(ddl, state, template, wanted);
}

export function lacksSearch(state: PhysicalState, template: Template): boolean {
  const wanted = searchIndexOf(template);
  return wanted !== undefined && state.indexes.get(wanted.index) !== true;
}

export async function ensureSearch(ddl: Ddl, state: PhysicalState, template: Template): Promise<void> {
  const wanted = searchIndexOf(template);
  if (wanted !== undefined && lacksSearch(state, template)) await buildMeasured(ddl, state, template, { ...wanted, method: 'gin' });
}

export function needlessSearch(state: PhysicalState, template: Template): readonly string[] {
  const wanted = searchIndexOf(template)?.index;
  return [...state.indexes.keys()].filter((index) => isSearchIndexOf(template.id, index) && index !== wanted);
}

/** The server knows nothing of the values of an expression until it has looked at some, and may do without the index until then. */
async function buildMeasured(ddl: Ddl, state: PhysicalState, template: Template, shape: IndexShape): Promise<void> {
  await buildIndex(ddl, state, template, shape);
  await ddl.run(template.name, `ANALYZE ${table(template.id)}`);
}

interface IndexShape {
  index: string;
  expression: string;
  unique?: boolean;
  method?: 'gin';
}

async function buildIndex(ddl: Ddl, state: PhysicalState, template: Template, { index, expression, unique = false, method }: IndexShape): Promise<void> {
  const drop = `DROP INDEX IF EXISTS ${dataSchema}.${index}`;
  if (state.indexes.has(index)) await ddl.run(template.name, drop);
  const concurrently = (await hasManyRows(ddl.session, table(template.id))) ? 'CONCURRENTLY ' : '';
  await ddl.run(template.name, `CREATE ${unique ? 'UNIQUE ' : ''}INDEX ${concurrently}${index} ON ${table(template.id)}${method === undefined ? '' : ` USING ${method}`} (${expression})`, drop);
}

/** Rows (owner, other); `position` keeps the order in which they were linked. */
export async function addLinkTable(ddl: Ddl, state: PhysicalState, shape: LinkTableShape, all: readonly Template[]): Promise<void> {
  const { relation } = shape;
  const name = all.find(({ id }) => id === relation.owner)?.name ?? relation.owner;
  if (!state.columns.has(linkTableName(relation))) {
    await ddl.run(
      name,
      `CREATE TABLE IF NOT EXISTS ${linkTable(relation)} (
         owner uuid NOT NULL,
         other uuid NOT NULL,
         position bigint GENERATED ALWAYS AS IDENTITY,
         linked_at timestamptz NOT NULL DEFAULT now(),
         CONSTRAINT ${linkPrimaryKey(relation)} PRIMARY KEY (owner, other))`,
    );
  }
  if (!state.indexes.has(linkOtherIndex(relation))) await ddl.run(name, `CREATE INDEX IF NOT EXISTS ${linkOtherIndex(relation)} ON ${linkTable(relation)} (other, owner)`);
  for (const key of linkKeys(shape)) if (!state.constraints.has(key.key)) await ensureForeignKey(ddl, state, name, key);
}
