-- The table of the demo's warehouse. The effects ledger beside it is made by the connector's own action createLedger.
CREATE TABLE IF NOT EXISTS shipment (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  order_number text NOT NULL,
  customer_phone text NOT NULL,
  total numeric(20, 2) NOT NULL,
  written_at timestamptz NOT NULL DEFAULT clock_timestamp()
);
