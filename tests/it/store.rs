//! The store on a real database: what goes in comes back equal, and stale writers store nothing.

use std::time::{Duration, Instant};

use futures_util::TryStreamExt;
use outrider::app::clock;
use outrider::domain::access::TenantId;
use outrider::domain::destination::Goals;
use outrider::domain::geometry::{LocalPlane, LonLat, Point};
use outrider::domain::ids::{MissionId, NetworkId, ReplicaId, ReportId, SegmentId, VehicleId};
use outrider::domain::mission::{Endpoint, EventBody, Mission, MissionEvent, MissionSettings};
use outrider::domain::network::{Direction, Network, Node, Place, Road, RoadClass, SegmentPart, Surface, Turn};
use outrider::domain::plan::StrategyChoice;
use outrider::domain::report::{Finding, Report};
use outrider::domain::timestamp::Timestamp;
use outrider::domain::vehicle::{Fix, Ugv, UgvFix};
use outrider::import;
use outrider::store::{
    Appended, Claim, IdempotencyKey, LogAppend, MissionFilter, NetworkRecord, Store, StoreError, StoredEvent,
    StoredPosition,
};
use sqlx::{Connection, PgConnection};
use uuid::Uuid;

use crate::cluster::{self, TestDatabase};
use crate::service::{SOON, shared};

pub(crate) async fn store() -> (Store, TestDatabase) {
    let database = cluster::database().await;
    (Store::new(database.connect_options(), 4), database)
}

/// Three segments with everything that is hard to write in COPY's text format.
pub(crate) fn awkward_network() -> Network {
    let origin = LonLat { lon: 8.0, lat: 50.0 };
    let plane = LocalPlane::new(origin);
    let nodes =
        [("tab\there", 0.0, 0.0), ("back\\slash", 0.1 + 0.2, 1.0 / 3.0), ("\\N", 100.0, 1e-7), ("ü\"{,}", -50.0, 70.0)];
    let nodes = nodes.map(|(id, x_m, y_m)| {
        let point = Point { x_m, y_m };
        Node { id: id.into(), lon_lat: plane.unproject(point), point }
    });
    let part = |nodes: &[u32], name: Option<&str>, source_ids: &[&str]| SegmentPart {
        nodes: nodes.to_vec(),
        oneway: nodes.len() == 3,
        speed_limit_mps: name.map(|_| 100.0 / 3.6),
        name: name.map(str::to_owned),
        source_ids: source_ids.iter().map(|id| (*id).to_owned()).collect(),
        blockage_probability: 0.1,
        road: Road {
            class: name.map(|_| RoadClass::named("track")),
            surface: name.map(|_| Surface::named("concrete:plates")),
            bridge: nodes.len() == 3,
            tunnel: name.is_none(),
            ford: name.is_some(),
        },
    };
    let parts = vec![
        part(&[0, 1, 2], Some("two\nlines\r and a \\. dot"), &["a\"b", "c,d", "{e}", "\\", "", "NULL"]),
        part(&[2, 3], Some(""), &[]),
        part(&[3, 0], None, &["'; DROP TABLE networks; --"]),
    ];
    Network::new(origin, nodes.to_vec(), parts).unwrap()
}

pub(crate) async fn insert(store: &Store, name: &str, network: &Network) -> NetworkRecord {
    let id = NetworkId(clock::new_uuid());
    let record =
        NetworkRecord::of(network, id, name.to_owned(), "geojson", "{\"b\":1, \"a\":0.10}".to_owned(), clock::now());
    assert_eq!(store.insert_network(&record, network, None).await.unwrap(), Claim::New);
    record
}

#[tokio::test]
async fn a_network_comes_back_equal() {
    let (store, _database) = store().await;
    let mut networks = vec![("awkward".to_owned(), awkward_network()), ("town".to_owned(), import::sample_town(1))];
    if let Some(folder) = shared("data/line-coverage/large/tokyo") {
        let read = |file: &str| std::fs::read(folder.join(file)).unwrap();
        let imported = import::from_line_coverage(&read("node_data"), &read("req_edge_list")).unwrap();
        networks.push(("tokyo".to_owned(), imported.network));
    }
    for (name, network) in &networks {
        let record = insert(&store, name, network).await;
        assert_eq!(store.load_network(record.id).await.unwrap().as_ref(), Some(network), "{name}");
        assert_eq!(store.find_network(record.id).await.unwrap(), Some(record.clone()));
        assert_eq!(store.find_network_by_name(&TenantId::default(), name).await.unwrap(), Some(record));
    }
    let listed: Vec<String> =
        store.list_networks(&TenantId::default()).await.unwrap().into_iter().map(|record| record.name).collect();
    let mut names: Vec<String> = networks.into_iter().map(|(name, _)| name).collect();
    names.sort();
    assert_eq!(listed, names);
}

#[tokio::test]
async fn forbidden_turns_are_stored_where_no_earlier_program_overlooks_them() {
    let (store, database) = store().await;
    let network = awkward_network();
    let turns: Vec<Turn> = (0..network.segments().len() as u32)
        .flat_map(|i| {
            let (segment, arriving) = (SegmentId(i), Direction::Forward);
            let junction = network.segment(segment).last();
            let network = &network;
            network.outgoing(junction).map(move |way| Turn {
                from: segment,
                arriving,
                to: way.segment,
                leaving: way.direction,
            })
        })
        .collect();
    let network = network.with_forbidden_turns(&turns).unwrap();
    assert!(network.has_forbidden_turns());
    let record = insert(&store, "turns", &network).await;
    assert_eq!(store.load_network(record.id).await.unwrap().as_ref(), Some(&network));
    let pool = database.pool().await;
    let rows: i64 = sqlx::query_scalar("SELECT count(*) FROM network_segments").fetch_one(&pool).await.unwrap();
    assert_eq!(rows, 0, "programs that know rows only find no network");
    // A chunk of a kind that a program does not know is not passed over.
    sqlx::query("UPDATE network_chunks SET kind = 77 WHERE kind = 2").execute(&pool).await.unwrap();
    let error = store.load_network(record.id).await.unwrap_err();
    assert!(error.to_string().contains("kind 77"), "{error}");
}

#[tokio::test]
async fn a_network_whose_name_is_taken_leaves_nothing_behind() {
    let (store, database) = store().await;
    let network = awkward_network();
    insert(&store, "one", &network).await;
    let twin =
        NetworkRecord::of(&network, NetworkId(clock::new_uuid()), "one".into(), "geojson", "{}".into(), clock::now());
    assert!(matches!(store.insert_network(&twin, &network, None).await, Err(StoreError::NameTaken)));
    let count: i64 =
        sqlx::query_scalar("SELECT count(*) FROM network_segments").fetch_one(&database.pool().await).await.unwrap();
    assert_eq!(count, 3);
}

#[tokio::test]
async fn a_network_goes_when_nothing_uses_it() {
    let (store, database) = store().await;
    let record = insert(&store, "one", &awkward_network()).await;
    let (mission, created) = mission_on(record.id);
    store.insert_mission(&TenantId::default(), &mission, &created, None, &[]).await.unwrap();
    assert!(matches!(store.delete_network(record.id, &[]).await, Err(StoreError::NetworkInUse)));
    sqlx::query("DELETE FROM missions").execute(&database.pool().await).await.unwrap();
    assert!(store.delete_network(record.id, &[]).await.unwrap());
    assert!(!store.delete_network(record.id, &[]).await.unwrap());
    let (mission, created) = mission_on(record.id);
    assert!(matches!(
        store.insert_mission(&TenantId::default(), &mission, &created, None, &[]).await,
        Err(StoreError::NoSuchNetwork)
    ));
}

#[tokio::test]
async fn a_key_stands_for_one_request_and_what_it_created() {
    let (store, _database) = store().await;
    let network = awkward_network();
    let key = |digest: u8| IdempotencyKey {
        tenant: TenantId::default(),
        scope: "network",
        key: "k".into(),
        request_digest: [digest; 32],
    };
    let record = |name: &str| {
        NetworkRecord::of(&network, NetworkId(clock::new_uuid()), name.into(), "geojson", "{}".into(), clock::now())
    };
    let first = record("one");
    assert_eq!(store.find_claim(&key(1)).await.unwrap(), Claim::New);
    assert_eq!(store.insert_network(&first, &network, Some(&key(1))).await.unwrap(), Claim::New);
    assert_eq!(store.insert_network(&record("two"), &network, Some(&key(1))).await.unwrap(), Claim::Repeat(first.id.0));
    assert_eq!(store.insert_network(&record("two"), &network, Some(&key(2))).await.unwrap(), Claim::Conflict);
    assert_eq!(store.list_networks(&TenantId::default()).await.unwrap().len(), 1);
    assert_eq!(store.forget_claims(first.created_at).await.unwrap(), 0);
    assert_eq!(store.forget_claims(first.created_at.plus_seconds(1.0)).await.unwrap(), 1);
    assert_eq!(store.find_claim(&key(2)).await.unwrap(), Claim::New);
}

pub(crate) fn mission_on(network: NetworkId) -> (Mission, MissionEvent) {
    let endpoint = |offset_m| Endpoint {
        place: Place { segment: SegmentId(0), offset_m },
        lon_lat: LonLat { lon: 8.0, lat: 50.0 },
        snapped_m: 0.1 + 0.2,
    };
    let settings = MissionSettings {
        name: "m".into(),
        network,
        segment_count: 3,
        start: endpoint(0.0),
        goal: Goals::One(endpoint(1.0 / 3.0)),
        waypoints: vec![],
        ugv: Ugv { speed_mps: 10.0 },
        uavs: vec![],
        strategy: StrategyChoice { name: "ugv_only".into(), parameters: serde_json::Map::new() },
        seed: (1 << 53) - 1,
    };
    let created =
        MissionEvent { seq: 1, revision: 0, recorded_at: clock::now(), body: EventBody::MissionCreated(settings) };
    (Mission::created(MissionId(clock::new_uuid()), &created).unwrap(), created)
}

pub(crate) fn report(id: u128, finding: Finding) -> EventBody {
    EventBody::Report(std::sync::Arc::new(Report {
        id: ReportId(Uuid::from_u128(id)),
        segment: SegmentId(1),
        finding,
        blockage_offset_m: Some(0.1 + 0.7),
        observed_at: Timestamp::parse("2026-05-04T09:30:00.123456Z").unwrap(),
        reported_by: VehicleId("uav-1".into()),
        confidence: 1.0 / 3.0,
    }))
}

fn replica(n: u128) -> ReplicaId {
    ReplicaId(Uuid::from_u128(n))
}

pub(crate) fn stored(events: &[MissionEvent]) -> Vec<StoredEvent> {
    events.iter().map(|event| StoredEvent::of(event).unwrap()).collect()
}

async fn append(
    store: &Store,
    mission: &Mission,
    expected_seq: u64,
    events: &[MissionEvent],
) -> Result<Appended, StoreError> {
    let events = stored(events);
    let appends = [LogAppend { mission, expected_seq, events: &events, audit: &[], known_in: None }];
    let written = store.append_events(&appends, false).await?;
    assert_eq!((written.appended.len(), written.left_rows), (1, false));
    Ok(written.appended[0])
}

#[tokio::test]
async fn of_several_missions_in_one_commit_those_with_a_stale_writer_store_nothing_and_the_others_all() {
    // Whether other replicas may write or not.
    several_in_one_commit(false).await;
    several_in_one_commit(true).await;
}

async fn several_in_one_commit(alone: bool) {
    let (store, _database) = store().await;
    let network = insert(&store, "one", &awkward_network()).await;
    let mut missions = Vec::new();
    for _ in 0..5 {
        let (mission, created) = mission_on(network.id);
        store.insert_mission(&TenantId::default(), &mission, &created, None, &[]).await.unwrap();
        missions.push(mission);
    }
    // Not in the order of the ids, and the third was changed by somebody else.
    missions.reverse();
    let before: Vec<Mission> = missions.clone();
    let elsewhere = [missions[2].clone().append(report(77, Finding::Clear), clock::now())];
    let mut grown = missions[2].clone();
    grown.append(report(77, Finding::Clear), clock::now());
    assert_eq!(append(&store, &grown, 1, &elsewhere).await.unwrap(), Appended::Stored);
    let events: Vec<Vec<StoredEvent>> = missions
        .iter_mut()
        .enumerate()
        .map(|(i, mission)| {
            let count = 1 + i as u128 % 2;
            stored(&(0..count).map(|k| mission.append(report(k, Finding::Blocked), clock::now())).collect::<Vec<_>>())
        })
        .collect();
    let appends: Vec<LogAppend<'_>> = missions
        .iter()
        .zip(&events)
        .map(|(mission, events)| LogAppend { mission, expected_seq: 1, events, audit: &[], known_in: None })
        .collect();
    let appended = store.append_events(&appends, alone).await.unwrap().appended;
    let (yes, no) = (Appended::Stored, Appended::Conflict);
    assert_eq!(appended, [yes, yes, no, yes, yes]);
    for (i, mission) in missions.iter().enumerate() {
        let log = store.events_after(mission.id, 0, 10).await.unwrap();
        let expected = if i == 2 { 2 } else { mission.seq };
        assert_eq!(log.iter().map(|event| event.seq).collect::<Vec<_>>(), (1..=expected).collect::<Vec<_>>());
    }
    let known: Vec<(MissionId, u64)> = before.iter().map(|mission| (mission.id, 1)).collect();
    let mut longer = store.longer_logs(&known).await.unwrap();
    longer.sort_unstable();
    let mut expected: Vec<(MissionId, u64)> =
        missions.iter().enumerate().map(|(i, m)| (m.id, if i == 2 { 2 } else { m.seq })).collect();
    expected.sort_unstable();
    assert_eq!(longer, expected);
}

#[tokio::test]
async fn who_thought_to_be_alone_and_waits_for_another_that_waits_for_him_stores_all_the_same() {
    let (store, database) = store().await;
    let network = insert(&store, "one", &awkward_network()).await;
    let mut missions = Vec::new();
    for _ in 0..2 {
        let (mission, created) = mission_on(network.id);
        store.insert_mission(&TenantId::default(), &mission, &created, None, &[]).await.unwrap();
        missions.push(mission);
    }
    missions.sort_by_key(|mission| mission.id);
    let events: Vec<Vec<StoredEvent>> = missions
        .iter_mut()
        .map(|mission| stored(&[mission.append(report(1, Finding::Blocked), clock::now())]))
        .collect();
    let appends: Vec<LogAppend<'_>> = missions
        .iter()
        .zip(&events)
        .map(|(mission, events)| LogAppend { mission, expected_seq: 1, events, audit: &[], known_in: None })
        .collect();
    // The other holds one mission, waits until this waits for it, and then wants the one that this holds, whichever that is.
    let mut other = PgConnection::connect_with(&database.connect_options()).await.unwrap();
    let other_pid: i32 = sqlx::query_scalar("SELECT pg_backend_pid()").fetch_one(&mut other).await.unwrap();
    let touch = "UPDATE missions SET name = name WHERE id = $1";
    let mut transaction = other.begin().await.unwrap();
    sqlx::query(touch).bind(missions[1].id.0).execute(&mut *transaction).await.unwrap();
    let wanted = missions[0].id.0;
    let options = database.connect_options();
    let crossing = async move {
        let mut watching = PgConnection::connect_with(&options).await.unwrap();
        let waits = "SELECT EXISTS (SELECT FROM pg_stat_activity WHERE $1 = ANY (pg_blocking_pids(pid)))";
        let begun = Instant::now();
        while !sqlx::query_scalar::<_, bool>(waits).bind(other_pid).fetch_one(&mut watching).await.unwrap() {
            assert!(begun.elapsed() < Duration::from_secs(30), "nobody waits for the other");
        }
        // One of the two gives way. If it is the other, it has changed nothing.
        let _ = sqlx::query(touch).bind(wanted).execute(&mut *transaction).await;
        transaction.rollback().await.unwrap();
    };
    let (appended, ()) = tokio::join!(store.append_events(&appends, true), crossing);
    assert_eq!(appended.unwrap().appended, [Appended::Stored, Appended::Stored]);
    for mission in &missions {
        assert_eq!(store.events_after(mission.id, 0, 10).await.unwrap().len(), 2);
    }
}

#[tokio::test]
async fn a_mission_is_planned_by_one_replica_until_that_one_is_dead() {
    let (store, _database) = store().await;
    let network = insert(&store, "one", &awkward_network()).await;
    let (mission, created) = mission_on(network.id);
    store.insert_mission(&TenantId::default(), &mission, &created, None, &[]).await.unwrap();
    let long = Duration::from_secs(60);
    assert_eq!(store.beat(replica(1), long).await.unwrap().others, 0);
    assert_eq!(store.beat(replica(2), long).await.unwrap().others, 1);
    assert!(store.take_lease(mission.id, replica(1)).await.unwrap());
    assert!(store.take_lease(mission.id, replica(1)).await.unwrap(), "whoever has it may take it again");
    assert!(!store.take_lease(mission.id, replica(2)).await.unwrap(), "the other one is alive");
    assert_eq!(store.unplanned_missions(replica(1), 10).await.unwrap(), [mission.id]);
    assert!(store.unplanned_missions(replica(2), 10).await.unwrap().is_empty(), "the other one sees to it");
    // The first dies: its last beat was too long ago.
    store.beat(replica(1), Duration::ZERO).await.unwrap();
    assert_eq!(store.beat(replica(2), long).await.unwrap().others, 0);
    assert_eq!(store.unplanned_missions(replica(2), 10).await.unwrap(), [mission.id]);
    assert!(store.take_lease(mission.id, replica(2)).await.unwrap());
    store.beat(replica(1), long).await.unwrap();
    assert!(!store.take_lease(mission.id, replica(1)).await.unwrap(), "back again, but too late");
    store.leave(replica(2)).await.unwrap();
    assert!(store.take_lease(mission.id, replica(1)).await.unwrap(), "who leaves in order is not waited for");
}

#[tokio::test]
async fn the_log_folds_back_to_the_same_mission_and_a_stale_writer_stores_nothing() {
    let (store, _database) = store().await;
    let network = insert(&store, "one", &awkward_network()).await;
    let (mut mission, created) = mission_on(network.id);
    store.insert_mission(&TenantId::default(), &mission, &created, None, &[]).await.unwrap();
    let mut stale = mission.clone();
    let events = [
        mission.append(report(1, Finding::Blocked), clock::now()),
        mission.append(report(2, Finding::Clear), clock::now()),
    ];
    assert_eq!(append(&store, &mission, 1, &events).await.unwrap(), Appended::Stored);
    let late = [stale.append(report(3, Finding::Clear), clock::now())];
    assert_eq!(append(&store, &stale, 1, &late).await.unwrap(), Appended::Conflict);
    let (stranger, _) = mission_on(network.id);
    assert_eq!(append(&store, &stranger, 1, &late).await.unwrap(), Appended::Conflict, "no such mission");

    let stored: Vec<_> = store.stream_events(mission.id, 0).try_collect().await.unwrap();
    let mut folded = Mission::created(mission.id, &stored[0].parse().unwrap()).unwrap();
    for event in &stored[1..] {
        folded.apply(&event.parse().unwrap()).unwrap();
    }
    assert_eq!(folded, mission);
    let page = store.events_after(mission.id, 1, 1).await.unwrap();
    assert_eq!((page.len(), page[0].seq, &*page[0].kind), (1, 2, "report"));
}

#[tokio::test]
async fn the_database_itself_refuses_a_report_that_is_in_the_log() {
    let (store, _database) = store().await;
    let network = insert(&store, "one", &awkward_network()).await;
    let (mut mission, created) = mission_on(network.id);
    store.insert_mission(&TenantId::default(), &mission, &created, None, &[]).await.unwrap();
    let first = mission.append(report(1, Finding::Blocked), clock::now());
    append(&store, &mission, 1, &[first]).await.unwrap();
    let again = mission.append(report(1, Finding::Blocked), clock::now());
    assert!(matches!(append(&store, &mission, 2, &[again]).await, Err(StoreError::ReportInLog)));
    assert_eq!(store.events_after(mission.id, 0, 10).await.unwrap().len(), 2);
}

#[tokio::test]
async fn the_sweep_finds_what_is_unplanned_and_what_expires() {
    use outrider::domain::closure::Closure;
    use outrider::domain::ids::ClosureId;
    let (store, _database) = store().await;
    let network = insert(&store, "one", &awkward_network()).await;
    let (mut mission, created) = mission_on(network.id);
    store.insert_mission(&TenantId::default(), &mission, &created, None, &[]).await.unwrap();
    assert_eq!(store.unplanned_missions(replica(1), 10).await.unwrap(), [mission.id]);
    let now = clock::now();
    let closing = mission.append(
        EventBody::Closure(Closure::Close {
            id: ClosureId(Uuid::from_u128(5)),
            segments: vec![SegmentId(0)],
            reason: "r".into(),
            closed_by: "o".into(),
            expires_at: Some(now.plus_seconds(60.0)),
        }),
        now,
    );
    append(&store, &mission, 1, &[closing]).await.unwrap();
    assert!(store.missions_with_expiry(now, 10).await.unwrap().is_empty());
    assert_eq!(store.missions_with_expiry(now.plus_seconds(61.0), 10).await.unwrap(), [mission.id]);
    let listed = store.list_missions(MissionFilter::default(), 10).await.unwrap();
    assert_eq!((listed.len(), listed[0].seq, listed[0].revision), (1, 2, 1));
}

#[tokio::test]
async fn only_newer_positions_are_kept() {
    let (store, _database) = store().await;
    let network = insert(&store, "one", &awkward_network()).await;
    let (mission, created) = mission_on(network.id);
    store.insert_mission(&TenantId::default(), &mission, &created, None, &[]).await.unwrap();
    let at = |second: i64| StoredPosition {
        vehicle: VehicleId::ugv(),
        fix: Fix::Ugv(UgvFix {
            observed_at: Timestamp::from_unix_micros(second * 1_000_000).unwrap(),
            place: Place { segment: SegmentId(0), offset_m: second as f64 / 3.0 },
            entered: None,
            passed: None,
            lon_lat: LonLat { lon: 8.0, lat: 50.0 },
            snapped_m: 0.0,
        }),
    };
    for second in [10, 30, 20] {
        store.upsert_positions(&[(mission.id, at(second))]).await.unwrap();
    }
    assert_eq!(store.positions_of(&[mission.id]).await.unwrap(), [(mission.id, at(30))]);
}

#[tokio::test]
async fn a_database_without_our_schema_is_not_ready() {
    let (store, database) = store().await;
    store.check_ready().await.unwrap();
    sqlx::query("DELETE FROM _sqlx_migrations").execute(&database.pool().await).await.unwrap();
    assert!(matches!(store.check_ready().await, Err(StoreError::SchemaBehind { missing }) if missing > 0));
    let nowhere = Store::new(database.connect_options().host("/nonexistent"), 2);
    assert!(nowhere.check_ready().await.unwrap_err().is_unavailable());
}

#[tokio::test]
async fn half_of_the_connections_are_kept_open_and_the_others_only_while_they_are_needed() {
    let (_, database) = store().await;
    // One of them is to listen, which nobody asks for here.
    let store = Store::new(database.connect_options(), 5);
    let mut ticks = tokio::time::interval(Duration::from_millis(10));
    let opened = async {
        while store.connections() != (2, 2, 4) {
            ticks.tick().await;
        }
    };
    tokio::time::timeout(SOON, opened).await.expect("half of them are open before anybody asks");
    let burst = futures_util::future::join_all((0..4).map(|_| store.check_ready()));
    assert!(burst.await.iter().all(Result::is_ok));
    assert_eq!(store.connections(), (4, 4, 4));
    let given_back = async {
        while store.connections().0 > 2 {
            store.check_ready().await.unwrap();
        }
    };
    tokio::time::timeout(SOON, given_back).await.expect("half of them go, as one after the other is enough");
    let sessions =
        "SELECT count(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()";
    let mut connection = PgConnection::connect_with(&database.connect_options()).await.unwrap();
    let gone = async { while sqlx::query_scalar::<_, i64>(sessions).fetch_one(&mut connection).await.unwrap() > 2 {} };
    tokio::time::timeout(SOON, gone).await.expect("the database is rid of them too");
    assert_eq!(store.connections(), (2, 2, 4), "the others are kept for the next");
}
