//! Logs that grow without the rows of their missions: nothing is lost, doubled or left out by it, and the rows follow.

use std::collections::BTreeMap;
use std::time::Duration;

use outrider::app::clock;
use outrider::domain::access::TenantId;
use outrider::domain::ids::MissionId;
use outrider::domain::mission::Mission;
use outrider::domain::report::Finding;
use outrider::store::{Appended, Generation, LogAppend, MissionFilter, Store, StoredEvent, Written};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};

use crate::cluster::TestDatabase;
use crate::service::{Service, Setup, across, square};
use crate::store::{awkward_network, insert, mission_on, report, store, stored};

/// Missions on one network.
async fn missions(store: &Store, count: usize) -> Vec<Mission> {
    let network = insert(store, "one", &awkward_network()).await;
    let mut missions = Vec::new();
    for _ in 0..count {
        let (mission, created) = mission_on(network.id);
        store.insert_mission(&TenantId::default(), &mission, &created, None, &[]).await.unwrap();
        missions.push(mission);
    }
    missions
}

/// Each mission as its writer has it, with what the writer adds and where the log is to end for that.
struct Draft {
    mission: Mission,
    expected_seq: u64,
    events: Vec<StoredEvent>,
    known_in: Option<Generation>,
}

impl Draft {
    fn of(mission: &Mission, known_in: Option<Generation>, reports: &[(u128, Finding)]) -> Self {
        let mut mission = mission.clone();
        let expected_seq = mission.seq;
        let events: Vec<_> =
            reports.iter().map(|(id, finding)| mission.append(report(*id, *finding), clock::now())).collect();
        Self { mission, expected_seq, events: stored(&events), known_in }
    }

    fn append(&self) -> LogAppend<'_> {
        let Self { mission, expected_seq, events, known_in } = self;
        LogAppend { mission, expected_seq: *expected_seq, events, audit: &[], known_in: *known_in }
    }
}

fn appends_of(drafts: &[Draft]) -> Vec<LogAppend<'_>> {
    drafts.iter().map(Draft::append).collect()
}

async fn append_alone(store: &Store, drafts: &[Draft]) -> Written {
    store.append_events(&appends_of(drafts), true).await.unwrap()
}

/// What the mission's row says: seq, revision, planning_seq, planned_seq.
async fn row(database: &TestDatabase, id: MissionId) -> (i64, i64, i64, i64) {
    let row = "SELECT seq, revision, planning_seq, planned_seq FROM missions WHERE id = $1";
    sqlx::query_as(row).bind(id.0).fetch_one(&database.pool().await).await.unwrap()
}

async fn numbers(store: &Store, id: MissionId) -> Vec<u64> {
    store.events_after(id, 0, 10_000).await.unwrap().iter().map(|event| event.seq).collect()
}

#[tokio::test]
async fn whoever_is_alone_leaves_rows_behind_and_everybody_sees_where_the_missions_stand() {
    let (store, database) = store().await;
    let mission = missions(&store, 1).await.remove(0);
    // Nobody knows yet where the log ends: the row is written, and from then on it is known.
    let first = Draft::of(&mission, None, &[(1, Finding::Blocked)]);
    let written = append_alone(&store, std::slice::from_ref(&first)).await;
    assert_eq!((&written.appended[..], written.left_rows), (&[Appended::Stored][..], false));
    assert_eq!(row(&database, mission.id).await, (2, 1, 2, 0));

    let reports = [(2, Finding::Clear), (3, Finding::Clear), (4, Finding::Blocked)];
    let second = Draft::of(&first.mission, Some(written.known_in), &reports);
    let written = append_alone(&store, std::slice::from_ref(&second)).await;
    assert_eq!((&written.appended[..], written.left_rows), (&[Appended::Stored][..], true));
    assert_eq!(row(&database, mission.id).await, (2, 1, 2, 0), "the row is as it was");
    assert_eq!(numbers(&store, mission.id).await, [1, 2, 3, 4, 5]);

    let now = &second.mission;
    let listed = &store.list_missions(MissionFilter::default(), 10).await.unwrap()[0];
    assert_eq!((listed.seq, listed.revision), (now.seq, now.revision));
    assert_eq!(store.longer_logs(&[(mission.id, 2)]).await.unwrap(), [(mission.id, 5)]);
    assert_eq!(store.longer_logs(&[(mission.id, 5)]).await.unwrap(), []);

    assert_eq!(store.rows_follow_logs().await.unwrap(), 1);
    let as_told = [now.seq, now.revision, now.planning_seq, now.planned_seq()].map(|number| number as i64);
    assert_eq!(row(&database, mission.id).await, as_told.into());
    assert_eq!(store.rows_follow_logs().await.unwrap(), 0, "and none is behind any more");
}

/// Somebody may hold a mission's row for long: the others follow, and the sweep with them.
#[tokio::test]
async fn a_row_that_somebody_holds_keeps_no_other_from_following() {
    let (store, database) = store().await;
    let missions = missions(&store, 2).await;
    let first: Vec<Draft> = missions.iter().map(|mission| Draft::of(mission, None, &[(1, Finding::Blocked)])).collect();
    let known_in = Some(append_alone(&store, &first).await.known_in);
    let second: Vec<Draft> =
        first.iter().map(|draft| Draft::of(&draft.mission, known_in, &[(2, Finding::Clear)])).collect();
    assert!(append_alone(&store, &second).await.left_rows);
    let mut holding = database.pool().await.begin().await.unwrap();
    let hold = sqlx::query("SELECT FROM missions WHERE id = $1 FOR UPDATE").bind(missions[0].id.0);
    hold.execute(&mut *holding).await.unwrap();
    assert_eq!(store.rows_follow_logs().await.unwrap(), 1);
    assert_eq!((row(&database, missions[0].id).await.0, row(&database, missions[1].id).await.0), (2, 3));
    holding.rollback().await.unwrap();
    assert_eq!(store.rows_follow_logs().await.unwrap(), 1);
    assert_eq!(row(&database, missions[0].id).await.0, 3);
}

#[tokio::test]
async fn a_writer_that_wrongly_thinks_to_be_alone_stores_nothing_where_others_were_faster_and_the_rest_all() {
    let (store, database) = store().await;
    let missions = missions(&store, 3).await;
    let drafts = |ids: u128, known_in| -> Vec<Draft> {
        missions.iter().map(|mission| Draft::of(mission, known_in, &[(ids, Finding::Blocked)])).collect()
    };
    let begun = append_alone(&store, &drafts(1, None)[..1]).await;
    // Both other missions are as this writer knows them.
    let written = append_alone(&store, &drafts(2, Some(begun.known_in))).await;
    assert_eq!(written.appended, [Appended::Conflict, Appended::Stored, Appended::Stored]);
    assert!(!written.left_rows, "the second time the rows were looked at and written");
    for mission in &missions {
        assert_eq!(numbers(&store, mission.id).await, [1, 2]);
        assert_eq!(row(&database, mission.id).await.0, 2);
    }
}

#[tokio::test]
async fn who_has_company_goes_by_the_log_too_although_the_row_is_behind() {
    let (store, database) = store().await;
    let mission = missions(&store, 1).await.remove(0);
    let first = Draft::of(&mission, None, &[(1, Finding::Blocked)]);
    let known_in = Some(append_alone(&store, std::slice::from_ref(&first)).await.known_in);
    let second = Draft::of(&first.mission, known_in, &[(2, Finding::Clear)]);
    assert!(append_alone(&store, std::slice::from_ref(&second)).await.left_rows);
    // Another replica, which has read the log, and one that has not read the end of it.
    for (basis, expected) in [(&first.mission, Appended::Conflict), (&second.mission, Appended::Stored)] {
        let draft = Draft::of(basis, None, &[(3, Finding::Blocked)]);
        assert_eq!(store.append_events(&[draft.append()], false).await.unwrap().appended, [expected]);
    }
    assert_eq!(numbers(&store, mission.id).await, [1, 2, 3, 4]);
    assert_eq!(row(&database, mission.id).await.0, 4);
}

/// A lost end of the log (a standby took over that lacked it) leaves no gap: nobody goes on behind events that are not there.
#[tokio::test]
async fn on_new_connections_the_log_is_looked_at_before_it_goes_on() {
    let (store, database) = store().await;
    let mission = missions(&store, 1).await.remove(0);
    let first = Draft::of(&mission, None, &[(1, Finding::Blocked)]);
    let known_in = append_alone(&store, std::slice::from_ref(&first)).await.known_in;
    // The connections break, and what was written last is gone.
    let pool = database.pool().await;
    sqlx::query("DELETE FROM mission_events WHERE seq = 2").execute(&pool).await.unwrap();
    let others = "SELECT pg_terminate_backend(pid) FROM pg_stat_activity
                  WHERE datname = current_database() AND application_name = 'outrider'";
    sqlx::query(others).execute(&pool).await.unwrap();
    let second = Draft::of(&first.mission, Some(known_in), &[(2, Finding::Clear)]);
    // The first statement finds out about the connections.
    assert!(store.append_events(&[second.append()], true).await.unwrap_err().is_unavailable());
    assert_eq!(append_alone(&store, &[second]).await.appended, [Appended::Conflict]);
    assert_eq!(numbers(&store, mission.id).await, [1]);
}

/// Writers of all kinds at once, some of which wrongly think to be alone: each log goes on without a gap, and has what was said to be
/// stored once.
#[tokio::test(flavor = "multi_thread", worker_threads = 2)]
async fn whoever_writes_and_however_logs_have_neither_gaps_nor_doubles() {
    const ROUNDS: u128 = 40;
    let (first, database) = store().await;
    let missions = missions(&first, 3).await;
    let writers = (0..4_u64).map(|writer| {
        let store = Store::new(database.connect_options(), 2);
        let mut known: Vec<(Mission, Option<Generation>)> =
            missions.iter().map(|mission| (mission.clone(), None)).collect();
        tokio::spawn(async move {
            let mut random = ChaCha8Rng::seed_from_u64(writer);
            let mut said: Vec<(MissionId, u64, u128)> = Vec::new();
            for round in 0..ROUNDS {
                let id = u128::from(writer) * ROUNDS + round + 1;
                let mut drafts: Vec<(usize, Draft)> = Vec::new();
                for (i, (mission, known_in)) in known.iter().enumerate() {
                    if random.next_u32() % 10 < 6 {
                        drafts.push((i, Draft::of(mission, *known_in, &[(id, Finding::Blocked)])));
                    }
                }
                let appends: Vec<LogAppend<'_>> = drafts.iter().map(|(_, draft)| draft.append()).collect();
                if appends.is_empty() {
                    continue;
                }
                let answer = store.append_events(&appends, random.next_u32() % 10 < 7).await;
                let Ok(written) = answer else {
                    // All three times somebody was faster.
                    assert!(answer.unwrap_err().is_number_taken());
                    continue;
                };
                for ((i, draft), appended) in drafts.into_iter().zip(written.appended) {
                    let (mission, known_in) = &mut known[i];
                    if appended == Appended::Stored {
                        said.push((mission.id, draft.mission.seq, id));
                        (*mission, *known_in) = (draft.mission, Some(written.known_in));
                        continue;
                    }
                    *known_in = None;
                    for event in store.events_after(mission.id, mission.seq, 10_000).await.unwrap() {
                        mission.apply(&event.parse().unwrap()).unwrap();
                    }
                }
            }
            said
        })
    });
    let mut said: BTreeMap<(MissionId, u64), u128> = BTreeMap::new();
    for writer in writers.collect::<Vec<_>>() {
        for (mission, seq, id) in writer.await.unwrap() {
            assert_eq!(said.insert((mission, seq), id), None, "two are said to have number {seq}");
        }
    }
    assert!(said.len() > 100, "{} were stored", said.len());
    let mut found = BTreeMap::new();
    for mission in &missions {
        let log = first.events_after(mission.id, 0, 10_000).await.unwrap();
        assert_eq!(log.iter().map(|event| event.seq).collect::<Vec<_>>(), (1..=log.len() as u64).collect::<Vec<_>>());
        for event in &log[1..] {
            let body: serde_json::Value = serde_json::from_str(event.body.get()).unwrap();
            let id: uuid::Uuid = body["id"].as_str().unwrap().parse().unwrap();
            found.insert((mission.id, event.seq), id.as_u128());
        }
    }
    assert_eq!(found, said);
    first.rows_follow_logs().await.unwrap();
    for mission in &missions {
        assert_eq!(row(&database, mission.id).await.0 as usize, numbers(&first, mission.id).await.len());
    }
}

/// A replica that was alone died between a report and its plan: its row says nothing of the report.
#[tokio::test(flavor = "multi_thread")]
async fn a_report_whose_row_was_left_behind_by_a_crash_is_planned_for_by_whoever_starts_next() {
    let service = Service::start().await;
    let network = service.import_geojson("one", &square()).await;
    let id = service.create_mission(&across(&network)).await["id"].as_str().unwrap().to_owned();
    service.plan_after(&id, 1).await;
    let database = service.stop().await;

    let (store, id) = (Store::new(database.connect_options(), 2), MissionId(id.parse().unwrap()));
    let log = store.events_after(id, 0, 100).await.unwrap();
    let mut events = log.iter().map(|event| event.parse().unwrap());
    let mut mission = Mission::created(id, &events.next().unwrap()).unwrap();
    events.for_each(|event| mission.apply(&event).unwrap());
    // The report closes a road; what was there before is known from a first, which changes nothing.
    let first = Draft::of(&mission, None, &[(1, Finding::Clear)]);
    let known_in = Some(append_alone(&store, std::slice::from_ref(&first)).await.known_in);
    let last = Draft::of(&first.mission, known_in, &[(2, Finding::Blocked)]);
    assert!(append_alone(&store, std::slice::from_ref(&last)).await.left_rows);
    assert!(last.mission.needs_plan());
    let before = row(&database, id).await;
    assert!(before.0 < last.mission.seq as i64, "{before:?}");
    store.close().await;

    // Nobody asks the service for the mission: the sweep alone finds it.
    let service = Service::over(database, Setup::default()).await;
    let planned = async {
        loop {
            let (seq, _, planning, planned) = row(service.database(), id).await;
            if planned >= planning && planning == last.mission.planning_seq as i64 {
                return seq;
            }
            tokio::time::sleep(Duration::from_millis(10)).await;
        }
    };
    let seq = tokio::time::timeout(Duration::from_secs(30), planned).await.expect("a plan in time");
    assert_eq!(seq as usize, numbers(&Store::new(service.database().connect_options(), 1), id).await.len());
}
