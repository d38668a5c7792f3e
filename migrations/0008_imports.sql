-- Imports that go on after their upload was answered. Which replica does one does not matter to who asks: all is told here.
CREATE TABLE imports (
    id uuid PRIMARY KEY,
    tenant text NOT NULL,
    -- Of the network to be.
    name text NOT NULL,
    format text NOT NULL,
    state text NOT NULL CHECK (state IN ('running', 'stored', 'failed', 'cancelled')),
    -- How far it is: what it is at, and how much of that is done of how much (0: not known).
    step text NOT NULL,
    done bigint NOT NULL,
    total bigint NOT NULL,
    -- What came of it: no reference, as networks may be deleted later.
    network_id uuid,
    problem json,
    created_at timestamptz NOT NULL,
    -- When the replica that does it was last heard of.
    heard_at timestamptz NOT NULL,
    ended_at timestamptz
);

CREATE INDEX imports_tenant_idx ON imports (tenant, created_at DESC);
CREATE INDEX imports_running_idx ON imports (id) WHERE state = 'running';

INSERT INTO schema_compatibility (version, works_from) VALUES (8, 1);
