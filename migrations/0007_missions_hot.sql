-- A mission's row changes with every report. As long as no index, nor the condition of one, has a column that changes with it,
-- Postgres writes the new version beside the old one and touches no index. So what the sweep looks for is found among the
-- active missions, of which there are few.
DROP INDEX missions_unplanned_idx;
CREATE INDEX missions_active_idx ON missions (id) WHERE status = 'active';
