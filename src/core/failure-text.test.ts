import { expect, it } from 'vitest';
import { failure } from './failure.ts';

it('a refusal of a step names the step; one of a plain write speaks of the template only', () => {
  expect(failure('run.values', { path: 'steps[1].create', template: 'Order' }).text('ru')).toBe('Шаг «steps[1].create»: значения не подходят шаблону «Order».');
  for (const path of ['writes[0].create', 'values', 'row 7']) {
    expect(failure('run.values', { path, template: 'Order' }).text('ru')).toBe('Значения не подходят шаблону «Order».');
    expect(failure('run.values', { path, template: 'Order' }).text('en')).toBe('The values do not fit template "Order".');
  }
});
