import { bodyFailures, commonFailures, isRequired, tagTexts } from '../../src/api/openapi.ts';
import { operationList } from '../../src/api/operations.ts';
import { tags, type AnswerShape, type Operation } from '../../src/api/operation.ts';
import { problem } from '../../src/api/field.ts';
import { fieldText } from '../../src/api/field-texts.ts';
import { expandSchema, filterSchema } from '../../src/api/records.ts';
import { limits } from '../../src/core/limits.ts';
import { anchor } from './limits.ts';
import { madeFrom, table, type Generator } from './page.ts';
import { linesOf, schemaText, type Collect, type Schema } from './schema-text.ts';

export const restReference: Generator = {
  name: 'rest',
  owns: 'docs/reference/rest.md',
  pages: () => [{ path: 'docs/reference/rest.md', text: restPage(operationList) }],
};

/** Titles that have been mentioned, with what they stand for. */
type Shapes = Map<string, Schema>;

export function restPage(operations: readonly Operation[]): string {
  const shapes: Shapes = new Map();
  const sections = tags.flatMap((tag) => {
    const own = operations.filter((operation) => operation.tag === tag);
    return own.length === 0 ? [] : [`## ${tagTexts[tag].en}`, ...own.map((operation) => operationSection(operation, shapes))];
  });
  return [madeFrom('src/api'), '# REST API', head, ...sections, '## Shapes', ...shapeSections(shapes)].join('\n\n') + '\n';
}

const link = (code: string): string => `[\`${code}\`](errors.md#${anchor(code)})`;

const head = `All addresses begin with the platform's own, such as \`http://127.0.0.1:8080\`. Sign in with Basic (account and password) or Bearer (a token); every call needs the permission \`api.call\` besides the one it names.
The same contract as OpenAPI 3.1 is served at \`/docs/json\`, with forms to try it at \`/docs\`.

A failure is \`application/problem+json\`: \`{ type, title, status, code, parameters, problems?, message? }\`, its text in the language of \`Accept-Language\`; all problems found are listed at once, by path. Numbers keep all their digits. Lists come in pages: \`cursor\` of the answer is \`cursor\` of the next call, null on the last page.
A query parameter that is a list is given once with commas, or repeated. Any operation may answer ${commonFailures.map(link).join(', ')}, and one with a body ${bodyFailures.map(link).join(', ')} besides; those are not repeated below.

In what follows \`name?\` may be left out, and a name with a capital letter stands for a shape at the end of the page.`;

function operationSection(operation: Operation, shapes: Shapes): string {
  const collect: Collect = (title, schema) => void shapes.set(title, schema);
  const parts = [`### \`${operation.method} ${operation.path}\``, `${operation.summary.en}${permissionText(operation)}.`];
  if (operation.about !== undefined) parts.push(operation.about.en);
  const parameters = parameterTable(operation, collect);
  if (parameters !== null) parts.push(parameters);
  if (operation.body !== undefined) parts.push(`Body, at most ${mebibytes(operation.bodyBytes)}: \`${schemaText(operation.body, collect)}\``);
  const answers = Object.entries(operation.answers).map(([status, answer]) => `- ${answerText(status, answer, collect)}`);
  const failures = operation.failures.length === 0 ? [] : [`- Failures: ${operation.failures.map(link).join(', ')}`];
  return [...parts, [...answers, ...failures].join('\n')].join('\n\n');
}

const permissionText = ({ permission }: Operation): string => (permission === null ? '' : `; permission \`${permission}\``);

const mebibytes = (bytes: number | undefined): string => `${(bytes ?? limits.messageBodyBytes.value) / 1024 / 1024} MiB`;

function answerText(status: string, { about, schema, mediaType, headers }: AnswerShape, collect: Collect): string {
  const type = mediaType === undefined ? '' : ` as \`${mediaType}\``;
  const body = schema === undefined ? '' : `${type}: \`${schemaText(schema, collect)}\``;
  const named = headers === undefined ? '' : `; header ${Object.keys(headers).map((name) => `\`${name}\``).join(', ')}`;
  return `${status} ${about.en}${body}${named}`;
}

/** Parameters in the path are in the heading, and their names say what they are. */
function parameterTable(operation: Operation, collect: Collect): string | null {
  const rows = [
    ...Object.entries(operation.query ?? {}).map(([name, schema]) => [`\`${name}\``, isRequired(schema) ? 'query, required' : 'query', schemaText(schema, collect), noteOf(schema, fieldText(operation, name)?.en)]),
    ...Object.entries(operation.headers ?? {}).map(([name, text]) => [`\`${name}\``, 'header', 'string', text.en]),
  ];
  return rows.length === 0 ? null : table(['parameter', 'in', 'kind', 'about'], rows);
}

function noteOf(schema: object, text: string | undefined): string {
  const description: unknown = text ?? ('description' in schema ? schema.description : undefined);
  const usual: unknown = 'default' in schema ? schema.default : undefined;
  return [typeof description === 'string' ? description : '', usual === undefined ? '' : `${JSON.stringify(usual)} unless told`].filter((part) => part !== '').join('; ');
}

/** Shapes may name further shapes, which then follow as well. */
function shapeSections(shapes: Shapes): string[] {
  for (const [title, schema] of Object.entries(components)) shapes.set(title, schema);
  const written = new Map<string, string>();
  // A map goes on to what is added to it meanwhile.
  for (const [title, schema] of shapes) written.set(title, linesOf(schema, (found, inner) => void shapes.set(found, inner)));
  return [...written].toSorted(([left], [right]) => (left < right ? -1 : 1)).map(([title, text]) => `### ${title}\n\n\`\`\`ts\n${text}\n\`\`\``);
}

/** Shapes that the API names by reference. */
const components: Readonly<Record<string, Schema>> = { Problem: { ...problem }, Filter: filterSchema, Expand: expandSchema };
