-- Whether record triggers run for what the job writes.
ALTER TABLE zveno.job ADD COLUMN triggers boolean NOT NULL DEFAULT true;
