/**
 * Ways of 1C that a client must live with, each a switch. Those that belong to its nature are on from the start;
 * troubles of one installation are off until somebody asks for them.
 */
interface Quirk {
  on: boolean;
  says: string;
}

export const quirkTable = {
  cutStrings: { on: true, says: 'a string longer than its field is cut without a word' },
  ignoreUnknownFields: { on: true, says: 'unknown fields of a body are dropped; off: code 10' },
  zeroBadNumbers: { on: true, says: 'text in a number field becomes 0; off: code 4' },
  keepBrokenReferences: { on: true, says: 'a reference to nothing is stored; off: code 9' },
  versionOnNoop: { on: true, says: 'DataVersion grows with every write, even one that changes nothing' },
  ifMatchIgnored: { on: true, says: 'If-Match is not looked at and no ETag is sent; off: 412 on a stale DataVersion' },
  postedIgnored: { on: true, says: 'Posted is not written by a body, only by Post and Unpost' },
  lineNumbersRequired: { on: true, says: 'rows of a table part without LineNumber give 500, not from 1 on give 400' },
  putNeedsAll: { on: true, says: 'PUT wants every field, and references as X@odata.bind' },
  clientKeys: { on: true, says: 'Ref_Key of a new object is kept; off: always a new one' },
  uniqueCodes: { on: true, says: 'a second Code in a catalog is refused with code -1' },
  inlineCountStopsPaging: { on: true, says: '$inlinecount=allpages makes $top and $skip ignored' },
  rowOrderLosesRows: { on: true, says: 'a table part read as a set and ordered by Ref_Key alone loses rows at page borders' },
  registerOrderIgnored: { on: true, says: '$orderby on registers by recorder is ignored, any value' },
  keyRangeFails: { on: true, says: 'gt, ge, lt, le on a reference give 500' },
  partKeyFilterFails: { on: true, says: 'filters on the keys of table parts and records give 500' },
  compositeNeedsCast: { on: true, says: 'a composite field eq guid is always empty, only cast finds' },
  recorderConditionEmpty: { on: true, says: 'the Condition of a virtual table that compares Recorder finds nothing' },
  unknownFilterEmpty: { on: false, says: 'a filter on an unknown field finds nothing instead of code 10' },
  expandOnlyInCollections: { on: true, says: '$expand of one entity is ignored' },
  expandNeedsSelect: { on: true, says: 'with $select, a navigation that is not in it is not expanded' },
  forbiddenRowFails: { on: true, says: 'one forbidden row fails the whole read with code 20 unless allowedOnly=true' },
  plusIsNotSpace: { on: true, says: 'a + in the query is a plus, a space is %20' },
  iisLimits: { on: true, says: '? + \\ and control characters in the path, a segment over 260 and a query over 2048 characters are refused by the web server' },
  countMark: { on: true, says: 'the number of $count starts with a byte order mark' },
  oddDates: { on: true, says: 'some dates are of the years 1 and 209' },
  noCount: { on: false, says: '$count is not known' },
  htmlSignIn: { on: false, says: 'a wrong sign-in gets an HTML page with 200 instead of 401' },
  htmlErrors: { on: false, says: 'code -1 comes as an HTML page "application error"' },
  nestedErrors: { on: false, says: 'the message of code -1 is JSON of nested exceptions, each with its descr' },
  encodedErrors: { on: false, says: 'the message of code -1 is in base64' },
  closedFieldsFail: { on: false, says: 'DataVersion, Predefined and their like in a body give code 16; off: they are not looked at' },
  loadModeRefused: { on: false, says: 'a write in load mode gets code 17' },
  duplicateNames: { on: false, says: 'the names of some properties coincide: any request for a register gets code 18' },
  fileBaseLocked: { on: false, says: 'a file base whose folder the web server may not change: every write gets 500 and a page' },
  moduleMissing: { on: false, says: 'the web server has not loaded the module of 1C: every address gets 500 and a page' },
  emptyComposition: { on: false, says: 'nothing is published: no sets at all' },
  controlCharacters: { on: false, says: 'some texts hold the character 2, which also blocks a package of changes' },
  brokenEntries: { on: false, says: 'a package of changes with such a text is sent all the same, as XML that nobody can read; off: 400 for all of it' },
  diskFull: { on: false, says: 'a page over 1 MB fails with 500: no space for temporary files' },
  memoryFull: { on: false, says: 'a register by recorder read without a filter fails with 500: not enough memory' },
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
