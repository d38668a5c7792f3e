-- Which programs work with the schema after each migration, from this one on: those whose own newest migration is at least
-- `works_from`. Every migration inserts its row. One that only adds (tables, columns that are null or have a default, indexes) names
-- 6 or whatever the one before it names; one that takes away what an older program uses names the oldest that no longer does.
CREATE TABLE schema_compatibility (
    version bigint PRIMARY KEY,
    works_from bigint NOT NULL
);

INSERT INTO schema_compatibility (version, works_from) VALUES (6, 1);
-- Made at the same time as this one, and may have been applied before it.
INSERT INTO schema_compatibility (version, works_from) VALUES (7, 1);

-- Who changed what. Written in the transaction of the change. Reports and positions are not here: the logs have them.
CREATE TABLE audit (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
    at timestamptz NOT NULL,
    principal text NOT NULL,
    tenant text,
    -- Where the request came from, and under which id it is in the access log. Both null for what was done at a terminal.
    address text,
    request_id text,
    -- What was done, such as mission.cancelled, and to what, such as mission/01938a6e-...
    action text NOT NULL,
    object text NOT NULL,
    detail json NOT NULL
);

CREATE INDEX audit_at_idx ON audit (at);
CREATE INDEX audit_object_idx ON audit (object, id);
CREATE INDEX audit_principal_idx ON audit (principal, id);

-- Work that one replica at a time does for all.
CREATE TABLE chores (
    name text PRIMARY KEY,
    replica_id uuid NOT NULL,
    held_until timestamptz NOT NULL
);

-- Missions that retention has exported and taken out of `missions`, and whose events are being deleted, a few at a time.
CREATE TABLE retired_missions (
    id uuid PRIMARY KEY,
    seq bigint NOT NULL,
    retired_at timestamptz NOT NULL
);

-- What retention looks for.
CREATE INDEX missions_ended_idx ON missions (changed_at) WHERE status IN ('arrived', 'cancelled');
