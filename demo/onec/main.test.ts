import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { paceNames } from './pace.ts';
import { quirkNames } from './quirks.ts';

const program = fileURLToPath(new URL('main.ts', import.meta.url));
const run = promisify(execFile);

test('the help lists every quirk and every pace', async () => {
  const { stdout } = await run(process.execPath, [program, '--help']);
  for (const name of [...quirkNames, ...paceNames, '--port', '--seed', '--size', '--metadata']) expect(stdout).toContain(` ${name} `);
});

test.each([
  [['--quirk', 'no=off'], 'there is no quirk no'], [['--pace', 'rowMs=slow'], 'the pace rowMs is a number'], [['--pace', 'no=1'], 'there is no pace no'],
  [['--size', 'many'], '--size is a whole number'], [['--plan', 'ExchangePlan_ОбменССайтом'], '--plan is PLAN=SET,SET'], [['--no-field', 'Catalog_Склады'], 'say SET.FIELD'], [['--metadata', '/nowhere.xml'], 'ENOENT'], [['--metadata', program], 'onec:'], [['--what'], '--what'],
])('%j is refused in a sentence', async (words, says) => {
  await expect(run(process.execPath, [program, ...words])).rejects.toMatchObject({ code: 1, stderr: expect.stringContaining(says) });
});

test('it starts, tells its address, asks for a sign-in, and ends when it is told to', async () => {
  const child = spawn(process.execPath, [program, '--port', '0', '--size', '3', '--size', 'Catalog_Склады=5', '--pace', 'timeScale=0', '--login', 'Иван', '--password', 'п'], { stdio: ['ignore', 'pipe', 'inherit'] });
  const [line] = (await once(createInterface(child.stdout), 'line')) as [string];
  const { url } = JSON.parse(line) as { url: string };
  expect((await fetch(url)).status).toBe(401);
  const headers = { authorization: `Basic ${Buffer.from('Иван:п').toString('base64')}` };
  expect(await (await fetch(`${url}/${encodeURI('Catalog_Склады')}/$count`, { headers })).text()).toBe('5');
  expect(await (await fetch(`${url}/${encodeURI('Catalog_Контрагенты')}/$count`, { headers })).text()).toBe('3');
  child.kill('SIGTERM');
  expect(await once(child, 'exit')).toEqual([0, null]);
});
