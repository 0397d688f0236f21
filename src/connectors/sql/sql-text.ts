/** Reads a custom SQL statement: its placeholders become bound parameters, and what must not be sent is refused. Pure. */
import { failure, limits } from '../../sdk/index.ts';

export interface SqlText {
  /** The statement with $1, $2 … */
  text: string;
  /** Names of the parameters, in the order of their numbers. */
  names: readonly string[];
  /** Whether it can only read, as far as its words tell. */
  reads: boolean;
  /** Whether its rows can be fetched through a cursor. */
  pages: boolean;
}

/** Words that begin a statement which would break out of the transaction, block the driver, or hide what it does. */
const refusedStarts: ReadonlySet<string> = new Set([
  'BEGIN', 'START', 'COMMIT', 'END', 'ROLLBACK', 'ABORT', 'SAVEPOINT', 'RELEASE', 'PREPARE', 'DEALLOCATE', 'EXECUTE', 'COPY', 'DO', 'SET', 'RESET', 'DISCARD', 'LISTEN', 'UNLISTEN', 'LOCK', 'TRUNCATE', 'VACUUM',
]);
const readingStarts: ReadonlySet<string> = new Set(['SELECT', 'WITH', 'VALUES', 'TABLE', 'SHOW', 'EXPLAIN']);
const writingWords: ReadonlySet<string> = new Set(['INSERT', 'UPDATE', 'DELETE', 'MERGE', 'ANALYZE', 'INTO']);
/** `FOR UPDATE`, `FOR NO KEY UPDATE`, `ON CONFLICT DO UPDATE`, `ON UPDATE`, `WHEN MATCHED THEN UPDATE` are no statements. */
const notAStatementAfter: ReadonlySet<string> = new Set(['FOR', 'KEY', 'DO', 'ON', 'THEN', 'OR', 'BEFORE', 'AFTER', 'OF']);

/** Throws `connection.statementRefused` or `connection.conditionMissing`. */
export function readSql(sql: string): SqlText {
  if (sql.length > limits.statementCharacters.value) throw failure('connection.statementRefused', { detail: `> ${limits.statementCharacters.value}` });
  const tokens = tokensOf(sql);
  const words = tokens.filter((token) => token.kind !== 'space');
  const start = words.find((token) => token.text !== '(')?.text.toUpperCase() ?? '';
  if (start === '' || start === ';') throw failure('connection.statementRefused', { detail: 'empty' });
  if (refusedStarts.has(start)) throw failure('connection.statementRefused', { detail: start });
  const semicolon = words.findIndex((token) => token.text === ';');
  if (semicolon !== -1 && semicolon < words.length - 1) throw failure('connection.statementRefused', { detail: 'two statements' });
  requireConditions(words);
  const pages = readingStarts.has(start) && start !== 'SHOW' && start !== 'EXPLAIN';
  return { ...bind(tokens), pages, reads: readingStarts.has(start) && !words.some((token) => token.kind === 'word' && writingWords.has(token.text.toUpperCase())) };
}

interface Token {
  kind: 'space' | 'word' | 'quoted' | 'placeholder' | 'sign';
  text: string;
}

/** The order matters: what is quoted or commented hides what looks like a placeholder inside it. */
const patterns: readonly (readonly [Token['kind'], RegExp])[] = [
  ['space', /\s+|--[^\n]*/y],
  ['quoted', /[eE]'(?:[^'\\]|\\[\s\S]|'')*'|(?:[uU]&|[bBxXnN])?'(?:[^']|'')*'|(?:[uU]&)?"(?:[^"]|"")*"/y],
  ['quoted', /\$([A-Za-z_\u0080-\uffff][\w\u0080-\uffff]*)?\$[\s\S]*?\$\1\$/y],
  ['placeholder', /\{[A-Za-zА-Яа-яЁё_][0-9A-Za-zА-Яа-яЁё_]*\}|(?<![:\w]):[A-Za-zА-Яа-яЁё_][0-9A-Za-zА-Яа-яЁё_]*/y],
  ['word', /[A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*/y],
  ['sign', /::|:=|\d[\w.]*|[^'"{}]/y],
];

function tokensOf(sql: string): Token[] {
  const tokens: Token[] = [];
  let at = 0;
  while (at < sql.length) {
    const token = sql.startsWith('/*', at) ? commentAt(sql, at) : tokenAt(sql, at);
    if (/^\$\d/.test(sql.slice(at, at + 2)) && token.kind === 'sign') throw failure('connection.statementRefused', { detail: `${sql.slice(at, at + 3)}: :name` });
    tokens.push(token);
    at += token.text.length;
  }
  return tokens;
}

function tokenAt(sql: string, at: number): Token {
  for (const [kind, pattern] of patterns) {
    pattern.lastIndex = at;
    const text = pattern.exec(sql)?.[0];
    if (text !== undefined && text !== '') return { kind, text };
  }
  throw failure('connection.statementRefused', { detail: `${at + 1}: ${sql.slice(at, at + 1)}` });
}

/** PostgreSQL's block comments nest. */
function commentAt(sql: string, at: number): Token {
  let depth = 0;
  for (let index = at; index < sql.length; index++) {
    const two = sql.slice(index, index + 2);
    if (two === '/*') depth++;
    if (two === '*/') depth--;
    if (two === '/*' || two === '*/') index++;
    if (depth === 0) return { kind: 'space', text: sql.slice(at, index + 1) };
  }
  throw failure('connection.statementRefused', { detail: `${at + 1}: /*` });
}

/** Every UPDATE and DELETE, also inside WITH, needs a WHERE at its own depth. */
function requireConditions(words: readonly Token[]): void {
  for (const [index, token] of words.entries()) {
    const word = token.kind === 'word' ? token.text.toUpperCase() : '';
    if (word !== 'UPDATE' && word !== 'DELETE') continue;
    if (notAStatementAfter.has(words[index - 1]?.text.toUpperCase() ?? '')) continue;
    if (!hasWhere(words.slice(index + 1))) throw failure('connection.conditionMissing', { operation: word, table: tableAfter(words.slice(index + 1)) });
  }
}

function hasWhere(rest: readonly Token[]): boolean {
  let depth = 0;
  for (const token of rest) {
    if (token.text === '(') depth++;
    if (token.text === ')' && --depth < 0) return false;
    if (depth === 0 && token.kind === 'word' && token.text.toUpperCase() === 'WHERE') return true;
  }
  return false;
}

const tableAfter = (rest: readonly Token[]): string => rest.find((token) => !['FROM', 'ONLY'].includes(token.text.toUpperCase()))?.text ?? '';

function bind(tokens: readonly Token[]): { text: string; names: readonly string[] } {
  const names: string[] = [];
  const text = tokens.map((token) => {
    if (token.kind !== 'placeholder') return token.text === ';' ? '' : token.text;
    const name = token.text.replace(/^[:{]|\}$/g, '');
    if (!names.includes(name)) names.push(name);
    return `$${names.indexOf(name) + 1}`;
  }).join('');
  return { text, names };
}
