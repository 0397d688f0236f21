/** A row as the simulator keeps it: numbers are kept as text, so that none loses a digit; the metadata tells what is a number. */

export type Field = string | boolean | Row | Row[];
export interface Row {
  [name: string]: Field;
}

export const zeroGuid = '00000000-0000-0000-0000-000000000000';
export const emptyDate = '0001-01-01T00:00:00';
export const nothingType = 'StandardODATA.Undefined';

export const isRow = (field: Field | undefined): field is Row => typeof field === 'object' && !Array.isArray(field);
export const textOf = (field: Field | undefined): string => (typeof field === 'string' ? field : typeof field === 'boolean' ? String(field) : '');
export const rowsOf = (field: Field | undefined): Row[] => (Array.isArray(field) ? field : []);

/** What a field holds when nobody said anything. */
export function emptyOf(type: string): Field {
  if (type.startsWith('Collection(')) return [];
  switch (type) {
    case 'Edm.Guid': return zeroGuid;
    case 'Edm.Boolean': return false;
    case 'Edm.DateTime': return emptyDate;
    case 'Edm.Int16': case 'Edm.Int32': case 'Edm.Int64': case 'Edm.Double': case 'Edm.Decimal': return '0';
    default: return '';
  }
}
