-- Who this installation is, and whether it stands still until a person confirms that it may act.
-- A copy of a database knows everything that the original knows and must not send it all again by itself.
CREATE TABLE zveno.instance (
  only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
  id uuid NOT NULL DEFAULT gen_random_uuid(),
  -- Where its database was seen last; null until a platform has run on it.
  place text,
  paused_at timestamptz,
  -- restored | copied | moved
  paused_why text,
  -- The moment as of which its data are.
  data_as_of timestamptz,
  confirmed_at timestamptz,
  confirmed_by text,
  CHECK ((paused_at IS NULL) = (paused_why IS NULL))
);

INSERT INTO zveno.instance DEFAULT VALUES;
