/** The single steps of a publication. Each leaves the database as its shape says, whatever it finds. */
import type { Template } from '../../../core/template.ts';
import type { Ddl } from './ddl.ts';
import { sqlState } from './ddl.ts';
import { dataSchema, isSearchIndexOf, linkOtherIndex, linkOtherKey, linkOwnerKey, linkPrimaryKey, linkTable, linkTableName, primaryKey, table, tableName } from './physical-names.ts';
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

export async function ensureColumn(ddl: Ddl, state: PhysicalState, template: Template, column: ColumnShape): Promise<void> {
  const preset = column.preset === null ? '' : ` DEFAULT ${column.preset}`;
  const found = state.columns.get(tableName(template.id))?.get(column.name);
  const alter = `ALTER TABLE ${table(template.id)}`;
  if (found === undefined) await ddl.run(template.name, `${alter} ADD COLUMN IF NOT EXISTS ${column.name} ${column.type}${preset}`);
  else if (preset !== '') await ddl.run(template.name, `${alter} ALTER COLUMN ${column.name} SET${preset}`);
  else if (found.preset) await ddl.run(template.name, `${alter} ALTER COLUMN ${column.name} DROP DEFAULT`);
}

/** NOT NULL and the foreign key. Both are added without a look at old rows, which are looked at without blocking anybody. */
export async function ensureRules(ddl: Ddl, state: PhysicalState, template: Template, column: ColumnShape): Promise<void> {
  const alter = `ALTER TABLE ${table(template.id)}`;
  if (!column.required) {
    if (state.constraints.has(column.check)) await ddl.run(template.name, `${alter} DROP CONSTRAINT IF EXISTS ${column.check}`);
  } else if (state.constraints.get(column.check)?.validated !== true) {
    if (!state.constraints.has(column.check)) await ddl.run(template.name, `${alter} ADD CONSTRAINT ${column.check} CHECK (${column.name} IS NOT NULL) NOT VALID`);
    await checkFilled(ddl.session, template, column);
    await ddl.run(template.name, `${alter} VALIDATE CONSTRAINT ${column.check}`);
  }
  if (column.link === undefined) return;
  await ensureForeignKey(ddl, state, template.name, { table: table(template.id), key: column.link.key, column: column.name, references: column.link.references, onDelete: column.link.onDelete });
}

interface ForeignKey {
  table: string;
  key: string;
  column: string;
  references: string;
  onDelete: 'RESTRICT' | 'SET NULL' | 'CASCADE';
}

const deleteActions: Readonly<Record<ForeignKey['onDelete'], string>> = { RESTRICT: 'r', 'SET NULL': 'n', CASCADE: 'c' };

async function ensureForeignKey(ddl: Ddl, state: PhysicalState, template: string, key: ForeignKey): Promise<void> {
  const found = state.constraints.get(key.key);
  const right = found?.onDelete === deleteActions[key.onDelete];
  if (found !== undefined && right && found.validated) return;
  const drop = found === undefined ? '' : `DROP CONSTRAINT IF EXISTS ${key.key}, `;
  const add = `ADD CONSTRAINT ${key.key} FOREIGN KEY (${key.column}) REFERENCES ${key.references} (id) ON DELETE ${key.onDelete} NOT VALID`;
  if (found === undefined || !right) await ddl.run(template, `ALTER TABLE ${key.table} ${drop}${add}`);
  await ddl.run(template, `ALTER TABLE ${key.table} VALIDATE CONSTRAINT ${key.key}`);
}

/** The new index stands before the old one goes, so a look-up always has one. */
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
  if (!wanted && state.indexes.has(index)) await ddl.run(template.name, `DROP INDEX IF EXISTS ${dataSchema}.${index}`);
  if (plain !== undefined && wanted && state.indexes.has(plain)) await ddl.run(template.name, `DROP INDEX IF EXISTS ${dataSchema}.${plain}`);
}

export async function ensureOrders(ddl: Ddl, state: PhysicalState, template: Template, { orders }: ColumnShape): Promise<void> {
  for (const order of orders) if (order.wanted && state.indexes.get(order.index) !== true) await buildMeasured(ddl, state, template, order);
  for (const { wanted, index } of orders) if (!wanted && state.indexes.has(index)) await ddl.run(template.name, `DROP INDEX IF EXISTS ${dataSchema}.${index}`);
}

export async function ensureSystemIndexes(ddl: Ddl, state: PhysicalState, template: Template): Promise<void> {
  for (const wanted of systemIndexes(template)) if (state.indexes.get(wanted.index) !== true) await buildIndex(ddl, state, template, wanted);
}

export async function ensureSearch(ddl: Ddl, state: PhysicalState, template: Template): Promise<void> {
  const wanted = searchIndexOf(template);
  if (wanted !== undefined && state.indexes.get(wanted.index) !== true) await buildMeasured(ddl, state, template, { ...wanted, method: 'gin' });
  for (const index of state.indexes.keys()) if (isSearchIndexOf(template.id, index) && index !== wanted?.index) await ddl.run(template.name, `DROP INDEX IF EXISTS ${dataSchema}.${index}`);
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
export async function ensureLinkTable(ddl: Ddl, state: PhysicalState, { relation, hidden }: LinkTableShape, all: readonly Template[]): Promise<void> {
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
  const onDelete = hidden ? 'CASCADE' : 'RESTRICT';
  await ensureForeignKey(ddl, state, name, { table: linkTable(relation), key: linkOwnerKey(relation), column: 'owner', references: table(relation.owner), onDelete });
  await ensureForeignKey(ddl, state, name, { table: linkTable(relation), key: linkOtherKey(relation), column: 'other', references: table(relation.other), onDelete });
}
