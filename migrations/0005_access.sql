-- Who may do what: tenants, keys, sessions.

-- What was there before tenants belongs to the default one; so does what a replica of the version before still adds.
ALTER TABLE networks ADD COLUMN tenant text NOT NULL DEFAULT 'default';
ALTER TABLE networks DROP CONSTRAINT networks_name_key;
ALTER TABLE networks ADD CONSTRAINT networks_name_key UNIQUE (tenant, name);
-- For the reference of missions, below.
ALTER TABLE networks ADD CONSTRAINT networks_tenant_key UNIQUE (id, tenant);

ALTER TABLE missions ADD COLUMN tenant text NOT NULL DEFAULT 'default';
-- A mission runs on a network of its own tenant; the database sees to it as well.
ALTER TABLE missions DROP CONSTRAINT missions_network_id_fkey;
ALTER TABLE missions ADD CONSTRAINT missions_network_id_fkey
    FOREIGN KEY (network_id, tenant) REFERENCES networks (id, tenant);
-- Lists are of a tenant, newest first.
CREATE INDEX missions_tenant_idx ON missions (tenant, id);

ALTER TABLE idempotency_keys ADD COLUMN tenant text NOT NULL DEFAULT 'default';
ALTER TABLE idempotency_keys DROP CONSTRAINT idempotency_keys_pkey;
ALTER TABLE idempotency_keys ADD CONSTRAINT idempotency_keys_pkey PRIMARY KEY (tenant, scope, key);

-- API keys. A row stays when its key is revoked: what a key has done is told by its id, and a service that once had keys
-- never opens again by losing the last.
CREATE TABLE api_keys (
    id uuid PRIMARY KEY,
    tenant text NOT NULL,
    name text NOT NULL,
    role text NOT NULL,
    -- The one mission and vehicle that a vehicle's key is for.
    mission_id uuid,
    vehicle text,
    -- SHA-256 of the whole key.
    digest bytea NOT NULL,
    created_at timestamptz NOT NULL,
    created_by text NOT NULL,
    expires_at timestamptz,
    revoked_at timestamptz,
    last_used_at timestamptz,
    CONSTRAINT api_keys_digest_key UNIQUE (digest),
    CONSTRAINT api_keys_role_check CHECK (role IN ('vehicle', 'viewer', 'operator', 'admin')),
    CONSTRAINT api_keys_binding_check CHECK (
        (role = 'vehicle') = (mission_id IS NOT NULL) AND (mission_id IS NULL) = (vehicle IS NULL))
);

CREATE INDEX api_keys_tenant_idx ON api_keys (tenant, id);

-- Logins of the page.
CREATE TABLE sessions (
    -- SHA-256 of the cookie's value.
    digest bytea PRIMARY KEY,
    tenant text NOT NULL,
    key_id uuid NOT NULL REFERENCES api_keys (id) ON DELETE CASCADE,
    created_at timestamptz NOT NULL,
    last_used_at timestamptz NOT NULL
);

CREATE INDEX sessions_key_id_idx ON sessions (key_id);
CREATE INDEX sessions_last_used_at_idx ON sessions (last_used_at);

-- Counts the changes of both, so that replicas see with one small look whether there are any.
CREATE TABLE access_changes (
    only_row boolean PRIMARY KEY DEFAULT true CHECK (only_row),
    version bigint NOT NULL
);
INSERT INTO access_changes (version) VALUES (0);
