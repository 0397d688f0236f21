-- Pending work. Presence of a row is its state; rows live short, so these tables are vacuumed eagerly.

CREATE SEQUENCE zveno.fence AS bigint;

CREATE TABLE zveno.inbox_queue (
  message uuid PRIMARY KEY,
  scope text COLLATE "C" NOT NULL,
  connection text COLLATE "C",
  order_key text COLLATE "C",
  order_no bigint,
  due_at timestamptz NOT NULL,
  attempts integer NOT NULL DEFAULT 0,
  owner text COLLATE "C",
  lease_until timestamptz,
  fence bigint NOT NULL DEFAULT 0,
  blocked boolean NOT NULL DEFAULT false,
  out_of_order boolean NOT NULL DEFAULT false,
  CHECK ((order_key IS NULL) = (order_no IS NULL)),
  CHECK ((owner IS NULL) = (lease_until IS NULL))
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 500, autovacuum_vacuum_cost_delay = 0);

CREATE TABLE zveno.outbox_queue (LIKE zveno.inbox_queue INCLUDING ALL)
WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 500, autovacuum_vacuum_cost_delay = 0);

CREATE INDEX inbox_queue_due ON zveno.inbox_queue (due_at) WHERE NOT blocked;
CREATE INDEX outbox_queue_due ON zveno.outbox_queue (due_at) WHERE NOT blocked;
CREATE UNIQUE INDEX inbox_queue_order ON zveno.inbox_queue (order_key, scope, order_no) WHERE order_key IS NOT NULL;
CREATE UNIQUE INDEX outbox_queue_order ON zveno.outbox_queue (order_key, scope, order_no) WHERE order_key IS NOT NULL;

CREATE TABLE zveno.timer (
  id text COLLATE "C" PRIMARY KEY,
  kind text NOT NULL,
  payload text NOT NULL,
  due_at timestamptz NOT NULL,
  attempts integer NOT NULL DEFAULT 0,
  owner text COLLATE "C",
  lease_until timestamptz,
  fence bigint NOT NULL DEFAULT 0,
  CHECK ((owner IS NULL) = (lease_until IS NULL))
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.01, autovacuum_vacuum_threshold = 500, autovacuum_vacuum_cost_delay = 0);

CREATE INDEX timer_due ON zveno.timer (due_at);

-- Messages parked for a person, with their place in the order of their key.
CREATE TABLE zveno.dead_letter (
  message uuid PRIMARY KEY,
  queue text NOT NULL,
  scope text COLLATE "C" NOT NULL,
  connection text COLLATE "C",
  order_key text COLLATE "C",
  order_no bigint,
  blocks boolean NOT NULL,
  parked_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- The last number given under each key. Its row is locked by the commit that takes a number, so numbers are in the order of commits.
CREATE TABLE zveno.order_key (
  key text COLLATE "C" NOT NULL,
  scope text COLLATE "C" NOT NULL,
  queue text NOT NULL,
  last_no bigint NOT NULL,
  changed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (key, scope, queue)
) WITH (fillfactor = 70, autovacuum_vacuum_scale_factor = 0.02);

-- Counters that were forgotten begin again above every number they ever gave.
CREATE TABLE zveno.order_floor (no bigint NOT NULL);
CREATE UNIQUE INDEX order_floor_one ON zveno.order_floor ((true));
INSERT INTO zveno.order_floor (no) VALUES (0);

CREATE TABLE zveno.idempotency (
  key text COLLATE "C" NOT NULL,
  caller text COLLATE "C" NOT NULL,
  route text COLLATE "C" NOT NULL,
  body_hash bytea NOT NULL,
  message uuid NOT NULL,
  state text NOT NULL,
  reply bytea,
  reply_blob bytea,
  reply_size bigint,
  reply_status integer,
  expires_at timestamptz NOT NULL,
  PRIMARY KEY (key, caller, route)
) WITH (fillfactor = 85, autovacuum_vacuum_scale_factor = 0.05);

CREATE INDEX idempotency_expiry ON zveno.idempotency (expires_at);
CREATE INDEX idempotency_reply_blob ON zveno.idempotency (reply_blob) WHERE reply_blob IS NOT NULL;

-- Proof that a set was committed, for sets that leave no other row of their own behind.
CREATE TABLE zveno.set_mark (
  id uuid PRIMARY KEY,
  at timestamptz NOT NULL DEFAULT clock_timestamp()
) WITH (autovacuum_vacuum_scale_factor = 0.05);

CREATE TABLE zveno.blob (
  hash bytea PRIMARY KEY,
  size bigint NOT NULL,
  stored_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  -- The last time a set named it; the collector leaves fresh ones alone.
  named_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

CREATE INDEX blob_named ON zveno.blob (named_at);

CREATE TABLE zveno.node (
  node text COLLATE "C" PRIMARY KEY,
  boot text NOT NULL,
  started_at timestamptz NOT NULL DEFAULT clock_timestamp()
);

-- Raises when a statement touched another number of rows than it had to: an error is the only way to
-- stop a COMMIT that is already on the wire.
CREATE FUNCTION zveno.expect_rows(actual bigint, wanted bigint) RETURNS void LANGUAGE plpgsql AS $$
BEGIN
  IF actual <> wanted THEN
    RAISE EXCEPTION 'expected % rows, got %', wanted, actual USING ERRCODE = 'ZV001';
  END IF;
END
$$;
