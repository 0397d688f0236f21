-- When the other side will refuse a secret, as far as somebody has said.
ALTER TABLE zveno.secret ADD COLUMN expires_at timestamptz;
