import type { Basis } from './bases.ts';

/**
 * Ways of 1C that a client must live with, each a switch. Those that belong to its nature are on from the start;
 * troubles of one installation are off until somebody asks for them.
 */
interface Quirk {
  on: boolean;
  basis: Basis;
  says: string;
}

export const quirkTable = {
  cutStrings: { on: true, basis: 'measured', says: 'a string longer than its field is cut without a word' },
  ignoreUnknownFields: { on: true, basis: 'measured', says: 'unknown fields of a body are dropped; off: code 10' },
  zeroBadNumbers: { on: true, basis: 'measured', says: 'text in a number field becomes 0; off: code 4' },
  keepBrokenReferences: { on: true, basis: 'measured', says: 'a reference to nothing is stored; off: code 9' },
  versionOnNoop: { on: true, basis: 'measured', says: 'DataVersion grows with every write, even one that changes nothing' },
  ifMatchIgnored: { on: true, basis: 'measured', says: 'If-Match is not looked at and no ETag is sent; off: 412 on a stale DataVersion' },
  postedIgnored: { on: true, basis: 'guess', says: 'Posted is not written by a body, only by Post and Unpost; one published trial has a body that writes it' },
  postedMarkRefused: { on: true, basis: 'measured', says: 'a posted document that is marked for deletion is refused with code -1' },
  lineNumbersRequired: { on: true, basis: 'measured', says: 'rows of a table part without LineNumber give 500, not from 1 on give 400' },
  putNeedsAll: { on: true, basis: 'vendor', says: 'PUT wants every field, and references as X@odata.bind' },
  clientKeys: { on: true, basis: 'guess', says: 'Ref_Key of a new object is kept; off: always a new one' },
  uniqueCodes: { on: true, basis: 'measured', says: 'a second Code in a catalog is refused with code -1' },
  inlineCountStopsPaging: { on: true, basis: 'vendor', says: '$inlinecount=allpages makes $top and $skip ignored' },
  rowOrderLosesRows: { on: true, basis: 'measured', says: 'a table part read as a set and ordered by Ref_Key alone loses rows at page borders' },
  registerOrderIgnored: { on: true, basis: 'measured', says: '$orderby on registers by recorder is ignored, any value' },
  keyRangeFails: { on: true, basis: 'measured', says: 'gt, ge, lt, le on a reference give 500' },
  partKeyFilterFails: { on: true, basis: 'measured', says: 'filters on the keys of table parts and records give 500' },
  compositeNeedsCast: { on: true, basis: 'vendor', says: 'a composite field eq guid is always empty, only cast finds' },
  recorderConditionEmpty: { on: true, basis: 'measured', says: 'the Condition of a virtual table that compares Recorder finds nothing' },
  unknownFilterEmpty: { on: false, basis: 'measured', says: 'a filter on an unknown field finds nothing instead of code 10' },
  expandOnlyInCollections: { on: true, basis: 'measured', says: '$expand of one entity is ignored' },
  expandNeedsSelect: { on: true, basis: 'measured', says: 'with $select, a navigation that is not in it is not expanded' },
  forbiddenFieldFails: { on: true, basis: 'guess', says: 'a read that names or shows a field without a right fails with code 20 unless allowedOnly=true, which leaves the field out; off: it is always left out' },
  forbiddenRowFails: { on: true, basis: 'vendor', says: 'one forbidden row fails the whole read with code 20 unless allowedOnly=true' },
  plusIsNotSpace: { on: true, basis: 'measured', says: 'a + in the query is a plus, a space is %20' },
  iisLimits: { on: true, basis: 'measured', says: '? + \\ and control characters in the path, a segment over 260, a query over 2048 and an address over 4096 characters are refused by the web server' },
  countMark: { on: true, basis: 'measured', says: 'the number of $count starts with a byte order mark' },
  oddDates: { on: true, basis: 'measured', says: 'some dates are of the years 1 and 209' },
  noCount: { on: false, basis: 'measured', says: '$count is not known' },
  htmlSignIn: { on: false, basis: 'measured', says: 'a wrong sign-in gets an HTML page with 200 instead of 401' },
  htmlErrors: { on: false, basis: 'measured', says: 'code -1 comes as an HTML page "application error"' },
  nestedErrors: { on: false, basis: 'measured', says: 'the message of code -1 is JSON of nested exceptions, each with its descr' },
  encodedErrors: { on: false, basis: 'measured', says: 'the message of code -1 is in base64' },
  closedFieldsFail: { on: false, basis: 'guess', says: 'DataVersion, Predefined and their like in a body give code 16; off: they are not looked at' },
  englishTexts: { on: false, basis: 'guess', says: 'texts of code -1 are English, as in a base of that language' },
  languageMissing: { on: false, basis: 'guess', says: 'the language of the interface that a request wants is missing: every request for data gets code -1' },
  configurationRaises: { on: false, basis: 'measured', says: 'the module of an object raises an exception at every write: code -1 with its name and line' },
  postedLocked: { on: false, basis: 'guess', says: 'the configuration lets nobody change a posted document: code -1 for all but Unpost' },
  closedPeriod: { on: false, basis: 'guess', says: 'documents dated before this month are closed: writes of them get code -1' },
  loadModeRefused: { on: false, basis: 'vendor', says: 'a write in load mode gets code 17' },
  duplicateNames: { on: false, basis: 'vendor', says: 'the names of some properties coincide: any request for a register gets code 18' },
  fileBaseLocked: { on: false, basis: 'measured', says: 'a file base whose folder the web server may not change: every write gets 500 and a page' },
  moduleMissing: { on: false, basis: 'measured', says: 'the web server has not loaded the module of 1C: every address gets 500 and a page' },
  webServerBusy: { on: false, basis: 'guess', says: 'every second request gets 503 and Retry-After: 1 of the web server' },
  answersLost: { on: false, basis: 'guess', says: 'a write is done, and its connection breaks before the answer' },
  metadataCut: { on: false, basis: 'guess', says: 'the document $metadata ends in its middle' },
  wrongTypes: { on: false, basis: 'guess', says: 'fields of Edm.Int64 hold a word' },
  rowsArrive: { on: false, basis: 'measured', says: 'while a set of objects is read by pages, a new one comes before each further page' },
  emptyComposition: { on: false, basis: 'vendor', says: 'nothing is published: no sets at all' },
  controlCharacters: { on: false, basis: 'measured', says: 'some texts hold the character 2, which also blocks a package of changes' },
  brokenEntries: { on: false, basis: 'guess', says: 'a package of changes with such a text is sent all the same, as XML that nobody can read; off: 400 for all of it' },
  autoRegistration: { on: true, basis: 'vendor', says: 'changes of objects of an exchange plan are registered for its nodes; off: nothing is, unless the configuration did it' },
  licenceMissing: { on: false, basis: 'guess', says: 'no licence is free: a new session gets 500 and a page' },
  diskFull: { on: false, basis: 'measured', says: 'a page over 1 MB fails with 500: no space for temporary files' },
  memoryFull: { on: false, basis: 'measured', says: 'a register by recorder read without a filter fails with 500: not enough memory' },
} as const satisfies Record<string, Quirk>;

export type QuirkName = keyof typeof quirkTable;
export type Quirks = Record<QuirkName, boolean>;

const isQuirk = (name: string): name is QuirkName => Object.hasOwn(quirkTable, name);

export const quirkNames: readonly QuirkName[] = Object.keys(quirkTable).filter(isQuirk);

export function usualQuirks(): Quirks {
  // Built from all names, so that the record is whole.
  return Object.fromEntries(quirkNames.map((name) => [name, quirkTable[name].on])) as Quirks;
}

/** Turns switches written like `cutStrings=off`. Throws an Error that names what is wrong. */
export function turnQuirks(quirks: Quirks, switches: Iterable<string>): Quirks {
  const turned = { ...quirks };
  for (const text of switches) {
    const [name = '', state = 'on'] = text.split('=');
    if (!isQuirk(name)) throw new Error(`there is no quirk ${name}; there are: ${quirkNames.join(', ')}`);
    if (state !== 'on' && state !== 'off') throw new Error(`the quirk ${name} is on or off, not ${state}`);
    turned[name] = state === 'on';
  }
  return turned;
}
