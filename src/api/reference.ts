/** The REST API as a page of Markdown, made of the operations. */
import type { TProperties } from 'typebox';
import { catalogue } from '../core/errors.ts';
import { commonFailures, failuresOf, isRequired, tagTexts } from './openapi.ts';
import { operationList } from './operations.ts';
import { tags, type Operation } from './operation.ts';

/** `head` goes before everything, such as a notice that the page is generated. */
export function restReference(head: string): string {
  const sections = tags.map((tag) => {
    const operations = operationList.filter((operation) => operation.tag === tag);
    return `## ${tagTexts[tag].en} · ${tagTexts[tag].ru}\n\n${operations.map(operationText).join('\n')}`;
  });
  return `${head}\n\n# REST API\n\n${introduction}\n\n${sections.join('\n')}`;
}

const introduction = `Sign in with Basic (account and password) or Bearer (a token); every call needs the permission \`api.call\` and the one that it names.
A refusal is \`application/problem+json\` with \`code\`, \`parameters\` and \`problems\`; its language follows \`Accept-Language\` (ru, en). Numbers keep all their digits.
Unknown fields are refused. Any operation may answer ${commonFailures.map(failureLink).join(', ')}; one with a body also refuses what is no JSON.
The same as OpenAPI 3.1: \`/docs/json\`; to try out: \`/docs\`.`;

function operationText(operation: Operation): string {
  const { method, path, summary, about, permission, query, body, answers, failures } = operation;
  const lines = [
    `### ${method} ${path}`,
    `${summary.en}. · ${summary.ru}.`,
    ...(about === undefined ? [] : [about.en]),
    `Permission: \`${permission ?? 'api.call'}\``,
    ...fieldLines('Query', query),
    ...(body === undefined ? [] : [`Body: ${bodyText(body)}`]),
    `Answers: ${Object.entries(answers).map(([status, answer]) => `${status} ${answer.about.en.toLowerCase()}`).join(' · ')}`,
    ...(failures.length === 0 ? [] : [`Failures: ${failuresOf(operation).filter((code) => failures.includes(code)).map(failureLink).join(', ')}`]),
  ];
  return `${lines.join('\n\n')}\n`;
}

const fieldLines = (title: string, fields: TProperties | undefined): readonly string[] => {
  const names = Object.entries(fields ?? {}).map(([name, schema]) => `\`${name}\`${isRequired(schema) ? ' (required)' : ''}`);
  return names.length === 0 ? [] : [`${title}: ${names.join(', ')}`];
};

function bodyText(body: object): string {
  if (!('properties' in body) || typeof body.properties !== 'object' || body.properties === null) return 'an object of attributes';
  const required: readonly unknown[] = 'required' in body && Array.isArray(body.required) ? body.required : [];
  return Object.keys(body.properties).map((name) => `\`${name}\`${required.includes(name) ? ' (required)' : ''}`).join(', ');
}

function failureLink(code: keyof typeof catalogue): string {
  return `[\`${code}\`](errors.md#${code.toLowerCase().replaceAll('.', '')}) ${catalogue[code].status}`;
}
