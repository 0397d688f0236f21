import { expect, test } from 'vitest';
import { runAnswers } from './answers/campaign.ts';
import { type Answer, damaged, damages, drawing } from './answers/damage.ts';

test('spoiled answers of a simulated 1C are read right or refused with a code: no crash, no hang, no row lost in silence', async () => {
  const { outcomes, findings } = await runAnswers({ runs: 250, seed: 20_261_128, tell: () => undefined });
  expect(findings).toEqual([]);
  expect([...outcomes.values()].reduce((sum, count) => sum + count, 0)).toBe(250);
  expect(outcomes.get('connection.malformedResponse')).toBeGreaterThan(50);
}, 120_000);

test('each kind of damage spoils an answer, the same way for the same seed', () => {
  const answer: Answer = { type: 'application/json', body: Buffer.from('{"value":[{"Id":"1","Name":"имя"}]}') };
  for (const damage of damages) {
    const [one, again] = [damaged(answer, damage, drawing(7)), damaged(answer, damage, drawing(7))];
    expect(one).toEqual(again);
    expect([Buffer.from(one.body).equals(answer.body), one.type === answer.type, one.headers === undefined]).not.toEqual([true, true, true]);
  }
});
