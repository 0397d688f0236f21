import fc from 'fast-check';
import { expect, it } from 'vitest';
import { formulaMarked, formulaUnmarked } from './formula-mark.ts';

it('marks what a spreadsheet would compute, and nothing else', () => {
  expect(['=1+1', '+79001234567', '-5 %', '@x', '\tx', "'=x"].map(formulaMarked)).toEqual(["'=1+1", "'+79001234567", "'-5 %", "'@x", "'\tx", "''=x"]);
  expect(['a=b', '', "O'Neil", "'quoted'", ' =x'].map(formulaMarked)).toEqual(['a=b', '', "O'Neil", "'quoted'", ' =x']);
});

it('comes in as it went out, whatever it is, and is never a formula on its way', () => {
  fc.assert(fc.property(fc.oneof(fc.string(), fc.stringMatching(/^'{0,3}[=+@-]?.{0,5}$/)), (text) => {
    expect(formulaUnmarked(formulaMarked(text))).toBe(text);
    expect(formulaMarked(text)).not.toMatch(/^[=+\-@\t\r]/);
  }));
});
