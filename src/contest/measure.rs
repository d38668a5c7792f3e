//! One engine after the other is taken through the same steps; every answer is compared.

use std::time::{Duration, Instant};

use nix::time::{ClockId, clock_gettime};

use super::engines::{Engine, EngineFault, Query};
use super::script::{KINDS, Kind, Step, apply};
use crate::domain::ids::{NodeIndex, SegmentId};
use crate::domain::knowledge::Knowledge;
use crate::domain::network::Network;

/// Lengths that differ by no more than this share are the same: they are added in another order.
const SAME_SHARE: f64 = 1e-9;

/// What time is measured in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Clock {
    /// What a user waits.
    Wall,
    /// The time for which a processor worked for the engine: on a machine with other work, what a user would wait without that. An
    /// engine that works elsewhere is measured on the wall.
    Processor,
}

impl Clock {
    fn now(self, begun: Instant) -> Duration {
        let processor = || clock_gettime(ClockId::CLOCK_THREAD_CPUTIME_ID).ok().map(Duration::from);
        match self {
            Self::Wall => begun.elapsed(),
            Self::Processor => processor().unwrap_or_else(|| begun.elapsed()),
        }
    }
}

/// How it is measured.
#[derive(Clone, Copy, Debug)]
pub struct Limits {
    /// In what time.
    pub clock: Clock,
    /// An engine is not asked any further once its answers on a network have taken so long altogether.
    pub per_engine: Duration,
}

/// What an engine took on a network.
#[derive(Clone, Debug, PartialEq)]
pub struct EngineResults {
    /// Its name.
    pub name: String,
    /// How long it took to get ready.
    pub preparation: Duration,
    /// Nanoseconds an answer took, by the kind's place in [`KINDS`].
    pub answers_ns: Vec<Vec<u64>>,
}

impl EngineResults {
    /// With no answers yet.
    pub fn new(name: &str, preparation: Duration) -> Self {
        Self { name: name.to_owned(), preparation, answers_ns: vec![Vec::new(); KINDS.len()] }
    }

    /// The share `q` of the answers of a kind took no longer than this, in microseconds.
    pub fn quantile_us(&self, kind: Kind, q: f64) -> Option<f64> {
        let mut sorted_ns = self.answers_ns[kind.index()].clone();
        sorted_ns.sort_unstable();
        let last = sorted_ns.len().checked_sub(1)?;
        sorted_ns.get((last as f64 * q).round() as usize).map(|ns| *ns as f64 / 1e3)
    }

    /// How many answers of a kind there are.
    pub fn count(&self, kind: Kind) -> usize {
        self.answers_ns[kind.index()].len()
    }

    /// Adds the answers on another network.
    pub fn add(&mut self, other: &Self) {
        self.preparation = self.preparation.max(other.preparation);
        for (mine, more) in self.answers_ns.iter_mut().zip(&other.answers_ns) {
            mine.extend(more);
        }
    }
}

/// What all engines took on a network, or on several of one size.
#[derive(Clone, Debug, PartialEq)]
pub struct NetworkResults {
    /// Its name.
    pub name: String,
    /// How many junctions it has; the most if there are several.
    pub junctions: usize,
    /// How many segments.
    pub segments: usize,
    /// How many directions of travel of segments.
    pub directed_edges: usize,
    /// In the order in which they were measured: the service's own search first.
    pub engines: Vec<EngineResults>,
}

impl NetworkResults {
    /// Of a network, with no results yet.
    pub fn new(name: &str, network: &Network) -> Self {
        let junctions = network.junction_count();
        let directed_edges = (0..junctions).map(|i| network.outgoing(NodeIndex(i as u32)).count()).sum();
        let (name, segments) = (name.to_owned(), network.segments().len());
        Self { name, junctions, segments, directed_edges, engines: Vec::new() }
    }

    /// Adds the results of another network.
    pub fn add(&mut self, other: Self) {
        if other.segments > self.segments {
            (self.junctions, self.segments) = (other.junctions, other.segments);
            self.directed_edges = other.directed_edges;
        }
        for more in other.engines {
            match self.engines.iter_mut().find(|mine| mine.name == more.name) {
                Some(mine) => mine.add(&more),
                None => self.engines.push(more),
            }
        }
    }
}

/// An answer is wrong, or there is none.
#[derive(Debug, thiserror::Error)]
pub enum MeasureError {
    /// Two engines differ.
    #[error(
        "{engine} says {found_m:?} m, {reference} says {expected_m:?} m, from junction {start} to junction {goal} after {}, step {step}",
        .kind.words()
    )]
    Differs {
        /// Who differs.
        engine: &'static str,
        /// The length it found.
        found_m: Option<f64>,
        /// Who answered first.
        reference: String,
        /// The length found there.
        expected_m: Option<f64>,
        /// What happened before.
        kind: Kind,
        /// Which step it is.
        step: usize,
        /// Where the UGV was.
        start: u32,
        /// Where it went.
        goal: u32,
    },
    /// An engine failed.
    #[error("{engine} failed at step {step}")]
    Failed {
        /// Which.
        engine: &'static str,
        /// At which step.
        step: usize,
        /// Why.
        source: EngineFault,
    },
}

/// What the first engine found, to compare with.
#[derive(Clone, Debug, Default)]
pub struct Reference {
    name: String,
    lengths_m: Vec<Option<f64>>,
}

/// Takes an engine through the steps, and compares each answer with the reference's; the first engine becomes the reference. `each` is
/// called after every step.
///
/// # Errors
/// When an answer differs, or the engine fails.
pub fn measure(
    network: &Network,
    steps: &[Step],
    engine: &mut dyn Engine,
    preparation: Duration,
    reference: &mut Reference,
    limits: Limits,
    mut each: impl FnMut(),
) -> Result<EngineResults, MeasureError> {
    let name = engine.name();
    let is_first = reference.lengths_m.is_empty();
    if is_first {
        reference.name = name.to_owned();
    }
    let mut results = EngineResults::new(name, preparation);
    let mut knowledge = Knowledge::unknown(network.segments().len());
    let mut told = knowledge.clone();
    let mut taken = Duration::ZERO;
    let (epoch, clock) = (Instant::now(), if engine.works_elsewhere() { Clock::Wall } else { limits.clock });
    for (i, step) in steps.iter().enumerate() {
        apply(&mut knowledge, &step.event);
        each();
        let is_asked = is_first || (taken < limits.per_engine && (!engine.works_elsewhere() || step.round == 0));
        if !is_asked {
            continue;
        }
        let turned = turned(&told, &knowledge);
        let query = Query { knowledge: &knowledge, turned: &turned, start: step.start, goal: step.goal };
        let begun = clock.now(epoch);
        let found = engine.answer(query);
        let took = clock.now(epoch).saturating_sub(begun);
        taken += took;
        let found = found.map_err(|source| MeasureError::Failed { engine: name, step: i, source })?;
        results.answers_ns[step.kind.index()].push(took.as_nanos() as u64);
        told.clone_from(&knowledge);
        if is_first {
            reference.lengths_m.push(found.map(|found| found.length_m));
        }
        let expected_m = reference.lengths_m[i];
        let agrees = match (found, expected_m) {
            (Some(found), Some(expected_m)) => {
                (found.length_m - expected_m).abs() <= SAME_SHARE * expected_m.max(1.0) + found.coarse_m
            }
            (found, expected_m) => found.is_none() && expected_m.is_none(),
        };
        if !agrees {
            return Err(MeasureError::Differs {
                engine: name,
                found_m: found.map(|found| found.length_m),
                reference: reference.name.clone(),
                expected_m,
                kind: step.kind,
                step: i,
                start: step.start.0,
                goal: step.goal.0,
            });
        }
    }
    Ok(results)
}

/// The segments that are closed in one and open in the other.
fn turned(before: &Knowledge, after: &Knowledge) -> Vec<SegmentId> {
    let segments = (0..before.segment_count() as u32).map(SegmentId);
    segments.filter(|segment| before.is_blocked(*segment) != after.is_blocked(*segment)).collect()
}
