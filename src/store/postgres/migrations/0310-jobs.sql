-- Bulk work. A job's row is written in the commits of its effect sets; its timer is what a worker holds.
CREATE TABLE zveno.job (
  id uuid PRIMARY KEY,
  no bigint GENERATED ALWAYS AS IDENTITY UNIQUE,
  kind text COLLATE "C" NOT NULL,
  subject text COLLATE "C",
  state text NOT NULL,
  input text NOT NULL,
  file bytea,
  file_blob bytea,
  file_size bigint,
  checkpoint text NOT NULL,
  done bigint NOT NULL DEFAULT 0,
  total bigint,
  failed bigint NOT NULL DEFAULT 0,
  problem_budget bigint,
  started_by text NOT NULL,
  attempts integer NOT NULL DEFAULT 0,
  failure json,
  result text NOT NULL DEFAULT 'null',
  -- What it waits for when it makes no progress: kind and name.
  waits_kind text,
  waits_about text,
  node text,
  queued_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  started_at timestamptz,
  progressed_at timestamptz,
  ended_at timestamptz,
  -- Since the present worker took it: speed is counted from here.
  leg_at timestamptz,
  leg_done bigint
) WITH (fillfactor = 70);

CREATE INDEX job_open ON zveno.job (state, no) WHERE state IN ('queued', 'running', 'waiting');
CREATE INDEX job_ended ON zveno.job (ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX job_file_blob ON zveno.job (file_blob) WHERE file_blob IS NOT NULL;

CREATE TABLE zveno.job_problem (
  job uuid NOT NULL REFERENCES zveno.job (id) ON DELETE CASCADE,
  no bigint GENERATED ALWAYS AS IDENTITY,
  place text NOT NULL,
  failure json NOT NULL,
  source text,
  PRIMARY KEY (job, no)
);

CREATE INDEX timer_kind ON zveno.timer (kind, due_at);
