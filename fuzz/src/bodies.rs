//! Bodies in JSON, and what handlers do with them before anything is known of missions.

use std::sync::LazyLock;

use outrider::api::problem::Problem;
use outrider::api::requests::{read_closure, read_mission, read_patch, read_positions, read_reports};
use outrider::app::{
    BlockagePoint, ClosureTarget, Location, NewMission, NewUav, ReportTarget, Strategies, check_strategy, locate,
};
use outrider::domain::access::TenantId;
use outrider::domain::geometry::{LonLat, Polygon};
use outrider::domain::ids::{ClosureId, VehicleId};
use outrider::domain::network::{Heading, Network, Tolerance};
use outrider::domain::timestamp::Timestamp;
use outrider::import::closure_feed::{self, Content, Shape};
use outrider::import::sample_town;

use crate::heap::bounded;

/// What reading a body may use whatever it is, and for each of its bytes: a position of 60 bytes becomes a struct of 200 and, if everything
/// is wrong with it, five faults with words of their own.
const FIXED: usize = 1 << 20;
const EACH: usize = 200;

/// Where locations of bodies are looked for.
static TOWN: LazyLock<Network> = LazyLock::new(|| sample_town(1));

/// The bodies of `/reports` and, after a `p`, of `/positions`.
pub fn reports(bytes: &[u8]) {
    match bytes.split_first() {
        Some((b'p', body)) => positions(body),
        Some((_, body)) => observations(body),
        None => {}
    }
}

fn observations(body: &[u8]) {
    let Some(batch) = accepted(body, read_reports) else { return };
    assert!((1..=1_000).contains(&batch.items.len()));
    for report in &batch.items {
        check_time(report.observed_at);
        check_vehicle(&report.reported_by);
        assert!(report.confidence > 0.0 && report.confidence <= 1.0);
        if let ReportTarget::Position { lon_lat, heading_deg } = report.target {
            check_location(&Location::Position { lon_lat, heading: heading_deg.map(Heading::flown), limit_m: 1e4 });
        }
        match report.blockage {
            Some(BlockagePoint::Position(lon_lat)) => check_location(&Location::near(lon_lat)),
            Some(BlockagePoint::Offset(offset_m)) => assert!(offset_m.is_finite()),
            None => {}
        }
    }
}

fn positions(body: &[u8]) {
    let Some(batch) = accepted(body, read_positions) else { return };
    assert!((1..=200).contains(&batch.items.len()));
    for position in &batch.items {
        check_time(position.observed_at);
        check_vehicle(&position.vehicle);
        check_location(&position.location);
    }
}

/// The bodies that create a mission and, after a `p`, that change one.
pub fn missions(bytes: &[u8]) {
    match bytes.split_first() {
        Some((b'p', body)) => {
            let Some(patch) = accepted(body, read_patch) else { return };
            patch.goals.iter().flat_map(|goals| goals.with_pointers()).for_each(|(goal, _)| check_location(goal));
            patch.waypoints.iter().flatten().for_each(check_location);
            check_uavs(&patch.uavs.unwrap_or_default());
        }
        Some((_, body)) => {
            let Some(new) = accepted(body, |body| read_mission(body, TenantId::default())) else { return };
            let NewMission { name, start, goals, waypoints, ugv_speed_mps, uavs, strategy, seed, .. } = new;
            assert!(name.chars().count() <= 200 && !name.contains('\0'));
            assert!((0.1..=150.0).contains(&ugv_speed_mps));
            assert!(seed < 1 << 53, "not every reader of JSON keeps the seed");
            check_location(&start);
            goals
                .with_pointers()
                .into_iter()
                .chain(waypoints.iter().map(|at| (at, String::new())))
                .for_each(|(at, _)| check_location(at));
            check_uavs(&uavs);
            // One that is not known, or with parameters that it does not take, is refused before it is stored.
            let is_taken = check_strategy(&Strategies::built_in(), &strategy).is_ok();
            assert!(!is_taken || !strategy.name.contains('\0'));
        }
        None => {}
    }
}

/// The bodies of `/closures`.
pub fn closures(bytes: &[u8]) {
    let id = ClosureId(Default::default());
    let Some(closure) = accepted(bytes, |body| read_closure(body, id)) else { return };
    assert!((1..=1_000).contains(&closure.reason.chars().count()) && !closure.reason.contains('\0'));
    assert!((1..=200).contains(&closure.decided_by.chars().count()) && !closure.decided_by.contains('\0'));
    match closure.target {
        ClosureTarget::Segments(segments) => assert!(!segments.is_empty()),
        ClosureTarget::Area(rings) => {
            assert!(!rings.is_empty() && rings.iter().all(|ring| ring.len() >= 3));
            let ring = |ring: Vec<LonLat>| ring.into_iter().map(|corner| TOWN.plane().project(corner)).collect();
            let area = Polygon { rings: rings.into_iter().map(ring).collect() };
            let touched = TOWN.segments_touching(&area);
            assert!(touched.iter().all(|segment| TOWN.has_segment(*segment)));
        }
    }
}

/// The bodies of `/closures/import`, and what their lines and areas run along.
pub fn closure_feeds(bytes: &[u8]) {
    let Ok(feed) = bounded(bytes.len(), FIXED, EACH, || closure_feed::read(bytes)) else { return };
    assert!(feed.features.len() <= closure_feed::MAX_FEATURES);
    // As much work as a request may cost, so that an input that asks for more is still tried quickly.
    let mut steps = 1_000_000;
    for feature in feed.features {
        assert!(feature.pointer.is_empty() || feature.pointer.starts_with('/'));
        let Content::Shape(shape) = feature.content else { continue };
        let is_valid = |position: &LonLat| assert!(position.is_valid(), "{position:?}");
        match shape {
            Shape::Points(points) => points.iter().for_each(is_valid),
            Shape::Lines(lines) => {
                for line in lines {
                    line.iter().for_each(is_valid);
                    assert!(line.len() >= 2);
                    let line: Vec<_> = line.into_iter().map(|position| TOWN.plane().project(position)).collect();
                    let tolerance = Tolerance { distance_m: 15.0, is_directed: feature.is_directed };
                    let along = TOWN.segments_along(&line, tolerance, &mut steps).unwrap_or_default();
                    assert!(along.iter().all(|segment| TOWN.has_segment(*segment)));
                }
            }
            Shape::Areas(areas) => {
                assert!(areas.iter().all(|rings| !rings.is_empty() && rings.iter().all(|ring| ring.len() >= 3)));
                areas.iter().flatten().flatten().for_each(is_valid);
            }
        }
    }
}

/// What a body says, if it is accepted; what it is refused with can be answered.
fn accepted<T>(body: &[u8], read: impl FnOnce(&[u8]) -> Result<T, Problem>) -> Option<T> {
    match bounded(body.len(), FIXED, EACH, || read(body)) {
        Ok(value) => Some(value),
        Err(problem) => {
            check_problem(&problem);
            None
        }
    }
}

/// Whoever sends what is wrong is told so: the fault is not the service's, and the answer is no larger than it must be.
pub fn check_problem(problem: &Problem) {
    assert!((400..500).contains(&problem.status.as_u16()), "{problem:?}");
    assert!(problem.cause.is_none() && !problem.detail.is_empty(), "{problem:?}");
    let answer = problem.render("a request").into_body();
    let size = outrider_body_size(&answer);
    assert!(size <= 64 << 10, "an answer of {size} bytes");
}

fn outrider_body_size(body: &axum::body::Body) -> u64 {
    use http_body::Body;
    body.size_hint().upper().expect("the size of an answer is known")
}

fn check_location(location: &Location) {
    match location {
        Location::Position { lon_lat, heading, limit_m } => {
            assert!(lon_lat.is_valid());
            assert!(heading.is_none_or(|heading| (0.0..=360.0).contains(&heading.heading_deg)));
            assert!(heading.is_none_or(|heading| (0.0..=180.0).contains(&heading.tolerance_deg)));
            assert!((0.0..=10_000.0).contains(limit_m));
        }
        Location::Place(place) => assert!(place.offset_m.is_finite()),
        Location::Node(_) => {}
    }
    if let Ok(found) = locate(&TOWN, location, "/location") {
        assert!(TOWN.has_place(found.place), "{found:?} is not on the network");
        assert!(found.lon_lat.is_valid() && found.snapped_m.is_finite());
    }
}

fn check_uavs(uavs: &[NewUav]) {
    assert!(uavs.len() <= 100);
    for uav in uavs {
        uav.id.iter().for_each(check_vehicle);
        assert!((0.1..=150.0).contains(&uav.speed_mps));
        assert!(uav.start.is_none_or(|start| start.is_valid()));
    }
}

fn check_vehicle(name: &VehicleId) {
    assert!(name.is_well_formed(), "{name:?}");
}

/// A time is written as it is read, and by the database kept as it is.
pub fn check_time(time: Timestamp) {
    assert_eq!(Timestamp::parse(&time.to_string()), Ok(time));
    assert_eq!(Timestamp::from_unix_micros(time.unix_micros()), Some(time));
}
