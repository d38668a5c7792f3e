-- Processes that serve missions over this database. Each renews its row every second; one whose time is over is dead.
CREATE TABLE replicas (
    id uuid PRIMARY KEY,
    alive_until timestamptz NOT NULL
) WITH (fillfactor = 50);

-- Which replica plans a mission, as long as it is alive. A table of its own: the rows of missions change with their logs only.
CREATE TABLE mission_leases (
    mission_id uuid PRIMARY KEY REFERENCES missions (id) ON DELETE CASCADE,
    replica_id uuid NOT NULL
);

-- Rows that change with every event find room beside their old versions, and are cleaned up often.
ALTER TABLE missions SET (fillfactor = 50, autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 500);
ALTER TABLE vehicle_positions SET (autovacuum_vacuum_scale_factor = 0.02, autovacuum_vacuum_threshold = 500);

-- Events are inserted for missions whose row the same statement has just changed, so a reference cannot dangle; checking it
-- again for every event cost a quarter of the whole insert. Whoever deletes a mission deletes its events.
ALTER TABLE mission_events DROP CONSTRAINT mission_events_mission_id_fkey;
