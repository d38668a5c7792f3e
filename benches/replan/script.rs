//! What is asked in a measurement: closures on the route, moves and reopenings, the same for every engine.

use outrider::domain::closure::Closure;
use outrider::domain::ids::{ClosureId, NodeIndex, SegmentId};
use outrider::domain::knowledge::Knowledge;
use outrider::domain::network::{Leg, Network, Place};
use outrider::domain::timestamp::Timestamp;
use outrider::planning::budget::Budget;
use outrider::planning::search::{Found, Search};
use rand_chacha::ChaCha8Rng;
use rand_chacha::rand_core::{Rng, SeedableRng};
use uuid::Uuid;

/// What happened before a query.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Event {
    /// A new start and a new goal.
    NewGoal,
    /// The same again.
    Nothing,
    /// A segment of the route was closed.
    Closed(SegmentId),
    /// A segment of the route was closed, and none is reopened.
    ClosedToo(SegmentId),
    /// The UGV is further on along its route.
    Moved,
    /// The segment was reopened, and the UGV is where it began.
    Reopened(SegmentId),
}

/// A query, and what came before it.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Step {
    pub(crate) event: Event,
    pub(crate) start: NodeIndex,
    pub(crate) goal: NodeIndex,
}

/// For each of `pairs` random pairs of junctions that connect: the query twice; then `rounds` times a closure on the
/// route, a move along the first quarter of the route that results, and the reopening together with the move back; then
/// `rounds` closures, each on the route that the one before resulted in.
pub(crate) fn write(network: &Network, pairs: usize, rounds: usize, seed: u64) -> anyhow::Result<Vec<Step>> {
    let mut random = ChaCha8Rng::seed_from_u64(seed);
    let mut below = |limit: usize| (random.next_u64() % limit as u64) as usize;
    let mut search = Search::new();
    let mut knowledge;
    let mut steps = Vec::new();
    for _ in 0..pairs {
        knowledge = Knowledge::unknown(network.segments().len());
        let [start, goal] = [0, 1].map(|_| NodeIndex(below(network.junction_count()) as u32));
        let mut route = |knowledge: &Knowledge| way(&mut search, network, knowledge, start, goal);
        let Some(first_legs) = route(&knowledge)? else { continue };
        steps.extend([Event::NewGoal, Event::Nothing].map(|event| Step { event, start, goal }));
        for _ in 0..rounds {
            let closed = first_legs[below(first_legs.len())].segment;
            apply(&mut knowledge, Event::Closed(closed));
            steps.push(Step { event: Event::Closed(closed), start, goal });
            if let Some(legs) = route(&knowledge)? {
                let moved = junction_at_end(network, legs[below(legs.len() / 4 + 1)]).unwrap_or(start);
                steps.push(Step { event: Event::Moved, start: moved, goal });
            }
            apply(&mut knowledge, Event::Reopened(closed));
            steps.push(Step { event: Event::Reopened(closed), start, goal });
        }
        for _ in 0..rounds {
            let Some(legs) = route(&knowledge)? else { break };
            let event = Event::ClosedToo(legs[below(legs.len())].segment);
            apply(&mut knowledge, event);
            steps.push(Step { event, start, goal });
        }
    }
    Ok(steps)
}

/// The legs of the shortest way.
fn way(
    search: &mut Search,
    network: &Network,
    knowledge: &Knowledge,
    start: NodeIndex,
    goal: NodeIndex,
) -> anyhow::Result<Option<Vec<Leg>>> {
    let [from, to] = [start, goal].map(|junction| place(network, junction));
    let found = search.shortest_way(network, knowledge, from, to, &mut Budget::steps(u64::MAX));
    Ok(match found.map_err(|_| anyhow::anyhow!("the budget has no end"))? {
        Found::Legs(legs) => Some(legs),
        Found::SamePlace | Found::NoWay(_) => None,
    })
}

fn junction_at_end(network: &Network, leg: Leg) -> Option<NodeIndex> {
    network.junction_at(Place { segment: leg.segment, offset_m: leg.to_m })
}

/// Where a junction is. Every junction is an end of a segment.
pub(crate) fn place(network: &Network, junction: NodeIndex) -> Place {
    network.place_of_node(junction).unwrap_or(Place { segment: SegmentId(0), offset_m: 0.0 })
}

/// Takes a closure or reopening in; with a new goal nothing is known of the roads.
pub(crate) fn apply(knowledge: &mut Knowledge, event: Event) {
    let Some(at) = Timestamp::from_unix_micros(0) else { return };
    match event {
        Event::Closed(segment) | Event::ClosedToo(segment) => knowledge.apply_closure(&Closure::Close {
            id: ClosureId(Uuid::from_u128(u128::from(segment.0))),
            segments: vec![segment],
            reason: String::new(),
            closed_by: String::new(),
            expires_at: None,
        }),
        Event::Reopened(segment) => knowledge.apply_closure(&Closure::Reopen {
            id: ClosureId(Uuid::from_u128(u128::from(segment.0))),
            segments: vec![segment],
            reason: String::new(),
            reopened_by: String::new(),
            at,
        }),
        Event::NewGoal => {
            *knowledge = Knowledge::unknown(knowledge.segment_count());
            true
        }
        Event::Nothing | Event::Moved => false,
    };
}
