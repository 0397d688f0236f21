import { expect, test } from 'vitest';
import { editedText } from './configuration-edit.ts';

test('one value is set and the rest of the text stays, comments and order included', () => {
  const source = '# ours\nkind: Template\nname: Order\nattributes:\n  number: text # by hand\n  sum: number\n';
  expect(editedText(source, ['attributes', 'note'], { type: 'text', required: false })).toBe('# ours\nkind: Template\nname: Order\nattributes:\n  number: text # by hand\n  sum: number\n  note: {type: text, required: false}\n');
  expect(editedText(source, ['attributes', 'sum'], 'text')).toContain('  number: text # by hand\n  sum: text\n');
});

test('attributes that were empty or written in one line take another', () => {
  expect(editedText('kind: Template\nname: A\nattributes: {}\n', ['attributes', 'b'], 'text')).toBe('kind: Template\nname: A\nattributes: {b: text}\n');
  expect(editedText('kind: Template\nname: A\n', ['attributes', 'b'], 'text')).toBe('kind: Template\nname: A\nattributes:\n  b: text\n');
});
