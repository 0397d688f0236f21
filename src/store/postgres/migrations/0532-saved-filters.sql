-- Conditions that people keep by a name, for themselves or for the roles they name. They are data, not configuration:
-- whoever publishes a template finds out from them whom a removed attribute concerns.
CREATE TABLE zveno.saved_filter (
  id uuid PRIMARY KEY,
  -- Id of the template.
  template text COLLATE "C" NOT NULL,
  name text COLLATE "C" NOT NULL,
  -- Id of the account.
  owner uuid NOT NULL,
  -- Names of the roles whose holders may use it; empty for the owner alone.
  roles text[] COLLATE "C" NOT NULL DEFAULT '{}',
  -- JSON as it was given, numbers with all their digits.
  definition text NOT NULL,
  -- Counts the savings, so that two windows do not overwrite one another.
  edit integer NOT NULL DEFAULT 1,
  created_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  changed_at timestamptz NOT NULL DEFAULT clock_timestamp(),
  UNIQUE (template, owner, name)
);
