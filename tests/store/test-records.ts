/** The plainest record tables: two templates, enough to try the commit protocol without the part that publishes templates. */
import type { RecordWrite } from '../../src/core/effect-set.ts';
import type { RecordData, Scalar, Template, TemplateCatalogue } from '../../src/core/template.ts';
import type { RecordTables } from '../../src/store/postgres/record-tables.ts';
import type { Queryable, Statement } from '../../src/store/postgres/statement.ts';

export const customer: Template = { id: 'aaaaaaaa', name: 'Customer', version: 1, attributes: [{ kind: 'scalar', id: '00000001', name: 'phone', type: 'text', required: true, unique: true }] };

const relation = { storage: 'column', id: '00000009', owner: 'bbbbbbbb', other: 'aaaaaaaa', unique: false } as const;
export const order: Template = {
  id: 'bbbbbbbb',
  name: 'Order',
  version: 1,
  attributes: [
    { kind: 'scalar', id: '00000002', name: 'total', type: 'number', required: false, unique: false },
    { kind: 'link', id: '00000003', name: 'customer', required: false, target: 'aaaaaaaa', multiple: false, relation, side: 'owner', deleteLinked: false },
  ],
};

const all = [customer, order];
export const testTemplates: TemplateCatalogue = { all: () => all, byId: (id) => all.find((template) => template.id === id), byName: (name) => all.find((template) => template.name === name) };

export const testRecordTables = `
  CREATE SCHEMA IF NOT EXISTS zveno_data;
  CREATE TABLE zveno_data.r_aaaaaaaa (id uuid PRIMARY KEY, version integer NOT NULL, a_00000001 text COLLATE "C" NOT NULL CONSTRAINT u_aaaaaaaa_00000001 UNIQUE);
  CREATE TABLE zveno_data.r_bbbbbbbb (id uuid PRIMARY KEY, version integer NOT NULL, a_00000002 numeric(6, 2), a_00000003 uuid CONSTRAINT f_bbbbbbbb_00000003 REFERENCES zveno_data.r_aaaaaaaa (id));`;

export const testRecords: RecordTables = {
  statements: (writes, templates, set) => writes.flatMap((write) => statementsOf(write, templates, set)),
  read: async (client, request) => {
    if (request.kind !== 'get') throw new Error('these records are read by id');
    return { kind: 'record', record: await readOne(client, request.template, request.id) };
  },
  mayScan: () => false,
  isKeyLookup: (request) => request.kind === 'get',
  constraintMeaning: (constraint, templates) => {
    const [, kind, templateId, attributeId] = /^(u|f)_(\w{8})_(\w{8})$/.exec(constraint) ?? [];
    const template = templates.byId(templateId ?? '');
    const attribute = template?.attributes.find(({ id }) => id === attributeId);
    return template === undefined || attribute === undefined ? undefined : { template: template.name, attribute: attribute.name, kind: kind === 'u' ? 'unique' : 'link' };
  },
};

function statementsOf(write: RecordWrite, templates: TemplateCatalogue, set: { id: string; run: string | null }): Statement[] {
  if ('relation' in write) throw new Error('these records have single links only');
  const table = `zveno_data.r_${write.template}`;
  const about = { template: write.template, record: write.id };
  const otherwise = { kind: 'conflict', template: write.template, record: write.id } as const;
  const version = write.op === 'create' ? 1 : write.version + 1;
  const names = write.op === 'delete' ? [] : Object.keys(write.values);
  const columns = names.map((name) => `a_${templates.byId(write.template)?.attributes.find((attribute) => attribute.name === name)?.id}`);
  const values = write.op === 'delete' ? [] : Object.values(write.values).map(parameter);
  const change: Statement = {
    name: 'test.change',
    text: 'INSERT INTO zveno.record_change (template, record, version, op, attributes, origin, changed_by, run, set_id) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9)',
    values: [write.template, write.id, version, write.op, names, write.origin, write.by, set.run, set.id],
  };
  switch (write.op) {
    case 'create': {
      const list = ['id', 'version', ...columns];
      return [{ text: `INSERT INTO ${table} (${list.join(', ')}) VALUES (${list.map((_, index) => `$${index + 1}`).join(', ')})`, values: [write.id, 1, ...values], about }, change];
    }
    case 'update': {
      const text = `UPDATE ${table} SET version = version + 1${columns.map((column, index) => `, ${column} = $${index + 3}`).join('')} WHERE id = $1 AND version = $2 RETURNING 1`;
      return [{ text, values: [write.id, write.version, ...values], expect: { rows: 1, otherwise }, about }, change];
    }
    case 'delete':
      return [{ text: `DELETE FROM ${table} WHERE id = $1 AND version = $2 RETURNING 1`, values: [write.id, write.version], expect: { rows: 1, otherwise }, about }, change];
    default:
      return write satisfies never;
  }
}

const parameter = (value: Scalar): unknown => (value === null || typeof value !== 'object' ? value : value.toString());

async function readOne(client: Queryable, template: string, id: string): Promise<RecordData | null> {
  const { rows } = await client.query<{ version: number; phone?: string }>({ text: `SELECT r.version, r.${template === customer.id ? 'a_00000001' : 'a_00000002'} AS phone FROM zveno_data.r_${template} r WHERE r.id = $1`, values: [id] });
  const row = rows[0];
  if (row === undefined) return null;
  return { id, template, version: row.version, createdAt: '', createdBy: null, changedAt: '', changedBy: null, archived: false, origin: '', values: { phone: row.phone ?? null }, links: {} };
}
