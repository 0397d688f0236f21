-- What only one node at a time may do at a remote system, and what the one before it left: a row a thing.
CREATE TABLE zveno.remote_turns (
  connection uuid NOT NULL,
  name text NOT NULL,
  -- Of the turn that is being taken; null when none is.
  holder uuid,
  -- A node that died gives its turn back by then.
  held_until timestamptz NOT NULL DEFAULT '-infinity',
  left_behind jsonb NOT NULL DEFAULT 'null'::jsonb,
  PRIMARY KEY (connection, name)
);
