/** What a description says, by the vocabularies of OData V4, that its service can do. */
import type { DeclaredAbilities } from './edm.ts';

export interface AbilityReader {
  /** An element with its attributes, in the order of the document. */
  open(element: string, of: (attribute: string) => string | undefined): void;
  close(element: string): void;
}

/** Writes what it finds into `found`. */
export function createAbilityReader(found: DeclaredAbilities): AbilityReader {
  let term = '';
  const take = (supported: boolean): void => {
    // One form has to be named, and every service that takes batches takes parts.
    if (term === 'BatchSupported' || term === 'BatchSupport') found.batch = supported ? ['multipart'] : [];
    // It may be said of each set: one that keeps track is enough.
    else if (term === 'ChangeTracking') found.delta = supported || found.delta === true;
  };
  return {
    open(element, of) {
      if (element === 'Annotation') {
        // Aliases stand before the last dot.
        term = /(?:^|\.)(\w+)(?:#\w*)?$/.exec(of('Term') ?? '')?.[1] ?? '';
        if (term === 'AlternateKeys') found.alternateKeys = true;
        if (term === 'BatchSupported') take(of('Bool') !== 'false');
      } else if (element === 'PropertyValue' && of('Property') === 'Supported') take(of('Bool') !== 'false');
    },
    close(element) {
      if (element === 'Annotation') term = '';
    },
  };
}
