-- Digests of what the machine says of itself where the database lies: a clone of a whole disk has the same files, but not the same machine.
ALTER TABLE zveno.instance ADD COLUMN hardware text, ADD COLUMN machine text;
