//! What is asked on a network: closures on the route, moves and reopenings, the same for every engine.

use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use uuid::Uuid;

use crate::domain::closure::Closure;
use crate::domain::ids::{ClosureId, NodeIndex, SegmentId};
use crate::domain::knowledge::Knowledge;
use crate::domain::network::{Leg, Network, Place};
use crate::domain::timestamp::Timestamp;
use crate::planning::budget::Budget;
use crate::planning::search::{Found, Search};

/// What happened before a query.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// A new start and a new goal, all roads open: a mission's first plan.
    NewGoal,
    /// Nothing.
    Same,
    /// A segment of the route was closed.
    Closure,
    /// The UGV is further on along its new route.
    Move,
    /// The segment was reopened, and the UGV is where it began.
    Reopening,
    /// A segment of the route was closed, and those before it are closed still.
    FurtherClosure,
    /// Many segments were closed in one call.
    Standing,
    /// A segment of the route was closed, while many others are.
    ClosureAmongMany,
    /// It was reopened.
    ReopeningAmongMany,
    /// A large share of all segments was closed in one call.
    Storm,
    /// A segment of the route that the storm has left was closed.
    ClosureAfterStorm,
}

/// All kinds, in the order in which they are told.
pub const KINDS: [Kind; 11] = [
    Kind::NewGoal,
    Kind::Same,
    Kind::Closure,
    Kind::Move,
    Kind::Reopening,
    Kind::FurtherClosure,
    Kind::Standing,
    Kind::ClosureAmongMany,
    Kind::ReopeningAmongMany,
    Kind::Storm,
    Kind::ClosureAfterStorm,
];

impl Kind {
    /// The kind in a table's words.
    pub fn words(self) -> &'static str {
        match self {
            Self::NewGoal => "a new goal",
            Self::Same => "the same again",
            Self::Closure => "a closure on the route",
            Self::Move => "a move",
            Self::Reopening => "a reopening",
            Self::FurtherClosure => "one closure more",
            Self::Standing => "500 closures at once",
            Self::ClosureAmongMany => "a closure among 500",
            Self::ReopeningAmongMany => "a reopening among 500",
            Self::Storm => "a storm",
            Self::ClosureAfterStorm => "a closure after a storm",
        }
    }

    /// Its place in [`KINDS`].
    pub(super) fn index(self) -> usize {
        self as usize
    }
}

/// What becomes of the roads before a query.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Event {
    /// These are closed, and all others open.
    OnlyClosed(Vec<SegmentId>),
    /// These are closed, each of them open before.
    Closed(Vec<SegmentId>),
    /// These are reopened, each of them closed before.
    Reopened(Vec<SegmentId>),
}

/// A query, and what came before it.
#[derive(Clone, Debug)]
pub struct Step {
    /// What is told of it.
    pub kind: Kind,
    /// Which repetition for this pair it is part of.
    pub round: usize,
    /// What becomes of the roads.
    pub event: Event,
    /// Where the UGV is.
    pub start: NodeIndex,
    /// Where it goes.
    pub goal: NodeIndex,
}

/// How much is asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ScriptOptions {
    /// Pairs of start and goal, drawn at random.
    pub pairs: usize,
    /// Repetitions for each pair.
    pub rounds: usize,
    /// Of the draws.
    pub seed: u64,
}

/// How many segments stand closed in the middle part; never more than the twentieth part of all.
const STANDING: usize = 500;

/// The share of segments that a storm closes: 13,000 of Porto's 85,000.
const STORM_SHARE: f64 = 0.153;

/// For each of some random pairs of junctions that connect: the query twice; then `rounds` times a closure on the route, a move along
/// the first quarter of the route that results, and the reopening together with the move back; then `rounds` closures, each on the route
/// that the one before resulted in; then all is open again but for 500 segments beside the route that are closed at once, and `rounds` times
/// a segment of the route is closed and reopened; then a storm closes 15 % of all segments, and `rounds` closures follow on whatever route
/// is left.
pub fn write(network: &Network, options: ScriptOptions) -> Vec<Step> {
    let mut random = ChaCha8Rng::seed_from_u64(options.seed);
    let mut steps = Vec::new();
    let mut search = Search::new();
    for _ in 0..options.pairs {
        let [start, goal] = [0, 1].map(|_| NodeIndex(below(&mut random, network.junction_count()) as u32));
        let knowledge = Knowledge::unknown(network.segments().len());
        let mut pair =
            Pair { network, search: &mut search, random: &mut random, knowledge, start, goal, steps: vec![] };
        pair.write(options.rounds);
        steps.append(&mut pair.steps);
    }
    steps
}

fn below(random: &mut ChaCha8Rng, limit: usize) -> usize {
    (random.next_u64() % limit.max(1) as u64) as usize
}

struct Pair<'a> {
    network: &'a Network,
    search: &'a mut Search,
    random: &'a mut ChaCha8Rng,
    knowledge: Knowledge,
    start: NodeIndex,
    goal: NodeIndex,
    steps: Vec<Step>,
}

impl Pair<'_> {
    fn write(&mut self, rounds: usize) {
        let Some(first) = self.route() else { return };
        self.ask(Kind::NewGoal, 0, Event::OnlyClosed(vec![]));
        self.ask(Kind::Same, 0, Event::Closed(vec![]));
        for round in 0..rounds {
            let closed = self.one_of(&first).segment;
            self.ask(Kind::Closure, round, Event::Closed(vec![closed]));
            if let Some(legs) = self.route() {
                let begun = self.start;
                let leg = legs[below(self.random, legs.len() / 4 + 1)];
                self.start = junction_at_end(self.network, leg).unwrap_or(begun);
                self.ask(Kind::Move, round, Event::Closed(vec![]));
                self.start = begun;
            }
            self.ask(Kind::Reopening, round, Event::Reopened(vec![closed]));
        }
        for round in 0..rounds {
            let Some(legs) = self.route() else { break };
            let closed = self.one_of(&legs).segment;
            self.ask(Kind::FurtherClosure, round, Event::Closed(vec![closed]));
        }
        let segments = self.network.segments().len();
        let standing = self.beside(&first, STANDING.min(segments / 20));
        self.ask(Kind::Standing, 0, Event::OnlyClosed(standing));
        for round in 0..rounds {
            let Some(legs) = self.route() else { break };
            let closed = self.one_of(&legs).segment;
            self.ask(Kind::ClosureAmongMany, round, Event::Closed(vec![closed]));
            self.ask(Kind::ReopeningAmongMany, round, Event::Reopened(vec![closed]));
        }
        let storm = self.beside(&[], (segments as f64 * STORM_SHARE) as usize);
        self.ask(Kind::Storm, 0, Event::Closed(storm));
        for round in 0..rounds {
            let Some(legs) = self.route() else { break };
            let closed = self.one_of(&legs).segment;
            self.ask(Kind::ClosureAfterStorm, round, Event::Closed(vec![closed]));
        }
    }

    fn ask(&mut self, kind: Kind, round: usize, event: Event) {
        apply(&mut self.knowledge, &event);
        self.steps.push(Step { kind, round, event, start: self.start, goal: self.goal });
    }

    /// The legs of the shortest way.
    fn route(&mut self) -> Option<Vec<Leg>> {
        let [from, to] = [self.start, self.goal].map(|junction| place(self.network, junction));
        let budget = &mut Budget::steps(u64::MAX);
        match self.search.shortest_way(self.network, &self.knowledge, from, to, budget) {
            Ok(Found::Legs(legs)) => Some(legs),
            _ => None,
        }
    }

    fn one_of(&mut self, legs: &[Leg]) -> Leg {
        legs[below(self.random, legs.len())]
    }

    /// So many open segments that are not of the route, ascending.
    fn beside(&mut self, route: &[Leg], count: usize) -> Vec<SegmentId> {
        let segments = self.network.segments().len();
        let mut taken: Vec<bool> = (0..segments).map(|i| self.knowledge.is_blocked(SegmentId(i as u32))).collect();
        for leg in route {
            taken[leg.segment.index()] = true;
        }
        let free = taken.iter().filter(|taken| !**taken).count();
        let mut chosen = Vec::new();
        while chosen.len() < count.min(free) {
            let segment = below(self.random, segments);
            if !std::mem::replace(&mut taken[segment], true) {
                chosen.push(SegmentId(segment as u32));
            }
        }
        chosen.sort_unstable();
        chosen
    }
}

fn junction_at_end(network: &Network, leg: Leg) -> Option<NodeIndex> {
    network.junction_at(Place { segment: leg.segment, offset_m: leg.to_m })
}

/// Where a junction is. Every junction is an end of a segment.
pub(super) fn place(network: &Network, junction: NodeIndex) -> Place {
    network.place_of_node(junction).unwrap_or(Place { segment: SegmentId(0), offset_m: 0.0 })
}

/// Takes an event in.
pub(super) fn apply(knowledge: &mut Knowledge, event: &Event) {
    match event {
        Event::OnlyClosed(segments) => {
            *knowledge = Knowledge::unknown(knowledge.segment_count());
            apply(knowledge, &Event::Closed(segments.clone()));
        }
        Event::Closed(segments) => {
            // No two closings in force have a segment in common, so the first tells them apart.
            let Some(first) = segments.first() else { return };
            let id = ClosureId(Uuid::from_u128(u128::from(first.0)));
            let (segments, reason, closed_by) = (segments.clone(), String::new(), String::new());
            knowledge.apply_closure(&Closure::Close { id, segments, reason, closed_by, expires_at: None });
        }
        Event::Reopened(segments) => {
            let Some(at) = Timestamp::from_unix_micros(0) else { return };
            let (id, segments) = (ClosureId(Uuid::nil()), segments.clone());
            let (reason, reopened_by) = (String::new(), String::new());
            knowledge.apply_closure(&Closure::Reopen { id, segments, reason, reopened_by, at });
        }
    }
}
