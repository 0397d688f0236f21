/**
 * A simulated 1C with several of its switches turned at random, and calls of the connector at random, some of them stopped in the
 * middle. What came of each is compared with the base itself: nothing is lost, doubled or stored otherwise without being told.
 */
import { quirkNames, quirkTable } from '../../../demo/onec/quirks.ts';
import { instantPace } from '../../../demo/onec/pace.ts';
import type { Onec } from '../../../demo/onec/server.ts';
import { ownMetadata, startQuick } from '../../../demo/onec/testing/client.ts';
import { rowsOf, textOf, type Row } from '../../../demo/onec/row.ts';
import definition from '../../../src/connectors/odata/index.ts';
import { Failure, isObject, type OpenConnection, type Receipt, type Value, type ValueObject } from '../../../src/sdk/index.ts';
import { callOf, contextOf, realClock, sendOnce } from '../../../src/sdk/testing/context.ts';
import { memoryDossier } from '../../../src/sdk/testing/memory-dossier.ts';
import { drawing } from '../answers/damage.ts';

export interface SwitchesOptions {
  runs: number;
  seed: number;
  tell: (text: string) => void;
  /** A planted fault, which has to be found: what 1C stored otherwise is not told. */
  silent?: boolean;
}

export interface SwitchFinding {
  run: number;
  switches: string;
  step: string;
  what: string;
}

export interface SwitchesReport {
  /** Calls by what came of them. */
  outcomes: ReadonlyMap<string, number>;
  findings: readonly SwitchFinding[];
}

const partners = 'Catalog_Контрагенты';
const bills = 'Document_СчетНаОплату';
const plan = 'ExchangePlan_ОбменССайтом';
const stepsOfRun = 6;
const hangMs = 30_000;

type Draw = (bound: number) => number;

export async function runSwitches({ runs, seed, tell, silent = false }: SwitchesOptions): Promise<SwitchesReport> {
  const outcomes = new Map<string, number>();
  const findings: SwitchFinding[] = [];
  for (let run = 0; run < runs; run += 1) {
    const draw = drawing(seed + run);
    const trial = await Trial.start(draw, silent);
    try {
      for (let step = 0; step < stepsOfRun; step += 1) await trial.step();
      await trial.heal();
    } finally {
      await trial.close();
    }
    for (const [code, count] of trial.outcomes) outcomes.set(code, (outcomes.get(code) ?? 0) + count);
    for (const { step, what } of trial.findings) findings.push({ run: seed + run, switches: trial.switches, step, what });
    if ((run + 1) % 50 === 0) tell(`${run + 1} of ${runs}, ${findings.length} findings, ${Math.round(process.memoryUsage().heapUsed / 1024 / 1024)} MB of heap\n`);
  }
  return { outcomes, findings };
}

/** What came of one call. */
type Came = { kind: 'answer'; response: ValueObject } | { kind: 'refused'; code: string } | { kind: 'unknown' } | { kind: 'stopped' };

class Trial {
  readonly switches: string;
  readonly outcomes = new Map<string, number>();
  readonly findings: { step: string; what: string }[] = [];
  readonly #onec: Onec;
  readonly #open: OpenConnection;
  readonly #draw: Draw;
  readonly #node: string;
  /** Objects that were changed for the plan, and the last description of each that was handed out and confirmed. */
  readonly #changed = new Map<string, string>();
  readonly #handedOut = new Map<string, string>();
  readonly #later: { ms: number };
  readonly #silent: boolean;
  #marks = 0;
  /** Nobody changes or stops anything any more. */
  #calm = false;

  private constructor(onec: Onec, open: OpenConnection, draw: Draw, switches: string, later: { ms: number }, silent: boolean) {
    this.#silent = silent;
    this.#later = later;
    this.#onec = onec;
    this.#open = open;
    this.#draw = draw;
    this.switches = switches;
    this.#node = textOf([...onec.base.rows(plan)][1]?.['Ref_Key']);
  }

  static async start(draw: Draw, silent: boolean): Promise<Trial> {
    const slow = draw(5) === 0;
    // Older releases do not tell the lengths of their texts, and cut them in silence.
    const metadata = draw(2) === 0 ? ownMetadata : ownMetadata.replaceAll(/ MaxLength="\d+"/g, '');
    const onec = await startQuick({ size: { rows: 25 }, metadata, pace: { ...instantPace(), ...(slow ? { rowMs: 40_000 } : {}) } });
    const turned = Array.from({ length: draw(6) }, () => quirkNames[draw(quirkNames.length)] ?? 'cutStrings').map((name) => `${name}=${quirkTable[name].on ? 'off' : 'on'}`);
    onec.turn(turned);
    const later = { ms: 0 };
    const clock = { ...realClock, wallMs: () => Date.now() + later.ms, monotonicMs: () => performance.now() + later.ms };
    const open = definition.open({ ...contextOf(definition, { url: onec.url, timeoutMs: 20_000 }, { name: 'base' }), dossier: memoryDossier(clock.wallMs), clock });
    return new Trial(onec, open, draw, [...turned, ...(slow ? ['rowMs=40000'] : [])].join(' ') || 'none', later, silent);
  }

  async step(): Promise<void> {
    switch (this.#draw(6)) {
      case 0: case 1: return this.#create();
      case 2: return this.#update();
      case 3: return this.#readAll('scan');
      case 4: return this.#readAll('query');
      default: return this.#exchange(this.#draw(3) === 0);
    }
  }

  /** Once the troubles are over, everything is there to be had. */
  async heal(): Promise<void> {
    this.#onec.turn(quirkNames.map((name) => `${name}=${quirkTable[name].on ? 'on' : 'off'}`));
    // A character that XML cannot hold would block the plan for good: that is told, and mended by people.
    for (const set of [partners, bills]) {
      for (const row of this.#onec.base.rows(set)) if (JSON.stringify(row).includes('\\u0002')) this.#onec.base.write(set, JSON.parse(JSON.stringify(row).replaceAll('\\u0002', '')) as Row);
    }
    for (const key of this.#changed.keys()) this.#changed.set(key, textOf(this.#onec.base.find(partners, { Ref_Key: key })?.['Description']));
    // A description that was empty for a while is looked at again after a minute.
    this.#later.ms = 120_000;
    this.#calm = true;
    // What takes longer than five minutes does not come, however often it is asked for.
    if (this.switches.includes('rowMs')) return;
    for (let tries = 0; tries < 3; tries += 1) await this.#exchange(false);
    for (const [key, description] of this.#changed) if (this.#handedOut.get(key) !== description) this.#find('heal', `the change of ${key} never came: ${this.#handedOut.get(key) ?? 'nothing'} is not ${description}`);
  }

  async close(): Promise<void> {
    await this.#open.close();
    await this.#onec.close();
  }

  #find(step: string, what: string): void {
    this.findings.push({ step, what });
  }

  async #call(step: string, operation: string, properties: ValueObject, request: ValueObject): Promise<Came> {
    const came = await this.#tried(step, operation, properties, request);
    const said = came.kind === 'refused' ? came.code : came.kind;
    this.outcomes.set(`${operation} ${said}`, (this.outcomes.get(`${operation} ${said}`) ?? 0) + 1);
    return came;
  }

  async #tried(step: string, operation: string, properties: ValueObject, request: ValueObject): Promise<Came> {
    const stopping = new AbortController();
    const killed = !this.#calm && this.#draw(8) === 0;
    const timers = [setTimeout(() => stopping.abort(new Error('late')), hangMs), ...(killed ? [setTimeout(() => stopping.abort(new Error('killed')), this.#draw(6))] : [])];
    try {
      const receipt = await sendOnce(this.#open, callOf({ operation, properties, request }), stopping.signal);
      return this.#ofReceipt(step, receipt);
    } catch (error) {
      if (error instanceof Failure) return error.code === 'connection.unknownOutcome' ? { kind: 'unknown' } : this.#refused(step, error);
      const reason: unknown = stopping.signal.reason;
      if (reason instanceof Error && reason.message === 'killed') return { kind: 'stopped' };
      this.#find(step, reason instanceof Error && reason.message === 'late' ? 'no end' : `exception: ${String(error).slice(0, 200)}`);
      return { kind: 'stopped' };
    } finally {
      for (const timer of timers) clearTimeout(timer);
    }
  }

  #ofReceipt(step: string, receipt: Receipt): Came {
    if (receipt.kind === 'error') return this.#refused(step, receipt.failure);
    const response = isObject(receipt.response) ? receipt.response : {};
    return { kind: 'answer', response: this.#silent ? { ...response, differences: [] } : response };
  }

  /** Whoever reads it has to learn which thing is meant, in both languages. */
  #refused(step: string, reason: Failure): Came {
    for (const lang of ['ru', 'en'] as const) {
      const text = reason.text(lang);
      if (/\{[a-zA-Z]+\}|undefined|\[object/.test(text)) this.#find(step, `${reason.code} says: ${text}`);
      if (!text.includes('base')) this.#find(step, `${reason.code} does not name its connection: ${text}`);
    }
    return { kind: 'refused', code: reason.code };
  }

  #values(): Record<string, string> {
    const nobody = 'aaaaaaaa-0000-4000-8000-000000000001';
    const choices: Record<string, readonly string[]> = {
      Description: ['Обычный', 'я'.repeat(140), 'Со\u0002кол', "О'Нил", 'Плохой !отказ', '🦅'.repeat(40)],
      'ЧислоСотрудников': ['12', '9223372036854775807', 'много', '-1'],
      'ЛимитДолга': ['0.1', '123456789.25', 'x'],
      'ГоловнойКонтрагент_Key': [textOf([...this.#onec.base.rows(partners)][3]?.['Ref_Key']), nobody, '00000000-0000-0000-0000-000000000000'],
      'ДатаРегистрации': ['2026-01-02T03:04:05', '0001-01-01T00:00:00', 'вчера'],
    };
    return Object.fromEntries(Object.entries(choices).flatMap(([name, values]) => (this.#draw(2) === 0 ? [] : [[name, values[this.#draw(3) > 0 ? 0 : this.#draw(values.length)] ?? '']])));
  }

  async #create(): Promise<void> {
    const mark = `77${String(this.#draw(1_000_000)).padStart(6, '0')}${String((this.#marks += 1)).padStart(2, '0')}`;
    const sent = { Description: 'Новый', ...this.#values(), 'ИНН': mark };
    const properties = { set: partners, verifyBy: ['ИНН'], verifyWaitMs: 1, references: ['refuse', 'warn', 'trust'][this.#draw(3)] ?? 'refuse' };
    const came = await this.#call('create', 'create', properties, sent);
    const made = (): Row[] => [...this.#onec.base.rows(partners)].filter((row) => row['ИНН'] === mark);
    if (came.kind === 'answer') {
      if (made().length !== 1) this.#find('create', `${made().length} rows of one create`);
      this.#compare('create', sent, made()[0] ?? {}, came.response);
    } else if (came.kind === 'refused' && made().length > 0) this.#find('create', `${came.code}, and the row is there`);
    else if (came.kind === 'unknown') {
      if (made().length > 1) this.#find('create', `${made().length} rows of one create`);
      await this.#verify(properties, sent, () => made().length);
    }
  }

  async #verify(properties: ValueObject, sent: ValueObject, count: () => number): Promise<void> {
    try {
      const verdict = await this.#open.verify?.(callOf({ operation: 'create', properties, request: sent }), new AbortController().signal);
      if (verdict?.kind === 'done' && count() !== 1) this.#find('verify', `"done", and ${count()} rows`);
      if (verdict?.kind === 'notDone' && count() !== 0) this.#find('verify', `"not done", and ${count()} rows`);
      this.outcomes.set(`verify ${verdict?.kind}`, (this.outcomes.get(`verify ${verdict?.kind}`) ?? 0) + 1);
    } catch (error) {
      if (!(error instanceof Failure)) this.#find('verify', `exception: ${String(error).slice(0, 200)}`);
    }
  }

  async #update(): Promise<void> {
    const document = this.#draw(2) === 0;
    const set = document ? bills : partners;
    const all = [...this.#onec.base.rows(set)];
    const before = structuredClone(all[this.#draw(all.length)] ?? {});
    const goods = textOf([...this.#onec.base.rows('Catalog_Номенклатура')][0]?.['Ref_Key']);
    const sent: ValueObject = document ? { 'Комментарий': 'изменён', ...(this.#draw(2) === 0 ? { 'Товары': [{ 'Номенклатура_Key': goods, 'Количество': 2 }] } : {}), ...(this.#draw(3) === 0 ? { DeletionMark: true } : {}) } : this.#values();
    if (Object.keys(sent).length === 0) return;
    const came = await this.#call('update', 'update', { set, references: 'warn' }, { Ref_Key: textOf(before['Ref_Key']), ...sent });
    const after = this.#onec.base.find(set, { Ref_Key: textOf(before['Ref_Key']) }) ?? {};
    if (came.kind === 'answer') this.#compare('update', sent, after, came.response);
    else if (came.kind === 'refused' && JSON.stringify({ ...after, DataVersion: '' }) !== JSON.stringify({ ...before, DataVersion: '' })) this.#find('update', `${came.code}, and the row has changed`);
  }

  /** Each field is stored as it was sent, or the answer says that it is not. */
  #compare(step: string, sent: ValueObject, stored: Row, { differences = [], warnings = [], checked }: ValueObject): void {
    if (checked !== true) {
      // Not compared is told, too.
      if (!Array.isArray(warnings) || warnings.length === 0) this.#find(step, 'neither compared nor told');
      return;
    }
    const told = new Set([differences, warnings].flatMap((list) => (Array.isArray(list) ? list : [])).flatMap((one: Value) => (isObject(one) && typeof one['field'] === 'string' ? [one['field'].split(/[.[]/)[0]] : [])));
    for (const [name, value] of Object.entries(sent)) {
      const kept = stored[name];
      const same = Array.isArray(value) ? Array.isArray(kept) && rowsOf(kept).length === value.length : equal(textOf(kept), said(value));
      if (!same && !told.has(name)) this.#find(step, `${name}: ${JSON.stringify(value)} is stored as ${JSON.stringify(kept)}, and nothing says so`);
    }
  }

  async #readAll(operation: 'scan' | 'query'): Promise<void> {
    const set = this.#draw(2) === 0 ? partners : bills;
    const before = new Map([...this.#onec.base.rows(set)].map((row) => [textOf(row['Ref_Key']), textOf(row['Code'] ?? row['Number'])]));
    const seen = new Map<string, string>();
    let cursor: Value = null;
    for (let page = 0; page < 60; page += 1) {
      const came: Came = await this.#call(operation, operation, { set, pageRows: 1 + this.#draw(12) }, { cursor });
      if (came.kind !== 'answer') return;
      for (const row of Array.isArray(came.response['rows']) ? came.response['rows'].filter(isObject) : []) seen.set(said(row['Ref_Key']), said(row['Code'] ?? row['Number']));
      cursor = came.response['next'] ?? null;
      if (cursor === null) break;
    }
    if (cursor !== null) return this.#find(operation, 'no end after 60 pages');
    const lost = [...before].filter(([key]) => !seen.has(key));
    // A plain query says of itself that rows may move between its pages; scan looks after that.
    if (lost.length > 0 && !(operation === 'query' && this.switches.includes('rowsArrive=on'))) this.#find(operation, `${lost.length} rows of ${set} were not read`);
    const present = new Map([...this.#onec.base.rows(set)].map((row) => [textOf(row['Ref_Key']), textOf(row['Code'] ?? row['Number'])]));
    for (const [key, code] of seen) if (present.get(key) !== code) this.#find(operation, `${key} was read as ${code}, it is ${present.get(key)}`);
  }

  /** Somebody changes an object; a package is read, and confirmed unless whoever read it is killed before it has kept it. */
  async #exchange(killed: boolean): Promise<void> {
    if (!this.#calm && this.#draw(3) > 0) {
      const all = [...this.#onec.base.rows(partners)];
      const row = all[this.#draw(all.length)] ?? {};
      const Description = `Изменён ${(this.#marks += 1)}`;
      this.#onec.base.write(partners, { ...row, Description, DataVersion: this.#onec.base.nextVersion() });
      // Nothing is registered without auto-registration, which a client cannot know of.
      if (!this.switches.includes('autoRegistration=off')) this.#changed.set(textOf(row['Ref_Key']), Description);
    }
    const came = await this.#call('exchange', 'selectChanges', { plan, node: this.#node, sets: [partners] }, {});
    if (came.kind !== 'answer' || came.response['messageNo'] === null || killed) return;
    const { changes } = came.response;
    for (const change of Array.isArray(changes) ? changes.filter(isObject) : []) {
      if (isObject(change['key']) && isObject(change['row'])) this.#handedOut.set(said(change['key']['Ref_Key']), said(change['row']['Description']));
    }
    await this.#call('exchange', 'confirmChanges', { plan, node: this.#node }, { messageNo: came.response['messageNo'] ?? null, token: came.response['token'] ?? null });
  }
}

const said = (value: Value | undefined): string => (typeof value === 'string' || typeof value === 'boolean' || typeof value === 'number' ? String(value) : '');

/** Numbers by their value, texts by their signs. */
const equal = (stored: string, sent: string): boolean => stored === sent || (stored !== '' && sent !== '' && /^-?[\d.]+$/.test(stored) && /^-?[\d.]+$/.test(sent) && Number(stored) === Number(sent));
