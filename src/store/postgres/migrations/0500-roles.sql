-- Roles and groups are objects of the configuration; which account has which is data and stands here, by name.
ALTER TABLE zveno.account
  ADD COLUMN roles text[] NOT NULL DEFAULT '{}',
  ADD COLUMN groups text[] NOT NULL DEFAULT '{}';

-- Whoever managed accounts could give himself everything: he is a system administrator by name now.
UPDATE zveno.account SET roles = ARRAY['systemAdministrators'] WHERE 'accounts.edit' = ANY (permissions);

-- What one permission allowed before is several now.
UPDATE zveno.account SET permissions = permissions || ARRAY['code.edit', 'connections.run', 'configuration.view'] WHERE 'configuration.edit' = ANY (permissions);
UPDATE zveno.api_token SET scopes = scopes || ARRAY['code.edit', 'connections.run', 'configuration.view'] WHERE 'configuration.edit' = ANY (scopes);
UPDATE zveno.api_token SET scopes = scopes || ARRAY['accounts.view', 'secrets.edit', 'secrets.view', 'roles.edit', 'roles.view', 'audit.view'] WHERE 'accounts.edit' = ANY (scopes);
