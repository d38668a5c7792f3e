//! An exported log, planned again: the proof that plans follow from the log alone.

#[cfg(test)]
mod tests;

use std::io::{self, BufRead, BufReader, ErrorKind, Read};

use flate2::bufread::MultiGzDecoder;
use serde::{Deserialize, Serialize};

use crate::domain::geometry::LonLat;
use crate::domain::ids::MissionId;
use crate::domain::mission::{EventBody, FoldError, Mission, MissionEvent};
use crate::domain::network::{Leg, Network, NetworkFault, Node, Place, SegmentPart, Turn};
use crate::domain::plan::{Plan, PlanBasis};
use crate::domain::timestamp::Timestamp;
use crate::planning::budget::Budget;
use crate::planning::check::{Violation, check};
use crate::planning::search::Search;
use crate::planning::situation::Situation;
use crate::planning::strategy::Strategies;

/// The version of the file format.
pub const LOG_FORMAT: u32 = 1;
/// The version of one whose network has forbidden turns: programs that know the other only would plan without them.
pub const LOG_FORMAT_WITH_TURNS: u32 = 2;

/// How files of gzip begin (RFC 1952, section 2.3.1).
const GZIP: [u8; 2] = [0x1f, 0x8b];
/// The longest first line, in bytes: it has the network, and five million pieces of road take half of this.
const MAX_HEADER_BYTES: u64 = 2 << 30;
/// The longest line of an event, in bytes: a plan or a closing with every segment of such a network.
const MAX_EVENT_BYTES: u64 = 256 << 20;

/// The first line of an exported log: the mission and the network it runs on. Each further line is an event.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct LogHeader {
    /// The version of the file format.
    pub outrider_log: u32,
    /// The mission.
    pub mission_id: MissionId,
    /// Its network.
    pub network: NetworkParts,
}

/// A network as exported logs carry it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct NetworkParts {
    /// Where the local plane touches the Earth.
    pub origin: LonLat,
    /// The nodes, junctions first.
    pub nodes: Vec<Node>,
    /// The segments, by id.
    pub segments: Vec<SegmentPart>,
    /// The turns that a ground vehicle must not take.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub forbidden_turns: Vec<Turn>,
}

impl NetworkParts {
    /// The network.
    ///
    /// # Errors
    /// When the parts are none.
    pub fn assemble(self) -> Result<Network, NetworkFault> {
        let network = Network::new(self.origin, self.nodes, self.segments)?;
        if self.forbidden_turns.is_empty() { Ok(network) } else { network.with_forbidden_turns(&self.forbidden_turns) }
    }
}

impl LogHeader {
    /// The header of a mission's log.
    pub fn of(id: MissionId, network: &Network) -> Self {
        Self {
            outrider_log: if network.has_forbidden_turns() { LOG_FORMAT_WITH_TURNS } else { LOG_FORMAT },
            mission_id: id,
            network: NetworkParts {
                origin: network.plane().origin(),
                nodes: network.nodes().iter().map(Node::from).collect(),
                segments: network.parts().collect(),
                forbidden_turns: network.forbidden_turns().collect(),
            },
        }
    }
}

/// Why a log is not confirmed.
#[derive(Debug, thiserror::Error)]
pub enum ReplayError {
    /// The file cannot be read.
    #[error("line {line}: cannot be read")]
    Read {
        /// The line, from 1.
        line: usize,
        /// Why.
        #[source]
        source: std::io::Error,
    },
    /// A line is not what it should be.
    #[error("line {line}: {message}")]
    Format {
        /// The line, from 1.
        line: usize,
        /// What is wrong.
        message: String,
    },
    /// The header's network is none.
    #[error("line 1: the network is not valid")]
    Network(#[from] NetworkFault),
    /// The events are not a mission's log.
    #[error("line {line}: the log does not fold")]
    Fold {
        /// The line, from 1.
        line: usize,
        /// Why.
        #[source]
        source: FoldError,
    },
    /// A plan names a basis that the log does not have.
    #[error("event {seq}: the plan's basis is not in the log before it: {message}")]
    Basis {
        /// The plan's event.
        seq: u64,
        /// How so.
        message: String,
    },
    /// A plan breaks a rule of the world.
    #[error("event {seq}: the plan breaks a rule")]
    Rule {
        /// The plan's event.
        seq: u64,
        /// Which.
        #[source]
        source: Violation,
    },
    /// Planning again gives something else.
    #[error("event {seq}: planning again gives another plan\n  in the log: {logged}\n  now:        {now}")]
    Differs {
        /// The plan's event.
        seq: u64,
        /// What the log has.
        logged: String,
        /// What planning gives.
        now: String,
    },
}

/// What a replay found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Replayed {
    /// How many events the log has.
    pub events: u64,
    /// How many plans were computed again.
    pub plans: u64,
}

/// The lines of a log, each of which has an end: a few bytes of a compressed file may unpack to any number without one.
struct Lines<R> {
    log: R,
    read: usize,
    /// How many bytes the first line and each other one may have.
    limits: [u64; 2],
}

impl<R: BufRead> Iterator for Lines<R> {
    type Item = Result<(usize, String), ReplayError>;

    fn next(&mut self) -> Option<Self::Item> {
        self.read += 1;
        let line = self.read;
        let [first, other] = self.limits;
        let limit = if line == 1 { first } else { other };
        let mut text = String::new();
        match self.log.by_ref().take(limit).read_line(&mut text) {
            Ok(0) => None,
            Ok(bytes) if bytes as u64 == limit && !text.ends_with('\n') => {
                let source = io::Error::new(ErrorKind::InvalidData, format!("it has more than {limit} bytes"));
                Some(Err(ReplayError::Read { line, source }))
            }
            Ok(_) => Some(Ok((line, text))),
            Err(source) => Some(Err(ReplayError::Read { line, source })),
        }
    }
}

/// The events of a log, each with its line.
type Events<'a> = std::iter::FilterMap<
    Lines<Box<dyn BufRead + 'a>>,
    fn(Result<(usize, String), ReplayError>) -> Option<Result<(usize, MissionEvent), ReplayError>>,
>;

/// Reads the first line of an exported log, compressed with gzip or not.
fn open<'a>(mut log: impl BufRead + 'a) -> Result<(MissionId, Network, Events<'a>), ReplayError> {
    let format = |line: usize, message: String| ReplayError::Format { line, message };
    let beginning = log.fill_buf().map_err(|source| ReplayError::Read { line: 1, source })?;
    let is_compressed = beginning.starts_with(&GZIP);
    let log: Box<dyn BufRead + 'a> =
        if is_compressed { Box::new(BufReader::new(MultiGzDecoder::new(log))) } else { Box::new(log) };
    let mut lines = Lines { log, read: 0, limits: [MAX_HEADER_BYTES, MAX_EVENT_BYTES] };
    let (_, header) = lines.next().transpose()?.ok_or_else(|| format(1, "the file is empty".into()))?;
    let header: LogHeader =
        serde_json::from_str(&header).map_err(|e| format(1, format!("expected the header of an exported log: {e}")))?;
    if ![LOG_FORMAT, LOG_FORMAT_WITH_TURNS].contains(&header.outrider_log) {
        let known = format!("{LOG_FORMAT} and {LOG_FORMAT_WITH_TURNS}");
        let message = format!("format {} is not one that this version reads ({known})", header.outrider_log);
        return Err(format(1, message));
    }
    Ok((header.mission_id, header.network.assemble()?, lines.filter_map(event)))
}

/// The event that a line holds; nothing of an empty one.
fn event(line: Result<(usize, String), ReplayError>) -> Option<Result<(usize, MissionEvent), ReplayError>> {
    let (line, text) = match line {
        Ok((_, text)) if text.trim().is_empty() => return None,
        Ok(read) => read,
        Err(error) => return Some(Err(error)),
    };
    let read = serde_json::from_str(&text).map_err(|e| ReplayError::Format { line, message: e.to_string() });
    Some(read.map(|event| (line, event)))
}

/// The mission after its first event, which must be about this network: before there is room for what is known of so many segments.
fn begin(id: MissionId, network: &Network, line: usize, event: &MissionEvent) -> Result<Mission, ReplayError> {
    if let EventBody::MissionCreated(settings) = &event.body
        && settings.segment_count as usize != network.segments().len()
    {
        let message = "the mission expects another network than the header has".to_owned();
        return Err(ReplayError::Format { line, message });
    }
    Mission::created(id, event).map_err(|source| ReplayError::Fold { line, source })
}

/// Folds an exported log without planning anything: the mission at its end, its network, and when the last event was recorded.
///
/// # Errors
/// The first line that is not a log's.
pub fn fold(log: impl BufRead) -> Result<(Mission, Network, Timestamp), ReplayError> {
    let (id, network, events) = open(log)?;
    let mut last: Option<(Mission, Timestamp)> = None;
    for line in events {
        let (line, event) = line?;
        let at = event.recorded_at;
        let broken = |source| ReplayError::Fold { line, source };
        last = Some(match last {
            None => (begin(id, &network, line, &event)?, at),
            Some((mut mission, _)) => {
                mission.apply(&event).map_err(broken)?;
                (mission, at)
            }
        });
    }
    let (mission, at) = last.ok_or(ReplayError::Format { line: 2, message: "the log has no event".into() })?;
    if let Some(current) = &mission.plan
        && !lies_on(&network, &current.plan)
    {
        let message = "the plan names a place that the network does not have".to_owned();
        return Err(ReplayError::Basis { seq: current.seq, message });
    }
    Ok((mission, network, at))
}

/// Whether every place of the plan is one of the network.
fn lies_on(network: &Network, plan: &Plan) -> bool {
    let route = plan.decision.outcome.route().into_iter().flat_map(|route| &route.legs);
    let inspected =
        plan.decision.tasking.iter().flat_map(|tasking| &tasking.inspections).map(|inspection| &inspection.leg);
    let has = |segment, offset_m| network.has_place(Place { segment, offset_m });
    route.chain(inspected).all(|leg| has(leg.segment, leg.from_m) && has(leg.segment, leg.to_m))
        && places_of(&plan.basis).all(|place| network.has_place(place))
}

/// Where the UGV is and where it has to get to.
fn places_of(basis: &PlanBasis) -> impl Iterator<Item = Place> {
    basis.goal.as_slice().iter().chain(&basis.waypoints).copied().chain([basis.ugv.place])
}

/// Folds an exported log, compressed with gzip or not, and computes each of its plans again. `progress` is told of every event.
///
/// # Errors
/// The first line that is not a log's, or the first plan that differs.
pub fn replay(
    log: impl BufRead,
    strategies: &Strategies,
    mut progress: impl FnMut(Replayed),
) -> Result<Replayed, ReplayError> {
    let (mission_id, network, lines) = open(log)?;
    let mut replayer = Replayer {
        network,
        strategies,
        search: Search::default(),
        mission: None,
        at_basis: None,
        behind: Vec::new(),
        found: Replayed::default(),
    };
    for line in lines {
        let (number, event) = line?;
        replayer.take(mission_id, number, event)?;
        progress(replayer.found);
    }
    if replayer.mission.is_none() {
        return Err(ReplayError::Format { line: 2, message: "the log has no event".into() });
    }
    Ok(replayer.found)
}

struct Replayer<'a> {
    network: Network,
    strategies: &'a Strategies,
    search: Search,
    /// The mission after every event so far.
    mission: Option<Mission>,
    /// The mission as the latest plan's basis saw it, and the events it has not folded yet. Bases only move forward.
    at_basis: Option<Mission>,
    behind: Vec<MissionEvent>,
    found: Replayed,
}

impl Replayer<'_> {
    fn take(&mut self, id: MissionId, line: usize, event: MissionEvent) -> Result<(), ReplayError> {
        let fold = |source| ReplayError::Fold { line, source };
        match &mut self.mission {
            None => {
                let mission = begin(id, &self.network, line, &event)?;
                self.at_basis = Some(mission.clone());
                self.mission = Some(mission);
            }
            Some(_) => {
                if let EventBody::Plan(plan) = &event.body {
                    self.found.plans += 1;
                    verify(self, event.seq, plan)?;
                }
                if let Some(mission) = &mut self.mission {
                    mission.apply(&event).map_err(fold)?;
                }
                self.behind.push(event);
            }
        }
        self.found.events += 1;
        Ok(())
    }
}

fn verify(replayer: &mut Replayer<'_>, seq: u64, plan: &Plan) -> Result<(), ReplayError> {
    let basis = &plan.basis;
    let wrong = |message: String| ReplayError::Basis { seq, message };
    let Some(mission) = &mut replayer.at_basis else { return Err(wrong("there is no mission yet".into())) };
    let take = replayer.behind.iter().take_while(|event| event.seq <= basis.seq).count();
    for event in replayer.behind.drain(..take) {
        mission.apply(&event).map_err(|e| wrong(e.to_string()))?;
    }
    if mission.seq != basis.seq {
        return Err(wrong(format!("it names event {}, but the log is at {}", basis.seq, mission.seq)));
    }
    if mission.revision != basis.revision {
        return Err(wrong(format!("it names revision {}, but the log is at {}", basis.revision, mission.revision)));
    }
    if !mission.leads_as(basis) || mission.settings.seed != basis.seed {
        return Err(wrong("its goals, waypoints or seed are not the mission's".into()));
    }
    let network = &replayer.network;
    let legs = basis.uavs.iter().flat_map(|uav| [uav.inspecting, uav.bound_for]).flatten();
    let ends =
        legs.flat_map(|Leg { segment, from_m, to_m }| [from_m, to_m].map(|offset_m| Place { segment, offset_m }));
    if !places_of(basis).chain(ends).all(|place| network.has_place(place)) {
        return Err(wrong("it names a place that the network does not have".into()));
    }
    let mut speeds_mps = basis.uavs.iter().map(|uav| uav.speed_mps).chain([basis.ugv.speed_mps]);
    if !speeds_mps.all(|speed_mps| speed_mps > 0.0) {
        return Err(wrong("it has a vehicle that does not move".into()));
    }
    let strategy = replayer
        .strategies
        .get(&basis.strategy.name)
        .ok_or_else(|| wrong(format!("there is no strategy {:?}", basis.strategy.name)))?;
    let situation = Situation::from_basis(network, &mission.knowledge, basis);
    let mut budget = Budget::steps(Budget::DEFAULT_STEPS);
    let decision = strategy.decide(&situation, &basis.strategy.parameters, &mut replayer.search, &mut budget);
    if decision != plan.decision {
        let text = |decision| serde_json::to_string(decision).unwrap_or_default();
        return Err(ReplayError::Differs { seq, logged: text(&plan.decision), now: text(&decision) });
    }
    check(&situation, &decision).map_err(|source| ReplayError::Rule { seq, source })
}
