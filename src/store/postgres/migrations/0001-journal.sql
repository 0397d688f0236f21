-- The journal: one row a message, its business keys and its remote calls.
-- Class and id name the partition; nothing has a foreign key to or from these tables.

CREATE TABLE zveno.message (
  class smallint NOT NULL CHECK (class BETWEEN 0 AND 3),
  id uuid NOT NULL,
  direction text NOT NULL,
  state text NOT NULL,
  route text COLLATE "C",
  route_version integer,
  route_name text,
  connection_name text,
  scenario_names text[] NOT NULL,
  parent uuid,
  depth integer NOT NULL,
  effect_id text COLLATE "C",
  order_key text COLLATE "C",
  idempotency_key text COLLATE "C",
  caller text NOT NULL,
  received_at timestamptz NOT NULL,
  changed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  content_type text,
  payload bytea,
  payload_blob bytea,
  payload_size bigint,
  reply bytea,
  reply_blob bytea,
  reply_size bigint,
  reply_status integer,
  attempts integer NOT NULL,
  failure_code text,
  failure json,
  trace bytea,
  run_state bytea,
  -- The set that inserted the row: after a connection was lost in COMMIT, the proof that it is there.
  set_id uuid NOT NULL,
  PRIMARY KEY (class, id)
) PARTITION BY LIST (class);

CREATE INDEX message_open ON zveno.message (state, id) WHERE state <> 'done';
CREATE INDEX message_parent ON zveno.message (parent, id) WHERE parent IS NOT NULL;
CREATE INDEX message_payload_blob ON zveno.message (payload_blob) WHERE payload_blob IS NOT NULL;
CREATE INDEX message_reply_blob ON zveno.message (reply_blob) WHERE reply_blob IS NOT NULL;

CREATE TABLE zveno.message_key (
  class smallint NOT NULL CHECK (class BETWEEN 0 AND 3),
  message uuid NOT NULL,
  name text COLLATE "C" NOT NULL,
  value text COLLATE "C" NOT NULL,
  route text COLLATE "C",
  PRIMARY KEY (class, message, name)
) PARTITION BY LIST (class);

CREATE INDEX message_key_value ON zveno.message_key (value, name, message);

CREATE TABLE zveno.remote_call (
  class smallint NOT NULL CHECK (class BETWEEN 0 AND 3),
  run uuid NOT NULL,
  path text COLLATE "C" NOT NULL,
  effect_id text COLLATE "C" NOT NULL,
  request_hash bytea NOT NULL,
  connection_name text NOT NULL,
  route_name text NOT NULL,
  request bytea,
  request_blob bytea,
  request_size bigint,
  intent_set uuid NOT NULL,
  intent_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  outcome bytea,
  outcome_set uuid,
  outcome_at timestamptz,
  PRIMARY KEY (class, run, path)
) PARTITION BY LIST (class);

CREATE INDEX remote_call_request_blob ON zveno.remote_call (request_blob) WHERE request_blob IS NOT NULL;

-- lz4 costs a third of the default's CPU; a server built without it keeps the default.
DO $$
BEGIN
  ALTER TABLE zveno.message ALTER COLUMN payload SET COMPRESSION lz4, ALTER COLUMN reply SET COMPRESSION lz4, ALTER COLUMN trace SET COMPRESSION lz4, ALTER COLUMN run_state SET COMPRESSION lz4;
  ALTER TABLE zveno.remote_call ALTER COLUMN request SET COMPRESSION lz4, ALTER COLUMN outcome SET COMPRESSION lz4;
EXCEPTION WHEN feature_not_supported THEN
  RAISE NOTICE 'lz4 is not available, the default compression stays';
END
$$;

-- Rows that outlive their day live in the default partitions.
DO $$
DECLARE
  base text;
  key text;
  class integer;
BEGIN
  FOR base, key IN VALUES ('message', 'id'), ('message_key', 'message'), ('remote_call', 'run') LOOP
    FOR class IN 0..3 LOOP
      EXECUTE format('CREATE TABLE zveno.%I PARTITION OF zveno.%I FOR VALUES IN (%s) PARTITION BY RANGE (%I)', base || '_c' || class, base, class, key);
      EXECUTE format('CREATE TABLE zveno.%I PARTITION OF zveno.%I DEFAULT', base || '_c' || class || '_default', base || '_c' || class);
    END LOOP;
  END LOOP;
END
$$;

-- What changed in records. Readers follow (xid, seq) up to the oldest transaction under way.
CREATE TABLE zveno.record_change (
  xid xid8 NOT NULL DEFAULT pg_current_xact_id(),
  seq bigint GENERATED ALWAYS AS IDENTITY,
  template text COLLATE "C" NOT NULL,
  record uuid NOT NULL,
  version integer NOT NULL,
  op text NOT NULL,
  attributes text[] NOT NULL,
  origin text NOT NULL,
  changed_by text,
  run uuid,
  set_id uuid NOT NULL,
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (xid, seq)
);

CREATE INDEX record_change_record ON zveno.record_change (record, template, seq);
CREATE INDEX record_change_run ON zveno.record_change (run, seq) WHERE run IS NOT NULL;
