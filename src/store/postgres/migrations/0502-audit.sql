-- What was done and refused. Nobody changes a row; only the platform's own retention takes old ones away, and says so by a setting of its transaction.
CREATE TABLE zveno.audit (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  at timestamptz NOT NULL DEFAULT clock_timestamp(),
  account uuid,
  actor text COLLATE "C" NOT NULL,
  via text COLLATE "C" NOT NULL,
  address text,
  request text,
  action text COLLATE "C" NOT NULL,
  kind text COLLATE "C",
  name text COLLATE "C",
  changes json,
  outcome text COLLATE "C" NOT NULL,
  code text COLLATE "C",
  count integer NOT NULL DEFAULT 1
);
CREATE INDEX audit_at ON zveno.audit (at);
CREATE INDEX audit_actor ON zveno.audit (actor, id);
CREATE INDEX audit_object ON zveno.audit (kind, name, id);

CREATE FUNCTION zveno.audit_stays() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP = 'DELETE' AND current_setting('zveno.audit_retention', true) = 'on' THEN RETURN OLD; END IF;
  RAISE EXCEPTION 'rows of zveno.audit are not changed' USING ERRCODE = 'insufficient_privilege';
END
$$;
CREATE TRIGGER audit_stays BEFORE UPDATE OR DELETE ON zveno.audit FOR EACH ROW EXECUTE FUNCTION zveno.audit_stays();
CREATE TRIGGER audit_not_emptied BEFORE TRUNCATE ON zveno.audit FOR EACH STATEMENT EXECUTE FUNCTION zveno.audit_stays();
