import { restReference as page } from '../../src/api/reference.ts';
import { madeFrom, type Generator } from './page.ts';

export const restReference: Generator = {
  name: 'rest',
  owns: 'docs/reference/rest.md',
  pages: () => [{ path: 'docs/reference/rest.md', text: page(madeFrom('src/api')) }],
};
