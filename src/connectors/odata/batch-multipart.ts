/** A batch as parts of a MIME message, which all versions of OData know. Pure. */
import type { BatchMember } from './batch-member.ts';

/** Members that are carried out together, or one alone. */
export interface BatchUnit {
  /** Undefined for one that stands alone. */
  group: string | undefined;
  members: readonly BatchMember[];
}

/** An answer inside the answer. */
export interface PartAnswer {
  contentId: string | undefined;
  status: number;
  headers: Readonly<Record<string, string>>;
  body: Uint8Array;
}

/** What came in the place of a unit: one answer, or those of a change set. */
export type UnitAnswer = { kind: 'one'; answer: PartAnswer } | { kind: 'set'; answers: readonly PartAnswer[] };

export class BatchProblem extends Error {
  override readonly name = 'BatchProblem';
}

const encoder = new TextEncoder();

/** `accept` is what each member asks for; with `changesAlone` a change may stand outside of a change set, which only V4 allows. */
export function printMultipart(units: readonly BatchUnit[], options: { boundary: string; accept: string; changesAlone: boolean }): Uint8Array {
  const { boundary, accept } = options;
  const lines: string[] = [];
  for (const [index, { group, members }] of units.entries()) {
    const [only] = members;
    lines.push(`--${boundary}`);
    if (group === undefined && only !== undefined && (only.method === 'GET' || options.changesAlone)) {
      lines.push(...printPart(only, accept));
      continue;
    }
    // No boundary may begin with another: some parsers look no further.
    const inner = `changes_${index + 1}_${boundary}`;
    lines.push(`Content-Type: multipart/mixed; boundary=${inner}`, '');
    for (const member of members) lines.push(`--${inner}`, ...printPart(member, accept));
    lines.push(`--${inner}--`, '');
  }
  return encoder.encode([...lines, `--${boundary}--`, ''].join('\r\n'));
}

const printPart = (member: BatchMember, accept: string): readonly string[] => [
  'Content-Type: application/http', 'Content-Transfer-Encoding: binary', `Content-ID: ${member.id}`, '',
  `${member.method} ${member.path} HTTP/1.1`, `Accept: ${accept}`,
  ...Object.entries(member.headers).map(([name, value]) => `${name}: ${value}`),
  ...(member.body === undefined ? [] : ['Content-Type: application/json', `Content-Length: ${encoder.encode(member.body).length}`]),
  '', member.body ?? '',
];

/** Throws a `BatchProblem` for what is no answer to a batch. */
export function parseMultipart(contentType: string, body: Uint8Array): readonly UnitAnswer[] {
  return partsOf(contentType, Buffer.from(body).toString('latin1')).map(({ headers, content }): UnitAnswer => {
    const type = headers['content-type'] ?? '';
    if (!/^multipart\/mixed/i.test(type)) return { kind: 'one', answer: parseAnswer(headers, content) };
    return { kind: 'set', answers: partsOf(type, content).map((part) => parseAnswer(part.headers, part.content)) };
  });
}

interface Part {
  headers: Readonly<Record<string, string>>;
  /** One character a byte. */
  content: string;
}

function partsOf(contentType: string, text: string): readonly Part[] {
  const [, quoted, plain] = /;\s*boundary=(?:"([^"]+)"|([^\s;]+))/i.exec(contentType) ?? [];
  const boundary = quoted ?? plain;
  if (boundary === undefined) throw new BatchProblem(`no parts in "${contentType.slice(0, 80)}"`);
  const delimiter = new RegExp(`\\n--${boundary.replace(/[.*+?^${}()|[\]\\]/g, '\\$&')}(?=--|[ \\t]*\\r?\\n|$)`);
  const [, ...pieces] = `\n${text}`.split(delimiter);
  const end = pieces.findIndex((piece) => piece.startsWith('--'));
  if (end < 0) throw new BatchProblem('the parts break off');
  return pieces.slice(0, end).map((piece) => headersAnd(piece.replace(/^[ \t]*\r?\n/, '').replace(/\r$/, '')));
}

function headersAnd(text: string): Part {
  const [, head = '', content = ''] = /^((?:[^\r\n]+\r?\n)*)\r?\n?([\s\S]*)$/.exec(text) ?? [];
  const headers: Record<string, string> = Object.create(null);
  for (const line of head.split(/\r?\n/)) {
    const at = line.indexOf(':');
    if (at > 0) headers[line.slice(0, at).trim().toLowerCase()] = line.slice(at + 1).trim();
  }
  return { headers, content };
}

function parseAnswer(outer: Readonly<Record<string, string>>, text: string): PartAnswer {
  const [, status, rest = ''] = /^HTTP\/\d(?:\.\d)? (\d{3})[^\r\n]*\r?\n?([\s\S]*)$/.exec(text.replace(/^\s+/, '')) ?? [];
  if (status === undefined) throw new BatchProblem('a part without a status');
  const { headers, content } = headersAnd(rest);
  const length = Number(headers['content-length'] ?? content.length);
  return { contentId: outer['content-id'] ?? headers['content-id'], status: Number(status), headers, body: Buffer.from(length <= content.length ? content.slice(0, length) : content, 'latin1') };
}
