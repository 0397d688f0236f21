/** What an aggregate can figure out, and how it rounds times. */
export const aggregateOps = ['count', 'countDistinct', 'sum', 'avg', 'min', 'max'] as const;
export type AggregateOp = (typeof aggregateOps)[number];
export const dateUnits = ['hour', 'day', 'week', 'month', 'quarter', 'year'] as const;
export type DateUnit = (typeof dateUnits)[number];
