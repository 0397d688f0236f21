/** Sets one value in the text of a document; comments and the order of everything else stay. */
import { parseDocument } from 'yaml';
import type { Plain } from '../core/configuration/object-document.ts';

export function editedText(source: string, path: readonly string[], value: Plain): string {
  const yaml = parseDocument(source);
  const node = yaml.createNode(value, { flow: true, aliasDuplicateObjects: false });
  yaml.setIn(path, node);
  return yaml.toString({ lineWidth: 120, flowCollectionPadding: false, indent: 2 });
}
