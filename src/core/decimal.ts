/** Exact decimal numbers: 34 significant digits, half-up. */
import { Decimal as Base } from 'decimal.js';

export const Decimal = Base.clone({ precision: 34, rounding: Base.ROUND_HALF_UP, toExpNeg: -1000, toExpPos: 1000 });
export type Decimal = InstanceType<typeof Decimal>;
export type Rounding = Base.Rounding;
