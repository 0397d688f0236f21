/** Objects as they are named on a command line: `route/orders`, and lists of them separated by commas. */
import { type Kind, kinds } from '../core/configuration/object-document.ts';
import { failure } from '../core/failure.ts';
import { nearestKnown } from '../core/nearest-known.ts';
import { isSystemName } from '../core/system-name.ts';

export interface ObjectName {
  kind: Kind;
  name: string;
}

/** Throws `cli.objectName`. The kind is read in any case, and in the plural of the folder it is exported to. */
export function objectNamed(text: string): ObjectName {
  const [folder = '', name = '', ...rest] = text.split('/');
  const written = folder.toLowerCase();
  const kind = kinds.find((candidate) => written === candidate.toLowerCase() || written === `${candidate.toLowerCase()}s`);
  const bare = name.replace(/\.ya?ml$/i, '');
  if (kind === undefined || rest.length > 0 || !isSystemName(bare)) {
    throw failure('cli.objectName', { text: text.slice(0, 80), nearest: nearestKnown(written, kinds.map((candidate) => candidate.toLowerCase())) });
  }
  return { kind, name: bare };
}

export const objectsNamed = (list: string): readonly ObjectName[] => list.split(',').map((text) => objectNamed(text.trim()));
