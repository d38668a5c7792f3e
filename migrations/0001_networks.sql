-- Road networks. Immutable once stored: a row is inserted whole, read, or deleted whole.

CREATE TABLE networks (
    id uuid PRIMARY KEY,
    name text NOT NULL,
    -- The import format it came in: line-coverage, geojson or sample-town.
    source text NOT NULL,
    -- What the import read, merged and left out. json, not jsonb: it is handed out as it came.
    summary json NOT NULL,
    -- Where the local plane touches the Earth.
    origin_lon double precision NOT NULL,
    origin_lat double precision NOT NULL,
    node_count integer NOT NULL,
    junction_count integer NOT NULL,
    segment_count integer NOT NULL,
    length_m double precision NOT NULL,
    west double precision NOT NULL,
    south double precision NOT NULL,
    east double precision NOT NULL,
    north double precision NOT NULL,
    created_at timestamptz NOT NULL,
    CONSTRAINT networks_name_key UNIQUE (name)
);

CREATE TABLE network_nodes (
    network_id uuid NOT NULL REFERENCES networks (id) ON DELETE CASCADE,
    position integer NOT NULL,
    source_id text NOT NULL,
    lon double precision NOT NULL,
    lat double precision NOT NULL,
    x_m double precision NOT NULL,
    y_m double precision NOT NULL,
    PRIMARY KEY (network_id, position)
);

CREATE TABLE network_segments (
    network_id uuid NOT NULL REFERENCES networks (id) ON DELETE CASCADE,
    position integer NOT NULL,
    -- Positions of the polyline's nodes. Lengths follow from them and are not stored.
    nodes integer[] NOT NULL,
    oneway boolean NOT NULL,
    speed_limit_mps double precision,
    name text,
    source_ids text[] NOT NULL,
    blockage_probability double precision NOT NULL,
    PRIMARY KEY (network_id, position)
);
