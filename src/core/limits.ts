/**
 * Every bound of the platform, in one place. Units are in the name's last word.
 * `docs/reference/limits.md` is generated from here; each limit names the failure code raised when it is passed.
 */
export interface Limit {
  value: number;
  unit: 'bytes' | 'ms' | 'count' | 'depth' | 'characters' | 'days';
  code: string;
  about: string;
}

const limit = (value: number, unit: Limit['unit'], code: string, about: string): Limit => ({ value, unit, code, about });

const KiB = 1024;
const MiB = 1024 * KiB;

export const limits = {
  messageBodyBytes: limit(10 * MiB, 'bytes', 'message.tooLarge', 'What is parsed of one message'),
  inlinePayloadBytes: limit(64 * KiB, 'bytes', 'message.tooLarge', 'A body larger than this lives in the blob store and travels by reference'),
  jsonDepth: limit(64, 'depth', 'message.tooDeep', 'Nesting of objects and lists in a message'),
  numberDigits: limit(1_000, 'count', 'message.numberRange', 'Digits of one number written out without an exponent'),
  inFlightBytes: limit(64 * MiB, 'bytes', 'message.busy', 'Bytes of requests being handled by one node'),
  inFlightRequests: limit(2_000, 'count', 'message.busy', 'Requests being handled by one node'),
  orderKeyQueue: limit(1_000, 'count', 'order.queueFull', 'Messages waiting under one order key'),
  replyDeadlineMs: limit(30_000, 'ms', 'run.deadline', 'A synchronous caller is answered at the latest after this'),
  runDeadlineMs: limit(300_000, 'ms', 'run.deadline', 'One run, all attempts of one execution'),
  iterations: limit(10_000, 'count', 'run.iterations', 'Iterations of all loops of one run'),
  stepDepth: limit(64, 'depth', 'run.stepDepth', 'Nesting of steps'),
  chainDepth: limit(16, 'depth', 'run.chainDepth', 'Runs started by runs'),
  triggerRuns: limit(1_000, 'count', 'run.triggerRuns', 'Trigger runs caused by one commit'),
  writesCount: limit(10_000, 'count', 'run.writes', 'Record writes of one run'),
  writesBytes: limit(32 * MiB, 'bytes', 'run.writes', 'Bytes of record writes of one run'),
  traceEntries: limit(2_000, 'count', 'run.traceCut', 'Steps of one run that its trace lists; later ones are done but not listed'),
  recomputations: limit(5, 'count', 'run.contended', 'Recomputations of a run whose records changed meanwhile'),
  expressionSteps: limit(1_000_000, 'count', 'expression.steps', 'Evaluation steps of one expression'),
  expressionDepth: limit(256, 'depth', 'expression.depth', 'Call depth of one expression'),
  expressionNesting: limit(200, 'depth', 'expression.nesting', 'Nesting of the parts of one expression'),
  expressionTextCharacters: limit(32 * KiB, 'characters', 'expression.tooLong', 'Length of one expression'),
  expressionResultBytes: limit(10 * MiB, 'bytes', 'expression.resultSize', 'Size of what an expression builds'),
  attributesPerTemplate: limit(300, 'count', 'template.attributes', 'Attributes of one template'),
  linksPerTemplate: limit(64, 'count', 'template.links', 'Link attributes of one template'),
  uniquePerTemplate: limit(16, 'count', 'template.unique', 'Unique attributes of one template'),
  enumValues: limit(1_000, 'count', 'template.enumValueCount', 'Values of one enum attribute'),
  textCharacters: limit(1_000_000, 'characters', 'record.textTooLong', 'Length of one text value'),
  uniqueTextCharacters: limit(600, 'characters', 'record.uniqueTextTooLong', 'Length of a text value of a unique attribute, which has to fit into an index'),
  numberDigits: limit(34, 'count', 'record.numberTooLong', 'Digits of a number before the point, and after it'),
  queryDepth: limit(32, 'depth', 'query.tooComplex', 'Nesting of conditions of one query'),
  queryConditions: limit(1_000, 'count', 'query.tooComplex', 'Conditions of one query'),
  queryListValues: limit(10_000, 'count', 'query.tooComplex', 'Values of all lists of one query'),
  querySorts: limit(8, 'count', 'query.tooComplex', 'Attributes that one query sorts by'),
  pageRows: limit(1_000, 'count', 'query.page', 'Rows of one page of a query'),
  remoteResponseBytes: limit(10 * MiB, 'bytes', 'connection.responseTooLarge', 'What is parsed of one answer of a remote system'),
  remoteTimeoutMs: limit(30_000, 'ms', 'connection.timeout', 'One remote call unless the connection says otherwise'),
  redirects: limit(5, 'count', 'connection.redirects', 'Redirects followed by one remote call'),
  configurationFileBytes: limit(1 * MiB, 'bytes', 'config.tooLarge', 'One configuration document'),
  systemNameCharacters: limit(64, 'characters', 'config.systemName', 'Length of a system name'),
} as const satisfies Record<string, Limit>;

export type LimitName = keyof typeof limits;
