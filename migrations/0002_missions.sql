-- Missions. The truth is the event log; every column of missions follows from it and is written in the same statement.

CREATE TABLE missions (
    id uuid PRIMARY KEY,
    network_id uuid NOT NULL,
    name text NOT NULL,
    status text NOT NULL,
    seq bigint NOT NULL,
    revision bigint NOT NULL,
    version bigint NOT NULL,
    -- The last event that calls for a new plan, and up to where the latest plan takes the log into account.
    planning_seq bigint NOT NULL,
    planned_seq bigint NOT NULL,
    -- When the next closing expires.
    next_expiry_at timestamptz,
    created_at timestamptz NOT NULL,
    changed_at timestamptz NOT NULL,
    CONSTRAINT missions_network_id_fkey FOREIGN KEY (network_id) REFERENCES networks (id)
);

CREATE INDEX missions_network_id_idx ON missions (network_id);

-- What the sweep looks for: both are empty nearly always.
CREATE INDEX missions_unplanned_idx ON missions (id) WHERE status = 'active' AND planned_seq < planning_seq;
CREATE INDEX missions_next_expiry_idx ON missions (next_expiry_at) WHERE next_expiry_at IS NOT NULL;

CREATE TABLE mission_events (
    mission_id uuid NOT NULL REFERENCES missions (id) ON DELETE CASCADE,
    seq bigint NOT NULL,
    kind text NOT NULL,
    revision bigint NOT NULL,
    -- json, not jsonb: numbers and order stay as written, and streams pass the text on unparsed.
    body json NOT NULL,
    recorded_at timestamptz NOT NULL,
    -- Set on reports: a report is in the log once, however often it is sent.
    report_id uuid,
    PRIMARY KEY (mission_id, seq)
);

CREATE UNIQUE INDEX mission_events_report_id_key ON mission_events (mission_id, report_id) WHERE report_id IS NOT NULL;

-- Latest positions, one row a vehicle. Not part of the log.
CREATE TABLE vehicle_positions (
    mission_id uuid NOT NULL REFERENCES missions (id) ON DELETE CASCADE,
    vehicle text NOT NULL,
    observed_at timestamptz NOT NULL,
    fix json NOT NULL,
    PRIMARY KEY (mission_id, vehicle)
) WITH (fillfactor = 50);

-- Answers to repeated creates.
CREATE TABLE idempotency_keys (
    -- What is created: network or mission.
    scope text NOT NULL,
    key text NOT NULL,
    request_digest bytea NOT NULL,
    resource_id uuid NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT idempotency_keys_pkey PRIMARY KEY (scope, key)
);

CREATE INDEX idempotency_keys_created_at_idx ON idempotency_keys (created_at);
