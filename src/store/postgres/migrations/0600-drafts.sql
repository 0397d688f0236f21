-- Documents that somebody works on: not in force, at most one an object, without a version of their own.
CREATE TABLE zveno.configuration_draft (
  kind text COLLATE "C" NOT NULL,
  name text COLLATE "C" NOT NULL,
  -- Version of the object that the draft began from; 0 when there was none.
  base integer NOT NULL,
  -- As it was typed, mistakes included; null when the object is to be deleted.
  source text,
  owner text NOT NULL,
  -- Counts the savings, so that two windows do not overwrite one another.
  edit integer NOT NULL,
  begun_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  changed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  PRIMARY KEY (kind, name)
);

CREATE INDEX configuration_version_name ON zveno.configuration_version (kind, name, version);
