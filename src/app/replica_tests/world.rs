//! A world of replicas, a database, clients and misfortune, all from one seed.

use std::cell::{Cell as Flag, RefCell};
use std::collections::BTreeMap;
use std::rc::Rc;
use std::sync::Arc;

use uuid::Uuid;

use super::clients::Ledger;
use super::database::{Connection, Database, Logged, Weather};
use super::executor::{MS, Owner, S, Sim, WORLD};
use super::mutations::Mutation;
use super::replica::{Replica, Surroundings, clock};
use crate::app::feed::Frame;
use crate::domain::destination::Goals;
use crate::domain::geometry::{LocalPlane, LonLat, Point};
use crate::domain::ids::{MissionId, NetworkId, SegmentId, VehicleId};
use crate::domain::mission::{Endpoint, EventBody, Mission, MissionEvent, MissionSettings};
use crate::domain::network::{Network, Node, Place, SegmentPart};
use crate::domain::vehicle::{Uav, UavPosition, Ugv};
use crate::planning::strategy::Strategies;
use crate::store::StoredEvent;

/// How long things go wrong.
const STORM_US: u64 = 6 * S;
/// How long after it what was under way then may still come to something.
const AFTERMATH_US: u64 = 4 * S;
/// When everything must have settled, after the storm.
const SETTLED_US: u64 = AFTERMATH_US + 6 * S;

/// What kind of world it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Anything may go wrong.
    Storm,
    /// Replicas die and start, and nothing else goes wrong: plans must be there in time.
    Deaths,
    /// Replicas stall and die, and statements take long: who was taken for dead comes back.
    Zombies,
    /// One replica, whose database often does what it is told without saying so.
    Lonely,
}

impl Kind {
    /// All of them.
    pub(super) const ALL: [Self; 4] = [Self::Storm, Self::Deaths, Self::Zombies, Self::Lonely];
}

/// A world from a seed.
pub(super) struct World {
    pub(super) sim: Sim,
    pub(super) surroundings: Rc<Surroundings>,
    pub(super) database: Rc<RefCell<Database>>,
    pub(super) weather: Rc<Weather>,
    pub(super) replicas: RefCell<Vec<Option<Rc<Replica>>>>,
    pub(super) missions: Vec<MissionId>,
    pub(super) ledger: RefCell<Ledger>,
    /// How far subscribers have got whose stream is open.
    pub(super) heads: RefCell<BTreeMap<(MissionId, Owner), u64>>,
    /// How long clients wait between two things, about.
    pub(super) pace_us: u64,
    started: Flag<u64>,
    last_death_us: Flag<u64>,
}

/// What came of a world.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Played {
    /// A digest of all that happened.
    pub(super) trace: u64,
    /// The first promise that was broken.
    pub(super) violation: Option<String>,
    /// How often a task went on.
    pub(super) steps: u64,
    /// How many events the logs have.
    pub(super) events: u64,
    /// How many of them are plans.
    pub(super) plans: u64,
}

/// Plays a world to its end, or to the first promise that is broken.
pub(super) fn play(seed: u64, kind: Kind, mutation: Option<Mutation>, prints: bool) -> Played {
    let sim = Sim::new(seed, prints);
    let world = World::new(&sim, kind, mutation);
    let mut steps = 0;
    let mut checked = BTreeMap::new();
    let mut until_us = 0;
    let end_us = STORM_US + SETTLED_US;
    while until_us < end_us && sim.violation().is_none() {
        until_us += 100 * MS;
        while let Some(owner) = sim.step(until_us) {
            steps += 1;
            if owner != WORLD
                && let Some(replica) = world.replicas.borrow().iter().flatten().find(|replica| replica.owner == owner)
            {
                replica.check_copies(&mut checked);
            }
            if sim.violation().is_some() {
                break;
            }
        }
        let since_us = match kind {
            Kind::Deaths => world.last_death_us.get(),
            Kind::Storm | Kind::Zombies | Kind::Lonely => STORM_US + AFTERMATH_US,
        };
        world.check_punctual(since_us);
    }
    if sim.violation().is_none() {
        world.check_settled();
        world.check_subscribers();
    }
    let (events, plans) = {
        let database = world.database.borrow();
        (database.missions.values().map(|row| row.log.len() as u64).sum(), database.plans)
    };
    // Tasks hold the world that holds them.
    world.replicas.borrow_mut().clear();
    sim.end();
    Played { trace: sim.trace(), violation: sim.violation(), steps, events, plans }
}

impl World {
    fn new(sim: &Sim, kind: Kind, mutation: Option<Mutation>) -> Rc<Self> {
        let storm = kind == Kind::Storm;
        // Each misfortune is left out of some worlds, so that it does not hide what the others do.
        let often = |percents: [u64; 3]| if storm { percents[sim.below(3) as usize] } else { 0 };
        let weather = Rc::new(Weather {
            lost_percent: often([0, 2, 10]),
            answer_lost_percent: if kind == Kind::Lonely { 25 } else { often([0, 2, 10]) },
            slow_percent: if kind == Kind::Zombies { 20 } else { often([0, 1, 8]) },
            notice_lost_percent: often([0, 5, 50]),
            slow_plans: storm,
            away: Flag::new(false),
            calm: Flag::new(false),
        });
        let replicas = match kind {
            Kind::Storm => 1 + sim.below(4),
            Kind::Deaths | Kind::Zombies => 2 + sim.below(2),
            Kind::Lonely => 1,
        };
        let surroundings = Rc::new(Surroundings {
            network: Arc::new(network(sim)),
            strategies: Strategies::built_in(),
            mutation,
            cached_missions: 1 + sim.below(4) as usize,
            max_replayed_events: [3, 20, 5_000][sim.below(3) as usize],
            mailboxes: RefCell::default(),
        });
        let mut database = Database::new(sim, mutation);
        let mut missions = Vec::new();
        for _ in 0..1 + sim.below(3) {
            let (mission, created) = mission(sim, &surroundings.network);
            missions.push(mission.id);
            database.insert_mission(mission, created);
        }
        let world = Rc::new(Self {
            sim: sim.clone(),
            surroundings,
            database: Rc::new(RefCell::new(database)),
            weather,
            replicas: RefCell::new((0..replicas).map(|_| None).collect()),
            missions,
            ledger: RefCell::default(),
            heads: RefCell::default(),
            pace_us: [20, 100, 400][sim.below(3) as usize] * MS,
            started: Flag::new(0),
            last_death_us: Flag::new(0),
        });
        for at in 0..replicas as usize {
            world.start(at);
        }
        for _ in 0..1 + sim.below(3) {
            let things = (STORM_US / world.pace_us).min(4 + sim.below(12));
            sim.spawn(WORLD, Rc::clone(&world).client(things));
        }
        for _ in 0..1 + sim.below(2) {
            let id = world.missions[sim.below(world.missions.len() as u64) as usize];
            sim.spawn(WORLD, Rc::clone(&world).subscriber(id));
        }
        sim.spawn(WORLD, Rc::clone(&world).misfortune(kind));
        world
    }

    fn start(&self, at: usize) {
        self.started.set(self.started.get() + 1);
        let owner = self.started.get();
        let connection = Connection {
            sim: self.sim.clone(),
            database: Rc::clone(&self.database),
            weather: Rc::clone(&self.weather),
            owner,
        };
        let clock_error_us = self.sim.between(0, 2 * S) as i64 - S as i64;
        self.sim.note("start", &[owner, at as u64]);
        self.replicas.borrow_mut()[at] = Some(Replica::start(connection, &self.surroundings, clock_error_us));
    }

    /// The replica loses its memory, and whatever it was about to do.
    fn crash(&self, at: usize) {
        let dead = self.replicas.borrow_mut()[at].take();
        if let Some(dead) = dead {
            self.sim.note("crash", &[dead.owner]);
            self.surroundings.mailboxes.borrow_mut().remove(&dead.owner);
            self.sim.kill(dead.owner);
            self.last_death_us.set(self.sim.now_us());
        }
    }

    fn alive(&self) -> usize {
        self.replicas.borrow().iter().flatten().count()
    }

    /// Things go wrong until the storm is over.
    async fn misfortune(self: Rc<Self>, kind: Kind) {
        let sim = &self.sim;
        let most_us = [300 * MS, S, 3 * S][sim.below(3) as usize];
        while sim.now_us() < STORM_US {
            sim.sleep(sim.between(10 * MS, most_us)).await;
            let at = sim.below(self.replicas.borrow().len() as u64) as usize;
            let replica = self.replicas.borrow()[at].clone();
            let Some(replica) = replica else {
                // In the end the first is left alone with what the others wrote.
                if kind != Kind::Zombies || sim.now_us() < 2 * STORM_US / 3 {
                    self.start(at);
                }
                continue;
            };
            let misfortune = match kind {
                Kind::Storm => sim.below(8),
                Kind::Deaths if self.alive() > 1 && sim.chance(50) => 0,
                Kind::Zombies if at > 0 && sim.chance(50) => 0,
                Kind::Zombies => 3,
                Kind::Deaths | Kind::Lonely => continue,
            };
            match misfortune {
                0..2 => self.crash(at),
                2 => {
                    // Stops in good order, as far as others can tell.
                    let id = replica.id();
                    drop(replica);
                    self.database.borrow_mut().leave(id);
                    self.crash(at);
                }
                3..5 => {
                    let (it, for_us) = (Rc::clone(&self), sim.between(50 * MS, 5 * S));
                    sim.note("stall", &[replica.owner, for_us]);
                    sim.stall(replica.owner);
                    sim.spawn(WORLD, async move {
                        it.sim.sleep(for_us).await;
                        it.sim.note("resume", &[replica.owner]);
                        it.sim.resume(replica.owner);
                    });
                }
                5 => {
                    let error_us = sim.between(0, 20 * S) as i64 - 10 * S as i64;
                    sim.note("clock", &[replica.owner, error_us.unsigned_abs()]);
                    replica.clock_error_us.set(error_us);
                }
                6 => self.break_listening(&replica),
                _ => {
                    let for_us = sim.between(50 * MS, 2 * S);
                    sim.note("away", &[for_us]);
                    self.weather.away.set(true);
                    sim.sleep(for_us).await;
                    self.weather.away.set(false);
                }
            }
        }
        sim.note("calm", &[]);
        self.weather.calm.set(true);
        self.weather.away.set(false);
        let replicas: Vec<_> = self.replicas.borrow().iter().flatten().cloned().collect();
        for replica in &replicas {
            sim.resume(replica.owner);
            replica.clock_error_us.set(replica.clock_error_us.get().clamp(-(S as i64), S as i64));
        }
        if replicas.is_empty() {
            self.start(0);
        }
    }

    fn break_listening(&self, replica: &Replica) {
        self.sim.note("deaf", &[replica.owner]);
        if let Some(mailbox) = self.surroundings.mailboxes.borrow().get(&replica.owner) {
            mailbox.broken.set(true);
            mailbox.arrived.notify_one();
        }
    }
}

const ORIGIN: LonLat = LonLat { lon: 8.0, lat: 50.0 };

/// A grid of roads 100 m apart, some missing and some one-way.
fn network(sim: &Sim) -> Network {
    let (columns, rows) = (2 + sim.below(2) as usize, 2 + sim.below(2) as usize);
    let node = |i: usize| {
        let point = Point { x_m: (i % columns) as f64 * 100.0, y_m: (i / columns) as f64 * 100.0 };
        Node { id: format!("n{i}").into(), lon_lat: LocalPlane::new(ORIGIN).unproject(point), point }
    };
    let mut parts = Vec::new();
    for i in 0..columns * rows {
        let right = (i % columns + 1 < columns).then_some(i + 1);
        let up = (i / columns + 1 < rows).then_some(i + columns);
        for end in right.into_iter().chain(up) {
            if parts.is_empty() || sim.chance(90) {
                parts.push(SegmentPart {
                    nodes: vec![i as u32, end as u32],
                    oneway: sim.chance(10),
                    speed_limit_mps: None,
                    name: None,
                    source_ids: vec![],
                    blockage_probability: 0.1,
                    road: Default::default(),
                });
            }
        }
    }
    Network::new(ORIGIN, (0..columns * rows).map(node).collect(), parts).expect("a grid is a network")
}

fn mission(sim: &Sim, network: &Network) -> (Mission, Logged) {
    let endpoint = || {
        let segment = SegmentId(sim.below(network.segments().len() as u64) as u32);
        let place = Place { segment, offset_m: sim.below(101) as f64 };
        Endpoint { place, lon_lat: network.lon_lat_at(place), snapped_m: 0.0 }
    };
    let (start, waypoints) = (endpoint(), (0..sim.below(3)).map(|_| endpoint()).collect::<Vec<_>>());
    let goals = (0..1 + sim.below(2)).map(|_| endpoint()).collect();
    let goal = Goals::of(goals, !waypoints.is_empty()).expect("a goal");
    let at = UavPosition { lon_lat: start.lon_lat, point: network.point_at(start.place) };
    let uav = |i: u64| Uav { id: VehicleId(format!("uav-{i}")), speed_mps: 20.0, start: at };
    let name = ["ugv_only", "shortest_path"][sim.below(2) as usize].to_owned();
    let settings = MissionSettings {
        name: "rescue".to_owned(),
        network: NetworkId(Uuid::from_u128(1)),
        segment_count: network.segments().len() as u32,
        start,
        goal,
        waypoints,
        ugv: Ugv { speed_mps: 10.0 },
        uavs: (1..=1 + sim.below(2)).map(uav).collect(),
        strategy: crate::domain::plan::StrategyChoice { name, parameters: serde_json::Map::new() },
        seed: sim.below(100),
    };
    let event = MissionEvent { seq: 1, revision: 0, recorded_at: clock(0), body: EventBody::MissionCreated(settings) };
    let mission = Mission::created(MissionId(sim.uuid()), &event).expect("a creation");
    let stored = StoredEvent::of(&event).expect("an event is written");
    let frame = Frame::of(&stored);
    (mission, Logged { event, frame })
}
