//! Missions: creating, listing, changing, ending.

use std::collections::BTreeSet;
use std::sync::Arc;

use futures_util::Stream;
use serde_json::json;

use super::audit::{self, Origin};
use super::cells::Decider;
use super::locate::{check_faces, locate};
use super::{App, AppError, Fault, Location, Strategies, clock};
use crate::domain::access::TenantId;
use crate::domain::destination::Goals;
use crate::domain::geometry::LonLat;
use crate::domain::ids::{MissionId, NetworkId, VehicleId};
use crate::domain::mission::{
    Endpoint, EventBody, Mission, MissionChange, MissionEnd, MissionEvent, MissionSettings, MissionStatus,
};
use crate::domain::network::{Network, Place};
use crate::domain::plan::StrategyChoice;
use crate::domain::vehicle::{Uav, UavPosition, Ugv};
use crate::planning::budget::{Budget, Spent};
use crate::planning::search::Search;
use crate::store::{Claim, IdempotencyKey, MissionFilter, MissionSummary, StoreError, StoredEvent};

/// A mission to be created. Speeds are positive and finite.
#[derive(Clone, Debug)]
pub struct NewMission {
    /// Whose it is.
    pub tenant: TenantId,
    /// A name for people.
    pub name: String,
    /// The network to run on.
    pub network: NetworkId,
    /// Where the UGV starts.
    pub start: Location,
    /// Where it must get to.
    pub goals: NewGoals,
    /// The waypoints to visit before, in order.
    pub waypoints: Vec<Location>,
    /// The UGV's speed in metres per second.
    pub ugv_speed_mps: f64,
    /// The drones.
    pub uavs: Vec<NewUav>,
    /// How it is planned.
    pub strategy: StrategyChoice,
    /// The seed of whatever planning draws at random.
    pub seed: u64,
}

/// Goals as a request names them.
#[derive(Clone, Debug)]
pub enum NewGoals {
    /// A single one.
    One(Location),
    /// Any of these; at least one.
    Any(Vec<Location>),
}

impl NewGoals {
    /// Each with the pointer to it.
    pub fn with_pointers(&self) -> Vec<(&Location, String)> {
        match self {
            Self::One(goal) => vec![(goal, "/goal".to_owned())],
            Self::Any(goals) => goals.iter().enumerate().map(|(i, goal)| (goal, format!("/goals/{i}"))).collect(),
        }
    }

    fn endpoints(&self, network: &Network, faults: &mut Vec<Fault>) -> Vec<Endpoint> {
        let goals = self.with_pointers();
        goals.iter().filter_map(|(goal, pointer)| locate_or_note(network, goal, pointer, faults)).collect()
    }
}

/// A drone of a mission.
#[derive(Clone, Debug)]
pub struct NewUav {
    /// Its name; `uav-1`, `uav-2` and so on unless given.
    pub id: Option<VehicleId>,
    /// Its speed in metres per second.
    pub speed_mps: f64,
    /// Where it starts; the UGV's start unless given.
    pub start: Option<LonLat>,
}

/// A change of a mission. What is absent stays.
#[derive(Clone, Debug, Default)]
pub struct MissionPatch {
    /// A new strategy.
    pub strategy: Option<StrategyChoice>,
    /// New goals.
    pub goals: Option<NewGoals>,
    /// New waypoints, in place of those to come.
    pub waypoints: Option<Vec<Location>>,
    /// A new list of UAVs.
    pub uavs: Option<Vec<NewUav>>,
}

impl App {
    /// Creates a mission; its first plan follows. With a key that came before, the mission as it was when first created is
    /// the answer; the flag tells whether it was.
    ///
    /// # Errors
    /// When the request does not fit the network, or the database fails.
    pub async fn create_mission(
        self: &Arc<Self>,
        new: NewMission,
        key: Option<IdempotencyKey>,
    ) -> Result<(Mission, Arc<Network>, bool), AppError> {
        if let Some(key) = &key
            && let Some((mission, network)) = self.repeated_mission(self.store.find_claim(key).await?).await?
        {
            return Ok((mission, network, true));
        }
        let tenant = new.tenant.clone();
        let find = async {
            self.check_network_of(&tenant, new.network).await?;
            self.network(new.network).await
        };
        let network = find.await.map_err(|error| match error {
            AppError::NoSuchNetwork(id) => {
                AppError::invalid("unknown_network", "/network_id", format!("there is no network {id}"))
            }
            other => other,
        })?;
        let goals = new.goals.clone();
        let settings = self.settings_of(&network, new)?;
        let way = Way {
            start: settings.start.place,
            waypoints: settings.waypoints.iter().map(|waypoint| waypoint.place).collect(),
            goals: settings.goal.as_slice().iter().map(|goal| goal.place).collect(),
            goal_pointers: goal_pointers(&goals),
        };
        self.check_connected(&network, way).await?;
        let created =
            MissionEvent { seq: 1, revision: 0, recorded_at: clock::now(), body: EventBody::MissionCreated(settings) };
        let mission = Mission::created(MissionId(clock::new_uuid()), &created)?;
        // Stored even if the caller goes away meanwhile, so that a repeat with the same key finds it.
        let detail = json!({ "name": mission.settings.name, "network": mission.settings.network });
        let object = format!("mission/{}", mission.id);
        let entry = audit::entry(Origin::current().as_deref(), "mission.created", object, detail);
        let claim = self.store.insert_mission(&tenant, &mission, &created, key.as_ref(), &[entry]).await?;
        if let Some((first, network)) = self.repeated_mission(claim).await? {
            return Ok((first, network, true));
        }
        self.remember_tenant(mission.id.0, &tenant);
        metrics::counter!("outrider_missions_created_total").increment(1);
        tracing::info!(mission.id = %mission.id, network.id = %mission.settings.network, "mission created");
        self.replanner.poke(mission.id);
        Ok((mission, network, false))
    }

    async fn repeated_mission(&self, claim: Claim) -> Result<Option<(Mission, Arc<Network>)>, AppError> {
        let id = match claim {
            Claim::New => return Ok(None),
            Claim::Conflict => return Err(AppError::IdempotencyKeyReused),
            Claim::Repeat(id) => MissionId(id),
        };
        let first = self.store.events_after(id, 0, 1).await?;
        let created = first.first().ok_or(AppError::NoSuchMission(id))?.parse()?;
        let mission = Mission::created(id, &created)?;
        let network = self.network(mission.settings.network).await?;
        Ok(Some((mission, network)))
    }

    fn settings_of(&self, network: &Network, new: NewMission) -> Result<MissionSettings, AppError> {
        let mut faults = Vec::new();
        let start = locate_or_note(network, &new.start, "/start", &mut faults);
        let goals = new.goals.endpoints(network, &mut faults);
        let waypoints = waypoints_of(network, &new.waypoints, &mut faults);
        let goal = Goals::of(goals, !waypoints.is_empty());
        if let Err(fault) = check_strategy(&self.strategies, &new.strategy) {
            faults.push(fault);
        }
        let (Some(start), Some(goal), true) = (start, goal, faults.is_empty()) else {
            return Err(AppError::Invalid { code: "invalid_mission", faults });
        };
        let uavs = uavs_of(network, new.uavs, start.lon_lat)?;
        Ok(MissionSettings {
            name: new.name,
            network: new.network,
            segment_count: network.segments().len() as u32,
            start,
            goal,
            waypoints,
            ugv: Ugv { speed_mps: new.ugv_speed_mps },
            uavs,
            strategy: new.strategy,
            seed: new.seed,
        })
    }

    /// Refuses waypoints and goals that no road leads to, even with nothing closed.
    async fn check_connected(&self, network: &Arc<Network>, way: Way) -> Result<(), AppError> {
        let network = Arc::clone(network);
        let fault = self.pool.plan(Arc::default(), move |search, budget| way.fault(&network, search, budget)).await?;
        // A search that gave up refuses nobody.
        fault.unwrap_or(None).map_or(Ok(()), Err)
    }

    /// A page of a tenant's missions, newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_missions(&self, filter: MissionFilter, limit: u32) -> Result<Vec<MissionSummary>, AppError> {
        Ok(self.store.list_missions(filter, limit).await?)
    }

    /// Changes strategy, goals, waypoints or UAVs; a new plan follows. With `expected_version`, only if the mission is at that version.
    ///
    /// # Errors
    /// When the mission is over or at another version, the change does not fit, or the database fails.
    pub async fn change_mission(
        self: &Arc<Self>,
        id: MissionId,
        patch: MissionPatch,
        expected_version: Option<u64>,
    ) -> Result<(), AppError> {
        if patch.goals.is_some() || patch.waypoints.is_some() {
            let cell = self.cell(id).await?;
            let way = self.read_mission(id, |view| Way::after(view.mission, view.network, &patch)).await??;
            self.check_connected(&cell.network, way).await?;
        }
        let strategies = self.strategies.clone();
        self.record(id, move |decider| change(decider, &strategies, &patch, expected_version)).await
    }

    /// Pauses or resumes. Doing it again changes nothing.
    ///
    /// # Errors
    /// When the mission is over or at another version, or the database fails.
    pub async fn pause_mission(
        self: &Arc<Self>,
        id: MissionId,
        paused: bool,
        expected_version: Option<u64>,
    ) -> Result<(), AppError> {
        self.record(id, move |decider| pause(decider, paused, expected_version)).await
    }

    /// Ends a mission for good. Doing it again changes nothing.
    ///
    /// # Errors
    /// When the UGV has arrived already, the mission is at another version, or the database fails.
    pub async fn cancel_mission(
        self: &Arc<Self>,
        id: MissionId,
        expected_version: Option<u64>,
    ) -> Result<(), AppError> {
        self.record(id, move |decider| cancel(decider, expected_version)).await
    }

    /// A page of the mission's log.
    ///
    /// # Errors
    /// When there is no such mission, or the database fails.
    pub async fn log_page(&self, id: MissionId, after: u64, limit: u32) -> Result<Vec<StoredEvent>, AppError> {
        let events = self.store.events_after(id, after, limit).await?;
        if events.is_empty() {
            // Past the end, or no such mission.
            self.cell(id).await?;
        }
        Ok(events)
    }

    /// The mission's whole log, row by row.
    pub fn log_stream(&self, id: MissionId) -> impl Stream<Item = Result<StoredEvent, StoreError>> + Send + '_ {
        self.store.stream_events(id, 0)
    }
}

/// Changes the settings; what is the same already is no change.
pub(super) fn change(
    decider: &mut Decider<'_>,
    strategies: &Strategies,
    patch: &MissionPatch,
    expected_version: Option<u64>,
) -> Result<(), AppError> {
    check_open(decider.mission(), expected_version)?;
    let invalid = |fault| AppError::Invalid { code: "invalid_mission", faults: vec![fault] };
    let (settings, network) = (&decider.mission().settings, decider.network);
    let mut change = MissionChange::default();
    if let Some(strategy) = &patch.strategy {
        check_strategy(strategies, strategy).map_err(invalid)?;
        change.strategy = Some(strategy.clone()).filter(|s| *s != settings.strategy);
    }
    let mut faults = Vec::new();
    let waypoints = patch.waypoints.as_ref().map(|waypoints| waypoints_of(network, waypoints, &mut faults));
    let goals = patch.goals.as_ref().map(|goals| goals.endpoints(network, &mut faults));
    if !faults.is_empty() {
        return Err(AppError::Invalid { code: "invalid_mission", faults });
    }
    change.waypoints = waypoints.filter(|waypoints| waypoints != decider.mission().waypoints_ahead());
    if goals.is_some() || change.waypoints.is_some() {
        let goals = goals.unwrap_or_else(|| settings.goal.as_slice().to_vec());
        let has_waypoints = change.waypoints.is_some() || !settings.waypoints.is_empty();
        let is_new = change.waypoints.is_some() || goals != settings.goal.as_slice();
        change.goal = Goals::of(goals, has_waypoints).filter(|_| is_new);
    }
    if let Some(uavs) = &patch.uavs {
        let uavs = uavs_of(network, uavs.clone(), settings.start.lon_lat)?;
        change.uavs = Some(uavs).filter(|u| *u != settings.uavs);
    }
    if change != MissionChange::default() {
        let detail = json!({
            "strategy": change.strategy.as_ref().map(|strategy| &strategy.name),
            "goal": change.goal.as_ref().map(|goal| goal.map(|goal| goal.lon_lat)),
            "waypoints": change.waypoints.as_ref().map(|list| list.iter().map(|at| at.lon_lat).collect::<Vec<_>>()),
            "uavs": change.uavs.as_ref().map(|uavs| uavs.iter().map(|uav| &uav.id).collect::<Vec<_>>()),
        });
        decider.audit("mission.changed", detail);
        decider.add(EventBody::MissionChanged(change));
    }
    Ok(())
}

/// Where a UGV shall go, to be looked at as roads.
struct Way {
    start: Place,
    waypoints: Vec<Place>,
    goals: Vec<Place>,
    /// Where the request names each of the goals.
    goal_pointers: Vec<String>,
}

impl Way {
    /// That of a mission once it is changed. Neither the network nor the start ever change, so what holds of their roads holds
    /// when the change is recorded.
    fn after(mission: &Mission, network: &Network, patch: &MissionPatch) -> Result<Self, AppError> {
        let place = |endpoint: &Endpoint| endpoint.place;
        let mut faults = Vec::new();
        let waypoints = match &patch.waypoints {
            Some(waypoints) => waypoints_of(network, waypoints, &mut faults).iter().map(place).collect(),
            None => mission.waypoints_ahead().iter().map(place).collect(),
        };
        let (goals, goal_pointers) = match &patch.goals {
            Some(goals) => (goals.endpoints(network, &mut faults).iter().map(place).collect(), goal_pointers(goals)),
            None => {
                let goals: Vec<Place> = mission.settings.goal.as_slice().iter().map(place).collect();
                let pointers = vec!["/waypoints".to_owned(); goals.len()];
                (goals, pointers)
            }
        };
        if !faults.is_empty() {
            return Err(AppError::Invalid { code: "invalid_mission", faults });
        }
        Ok(Self { start: mission.settings.start.place, waypoints, goals, goal_pointers })
    }

    /// What of it no road leads to, even with nothing closed.
    fn fault(&self, network: &Network, search: &mut Search, budget: &mut Budget) -> Result<Option<AppError>, Spent> {
        let mut from = self.start;
        for (i, waypoint) in self.waypoints.iter().enumerate() {
            if !search.connects(network, from, *waypoint, budget)? {
                let before = if i == 0 { "the start" } else { "the waypoint before" };
                let message = format!("no road leads from {before} to the waypoint, even with nothing closed");
                return Ok(Some(AppError::invalid("waypoint_not_connected", format!("/waypoints/{i}"), message)));
            }
            from = *waypoint;
        }
        let apart = search.first_apart(network, from, &self.goals, budget)?;
        Ok(apart.and_then(|i| self.goal_pointers.get(i)).map(|pointer| {
            let before = if self.waypoints.is_empty() { "the start" } else { "the last waypoint" };
            let message = format!("no road leads from {before} to the goal, even with nothing closed");
            AppError::invalid("goal_not_connected", pointer.clone(), message)
        }))
    }
}

fn goal_pointers(goals: &NewGoals) -> Vec<String> {
    goals.with_pointers().into_iter().map(|(_, pointer)| pointer).collect()
}

fn waypoints_of(network: &Network, waypoints: &[Location], faults: &mut Vec<Fault>) -> Vec<Endpoint> {
    let waypoints = waypoints.iter().enumerate();
    waypoints.filter_map(|(i, at)| locate_or_note(network, at, &format!("/waypoints/{i}"), faults)).collect()
}

/// Finds the place, or notes why there is none.
fn locate_or_note(network: &Network, at: &Location, pointer: &str, faults: &mut Vec<Fault>) -> Option<Endpoint> {
    locate(network, at, pointer).map_err(|fault| faults.push(fault)).ok()
}

/// Pauses or resumes, unless it is so already.
pub(super) fn pause(decider: &mut Decider<'_>, paused: bool, expected_version: Option<u64>) -> Result<(), AppError> {
    check_open(decider.mission(), expected_version)?;
    if (decider.mission().status == MissionStatus::Paused) != paused {
        decider.audit(if paused { "mission.paused" } else { "mission.resumed" }, json!({}));
        decider.add(EventBody::MissionChanged(MissionChange { paused: Some(paused), ..Default::default() }));
    }
    Ok(())
}

/// Ends the mission, unless an operator has ended it already.
pub(super) fn cancel(decider: &mut Decider<'_>, expected_version: Option<u64>) -> Result<(), AppError> {
    if decider.mission().status == MissionStatus::Cancelled {
        return Ok(());
    }
    check_open(decider.mission(), expected_version)?;
    decider.audit("mission.cancelled", json!({}));
    decider.add(EventBody::MissionEnded { outcome: MissionEnd::Cancelled });
    Ok(())
}

/// Whether there is such a strategy and it takes these parameters.
///
/// # Errors
/// What is wrong with the name or the first parameter at fault.
pub fn check_strategy(strategies: &Strategies, choice: &StrategyChoice) -> Result<(), Fault> {
    let strategy = strategies.get(&choice.name).ok_or_else(|| {
        let names: Vec<_> = strategies.iter().map(|s| s.name()).collect();
        let message = format!("there is no strategy {:?}; there are {}", choice.name, names.join(", "));
        Fault::new("/strategy/name", message)
    })?;
    strategy.check_parameters(&choice.parameters).map_err(|fault| {
        let key = fault.parameter.replace('~', "~0").replace('/', "~1");
        Fault::new(format!("/strategy/parameters/{key}"), fault.message)
    })
}

/// Refuses changes of a mission that is over, or that the caller knows at another version.
pub(super) fn check_open(mission: &Mission, expected_version: Option<u64>) -> Result<(), AppError> {
    match mission.status {
        MissionStatus::Arrived => return Err(AppError::MissionEnded { status: "arrived" }),
        MissionStatus::Cancelled => return Err(AppError::MissionEnded { status: "cancelled" }),
        MissionStatus::Active | MissionStatus::Paused => {}
    }
    match expected_version {
        Some(expected) if expected != mission.version => {
            Err(AppError::VersionMismatch { expected, actual: mission.version })
        }
        _ => Ok(()),
    }
}

/// Names the drones and puts them at their starts.
fn uavs_of(network: &Network, new: Vec<NewUav>, default_start: LonLat) -> Result<Vec<Uav>, AppError> {
    let mut names = BTreeSet::new();
    let mut uavs = Vec::with_capacity(new.len());
    let mut faults = Vec::new();
    for (i, uav) in new.into_iter().enumerate() {
        let id = uav.id.unwrap_or_else(|| VehicleId(format!("uav-{}", i + 1)));
        if id.is_ugv() || id.is_operator() || !names.insert(id.clone()) {
            faults.push(Fault::new(format!("/uavs/{i}/id"), format!("{:?} is the name of somebody else", id.0)));
        }
        let lon_lat = uav.start.unwrap_or(default_start);
        faults.extend(check_faces(network, lon_lat, format!("/uavs/{i}/start")).err());
        let start = UavPosition { lon_lat, point: network.plane().project(lon_lat) };
        uavs.push(Uav { id, speed_mps: uav.speed_mps, start });
    }
    if faults.is_empty() { Ok(uavs) } else { Err(AppError::Invalid { code: "invalid_mission", faults }) }
}
