-- Where a mission stands is told by the last event of its log. The rows of missions say it too, but where one replica is alone they follow
-- it about a second later: to write them with each report cost a third of the whole statement.
--
-- Set on the last event of what is written together without the mission's row: what the row would say. Without it the row says it.
ALTER TABLE mission_events ADD COLUMN planning_seq bigint, ADD COLUMN planned_seq bigint;

-- Programs from before go by the rows alone. What they add to a log whose row is behind is refused until the row has followed.
INSERT INTO schema_compatibility (version, works_from) VALUES (10, 6);
