-- What kind of road a segment is, by OpenStreetMap's words; null and false where the source says nothing.
ALTER TABLE network_segments
    ADD COLUMN highway text,
    ADD COLUMN surface text,
    ADD COLUMN bridge boolean NOT NULL DEFAULT false,
    ADD COLUMN tunnel boolean NOT NULL DEFAULT false,
    ADD COLUMN ford boolean NOT NULL DEFAULT false;

-- A row of a network is written in the transaction of its network and deleted in the statement that deletes it. A foreign key
-- would be looked up for every one of millions of rows, and that takes longer than to store them.
ALTER TABLE network_nodes DROP CONSTRAINT network_nodes_network_id_fkey;
ALTER TABLE network_segments DROP CONSTRAINT network_segments_network_id_fkey;
