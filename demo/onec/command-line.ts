/** The command line of the simulator: what may be said, what it means, and the help that lists it. */
import { readFileSync } from 'node:fs';
import { parseArgs } from 'node:util';
import { bases } from './bases.ts';
import { exceptionNames, exceptionTable } from './exception-texts.ts';
import { type Pace, paceNames, paceTable } from './pace.ts';
import { quirkNames, quirkTable, turnQuirks, usualQuirks } from './quirks.ts';
import type { User } from './rights.ts';
import type { OnecOptions } from './server.ts';

const options = {
  help: { type: 'boolean', short: 'h' },
  port: { type: 'string', default: '8321' },
  path: { type: 'string', default: '/base' },
  metadata: { type: 'string' },
  seed: { type: 'string', default: '1' },
  size: { type: 'string', multiple: true, default: [] as string[] },
  'part-rows': { type: 'string', default: '3' },
  login: { type: 'string', default: 'odata' },
  password: { type: 'string', default: 'odata' },
  anybody: { type: 'boolean' },
  'no-read': { type: 'string', multiple: true },
  'no-write': { type: 'string', multiple: true },
  'no-field': { type: 'string', multiple: true },
  'no-field-write': { type: 'string', multiple: true },
  plan: { type: 'string', multiple: true, default: [] as string[] },
  unpublished: { type: 'string', multiple: true, default: [] as string[] },
  'some-rows': { type: 'string', multiple: true },
  quirk: { type: 'string', multiple: true, default: [] as string[] },
  pace: { type: 'string', multiple: true, default: [] as string[] },
} as const;

const parse = (words: readonly string[]) => parseArgs({ options, args: [...words] }).values;
type Values = ReturnType<typeof parse>;

export const helpText = (): string => `npm run onec -- [options]: a simulated 1C publication with the standard OData interface.

  --port N             port on 127.0.0.1 (${options.port.default}; 0 takes a free one)
  --path /NAME         path of the publication (${options.path.default})
  --metadata FILE      a 1C $metadata document; a small one of its own unless told
  --seed TEXT          another seed makes another base (${options.seed.default})
  --size N | SET=N     rows of every set (1000), or of one set; may be repeated
  --part-rows N        most rows in a table part (3)
  --login, --password  who may sign in (odata, odata); --anybody asks nobody
  --no-read SET        the user may not read the set; --no-write SET: not change it;
  --some-rows SET      a restriction hides about every seventh row from the user
  --no-field SET.FIELD the user may not see the field; --no-field-write SET.FIELD: not change it
  --plan PLAN=SET,SET  the exchange plan is for changes of these sets; for all unless told; may be repeated
  --unpublished SET    the set is in the base and not in the composition of its interface
  --pace NAME=N        how long things take; may be repeated
  --quirk NAME=on|off  a way of 1C; may be repeated, and turned while it runs:
                       POST /_onec/quirks?NAME=off (GET tells how they stand)

Pace:
${paceNames.map((name) => `  ${name.padEnd(24)}${paceTable[name].value}: ${paceTable[name].says}`).join('\n')}

Quirks, how they stand, and who says that 1C does so (${Object.entries(bases).map(([name, says]) => `${name}: ${says}`).join('; ')}):
${quirkNames.map((name) => `  ${name.padEnd(24)}${quirkTable[name].on ? 'on ' : 'off'} ${quirkTable[name].basis.padEnd(8)} ${quirkTable[name].says}`).join('\n')}

Texts of what fails, and who says that they are worded so (the English ones are translations of ours):
${exceptionNames.map((name) => `  ${exceptionTable[name].basis.padEnd(8)} ${exceptionTable[name].ru}`).join('\n')}
`;

/** What the words ask for; undefined when that is the help. Throws an Error that says what is wrong with them. */
export function onecOptions(words: readonly string[]): OnecOptions | undefined {
  const values = parse(words);
  if (values.help) return undefined;
  const sizes = values.size.map((text) => text.split('='));
  const all = sizes.filter((parts) => parts.length === 1).at(-1)?.[0];
  return {
    port: count('port', values.port),
    path: values.path.replace(/\/+$/, ''),
    metadata: readFileSync(values.metadata ?? new URL('configuration.edmx.xml', import.meta.url), 'utf8').replace(/^\uFEFF/, ''),
    seed: values.seed,
    size: {
      rows: all === undefined ? 1000 : count('size', all),
      bySet: new Map(sizes.filter((parts) => parts.length === 2).map(([set = '', rows = '']) => [set, count('size', rows)])),
      partRows: count('part-rows', values['part-rows']),
    },
    users: values.anybody ? [] : [userOf(values)],
    plans: plansOf(values.plan),
    unpublished: values.unpublished,
    quirks: turnQuirks(usualQuirks(), values.quirk),
    pace: paceOf(values.pace),
  };
}

function userOf(values: Values): User {
  return { login: values.login, password: values.password, unreadable: values['no-read'] ?? [], unwritable: values['no-write'] ?? [], restricted: values['some-rows'] ?? [], hiddenFields: values['no-field'] ?? [], unwritableFields: values['no-field-write'] ?? [] };
}

function plansOf(switches: readonly string[]): ReadonlyMap<string, readonly string[]> {
  const plans = new Map<string, readonly string[]>();
  for (const text of switches) {
    const [plan = '', sets] = text.split('=');
    if (sets === undefined || sets === '') throw new Error(`--plan is PLAN=SET,SET, not "${text}"`);
    plans.set(plan, [...(plans.get(plan) ?? []), ...sets.split(',')]);
  }
  return plans;
}

function paceOf(switches: readonly string[]): Partial<Pace> {
  const pace: Partial<Pace> = {};
  for (const text of switches) {
    const [given = '', value = ''] = text.split('=');
    const name = paceNames.find((known) => known === given);
    if (!name) throw new Error(`there is no pace ${given}; there are: ${paceNames.join(', ')}`);
    if (!/^\d+(\.\d+)?$/.test(value)) throw new Error(`the pace ${name} is a number, not "${value}"`);
    pace[name] = Number(value);
  }
  return pace;
}

function count(name: string, text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw new Error(`--${name} is a whole number, not "${text}"`);
  return Number(text);
}
