-- Networks in the form in which they are loaded: some megabytes of nodes or of segments a row, packed as store/network_pack says. The
-- rows of network_nodes and network_segments stay beside it, for programs that do not know it. Whoever deletes the network deletes it too.
CREATE TABLE network_chunks (
    network_id uuid NOT NULL REFERENCES networks (id) ON DELETE CASCADE,
    -- Which way of packing; a program passes over ways that it does not know.
    form smallint NOT NULL,
    -- Nodes (0) or segments (1).
    kind smallint NOT NULL,
    position integer NOT NULL,
    -- CRC-32 of the bytes.
    checksum bigint NOT NULL,
    bytes bytea NOT NULL,
    PRIMARY KEY (network_id, form, kind, position)
);

-- Packed already: to look for something to compress would take longer than all the rest.
ALTER TABLE network_chunks ALTER COLUMN bytes SET STORAGE EXTERNAL;

INSERT INTO schema_compatibility (version, works_from) VALUES (9, 1);
