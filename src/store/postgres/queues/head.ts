/**
 * Of each order key only the head is taken: a row that was taken before, else the smallest number while no other row of the key
 * is held. A parked head that blocks stays the smallest number, and so stops its key.
 */
export const headOf = (table: string): string => `(q.order_key IS NULL OR q.owner IS NOT NULL OR NOT EXISTS (
  SELECT 1 FROM ${table} o WHERE o.order_key = q.order_key AND o.scope = q.scope AND o.message <> q.message AND (o.order_no < q.order_no OR o.owner IS NOT NULL)))`;
