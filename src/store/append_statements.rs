//! The statements that add to logs. All begin with the columns of events ([`super::append`] binds them): the first seven parameters.

/// Adds reports and plans without a look at any row of missions. That each log goes on without a gap, and has each number once, follows
/// from two things: the events before these were seen in it, by whoever sends this ([`super::LogAppend::known_in`]), and nothing takes
/// events out of the middle of a log; and the key of events is the mission and the number. If one of the numbers is taken, nothing is
/// stored.
///
/// The columns are unnested side by side in the list of what is selected: in `FROM` each would be put into a table of its own first, a sixth
/// of the statement's time.
pub(super) const CONTINUE: &str = "INSERT INTO mission_events (mission_id, seq, kind, revision, body, recorded_at, report_id, planning_seq,
                                 planned_seq)
     SELECT unnest($1::uuid[]), unnest($2::bigint[]), unnest($3::text[]), unnest($4::bigint[]), unnest($5::text[])::json,
            unnest($6::timestamptz[]), unnest($7::uuid[]), unnest($8::bigint[]), unnest($9::bigint[])";

/// Whether a mission's log ends where `new` expects it to. Its row may be behind the log, never ahead of it. That the row has not gone
/// past is also seen after a wait for its lock, when what the log says is older.
macro_rules! ends_where_expected {
    () => {
        "missions.seq <= new.expected_seq AND new.expected_seq = COALESCE((
             SELECT max(event.seq) FROM mission_events AS event WHERE event.mission_id = missions.id), 0) "
    };
}

/// The part of a statement that adds the events of those logs that have grown.
macro_rules! added {
    () => {
        "added AS (
             INSERT INTO mission_events (mission_id, seq, kind, revision, body, recorded_at, report_id)
             SELECT event.mission_id, event.seq, event.kind, event.revision, event.body::json, event.recorded_at,
                    event.report_id
             FROM unnest($1::uuid[], $2::bigint[], $3::text[], $4::bigint[], $5::text[], $6::timestamptz[], $7::uuid[])
                  AS event (mission_id, seq, kind, revision, body, recorded_at, report_id)
             JOIN grown ON grown.id = event.mission_id
         )"
    };
}

/// The statement for what only advances: no lock before the change, and no column that stays as it is.
pub(super) const ADVANCE: &str = concat!(
    "WITH grown AS (
         UPDATE missions SET seq = new.seq, revision = new.revision, planning_seq = new.planning_seq,
                             planned_seq = new.planned_seq
         FROM unnest($8::uuid[], $9::bigint[], $10::bigint[], $11::bigint[], $12::bigint[], $13::bigint[])
              AS new (id, expected_seq, seq, revision, planning_seq, planned_seq)
         WHERE missions.id = new.id AND ",
    ends_where_expected!(),
    "RETURNING missions.id
     ), ",
    added!(),
    " SELECT id FROM grown"
);

/// The statement that adds to logs, with what else it is to do.
macro_rules! append_statement {
    ($also:literal) => {
        concat!(
            "WITH new AS MATERIALIZED (
             SELECT * FROM unnest($8::uuid[], $9::text[], $10::text[], $11::bigint[], $12::bigint[], $13::bigint[],
                                  $14::bigint[], $15::bigint[], $16::bigint[], $17::timestamptz[], $18::timestamptz[])
             AS new (id, name, status, expected_seq, seq, revision, version, planning_seq, planned_seq,
                     next_expiry_at, changed_at)
         ), held AS MATERIALIZED (
             SELECT missions.id FROM missions JOIN new ON missions.id = new.id AND ",
            ends_where_expected!(),
            "ORDER BY missions.id FOR UPDATE OF missions
         ), grown AS (
             UPDATE missions SET name = new.name, status = new.status, seq = new.seq, revision = new.revision,
                                 version = new.version, planning_seq = new.planning_seq,
                                 planned_seq = new.planned_seq, next_expiry_at = new.next_expiry_at,
                                 changed_at = new.changed_at
             FROM new JOIN held ON held.id = new.id WHERE missions.id = new.id RETURNING missions.id
         ), ",
            added!(),
            $also,
            " SELECT id FROM grown"
        )
    };
}

pub(super) const APPEND: &str = append_statement!("");
pub(super) const APPEND_AUDITED: &str = append_statement!(
    ", audited AS (
         INSERT INTO audit (at, principal, tenant, address, request_id, action, object, detail)
         SELECT entry.at, entry.principal, entry.tenant, entry.address, entry.request_id, entry.action, entry.object,
                entry.detail::json
         FROM unnest($19::uuid[], $20::timestamptz[], $21::text[], $22::text[], $23::text[], $24::text[], $25::text[],
                     $26::text[], $27::text[])
              AS entry (mission_id, at, principal, tenant, address, request_id, action, object, detail)
         JOIN grown ON grown.id = entry.mission_id
     )"
);
