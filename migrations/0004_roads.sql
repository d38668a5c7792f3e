-- What kind of road a segment is, by OpenStreetMap's words; null and false where the source says nothing.
ALTER TABLE network_segments
    ADD COLUMN highway text,
    ADD COLUMN surface text,
    ADD COLUMN bridge boolean NOT NULL DEFAULT false,
    ADD COLUMN tunnel boolean NOT NULL DEFAULT false,
    ADD COLUMN ford boolean NOT NULL DEFAULT false;
