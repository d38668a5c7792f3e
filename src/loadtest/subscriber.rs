//! Subscribers: each follows one mission's stream over a bare connection, checks what it gets, and connects again where it
//! left off whenever the stream ends.

use std::io::{self, Error, ErrorKind};
use std::net::SocketAddr;
use std::pin::pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use serde::Deserialize;
use tokio::io::AsyncWriteExt;
use tokio::net::{TcpSocket, TcpStream};
use tokio::sync::{Notify, Semaphore, watch};
use uuid::Uuid;

use super::checker::{StreamChecker, Violation};
use super::chunked::Chunked;
use super::draw::Draw;
use super::histogram::Histogram;
use super::http::{TIMEOUT, Target, read_head};
use super::ledger::{Effect, Unplanned};
use super::measures::{Measures, add};
use super::mission::Mission;
use super::sse::{Event, Events};
use crate::domain::ids::MissionId;

/// What is read at a time.
const READ_BYTES: usize = 8 << 10;
/// A slow subscriber reads so little at a time ...
const SLOW_READ_BYTES: usize = 512;
/// ... and waits so long in between: 10 kB a second.
const SLOW_PAUSE: Duration = Duration::from_millis(50);
/// What the system may keep for a slow subscriber: little, so that the service feels that it is slow.
const SLOW_BUFFER_BYTES: u32 = 4 << 10;
/// How long a vanishing subscriber stays, in seconds.
const STAYS_S: [f64; 2] = [0.1, 3.0];
/// How long it is away, in seconds.
const AWAY_S: [f64; 2] = [0.0, 1.0];
/// How long anybody waits before connecting again, in seconds.
const AGAIN_S: [f64; 2] = [0.05, 1.0];
/// After so long without a byte a stream counts as dead. Heartbeats come every 15 s unless the service is told otherwise.
const SILENCE: Duration = Duration::from_secs(90);

/// How a subscriber behaves.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Manner {
    /// Reads what comes, and tells how old it is.
    Ordinary,
    /// Reads little by little.
    Slow,
    /// Drops its connection at any moment, and comes back.
    Vanishing,
}

/// What a subscriber looks at, besides the numbers of the events.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// How old reports are, and when their plans come; one of each mission does.
    Observer,
    /// How old reports are.
    Reader,
    /// Nothing: it is to cost as little as it can.
    Counter,
}

/// Who has got one certain event: for the load that sends one event to many.
#[derive(Debug, Default)]
pub(super) struct Arrivals {
    /// The event that is waited for; 0 for none.
    awaited: AtomicU64,
    sent_at: std::sync::Mutex<Option<Instant>>,
    pub(super) count: AtomicUsize,
    pub(super) took: Histogram,
    /// Nanoseconds until the last one so far had it.
    last_ns: AtomicU64,
    pub(super) changed: Notify,
}

impl Arrivals {
    /// Waits for another event from now on.
    pub(super) fn await_event(&self, seq: u64, sent_at: Instant) {
        *self.sent_at.lock().unwrap_or_else(std::sync::PoisonError::into_inner) = Some(sent_at);
        self.count.store(0, Ordering::Release);
        self.last_ns.store(0, Ordering::Release);
        self.awaited.store(seq, Ordering::Release);
    }

    /// How long the last one took that has it.
    pub(super) fn last_took(&self) -> Duration {
        Duration::from_nanos(self.last_ns.load(Ordering::Acquire))
    }

    fn has(&self, seq: u64, at: Instant) {
        if self.awaited.load(Ordering::Acquire) != seq {
            return;
        }
        let sent_at = *self.sent_at.lock().unwrap_or_else(std::sync::PoisonError::into_inner);
        if let Some(sent_at) = sent_at {
            let took = at.saturating_duration_since(sent_at);
            self.took.record(took);
            self.last_ns.fetch_max(took.as_nanos() as u64, Ordering::AcqRel);
        }
        self.count.fetch_add(1, Ordering::AcqRel);
        self.changed.notify_one();
    }
}

/// What all subscribers share.
#[derive(Debug)]
pub(super) struct Crowd {
    pub(super) targets: Vec<Target>,
    pub(super) measures: Arc<Measures>,
    /// How many connect at the same time.
    pub(super) gate: Semaphore,
    /// How many have had their first snapshot.
    pub(super) connected: AtomicUsize,
    pub(super) newly_connected: Notify,
    pub(super) arrivals: Arrivals,
}

/// One subscriber.
#[derive(Debug)]
pub(super) struct Subscriber {
    pub(super) crowd: Arc<Crowd>,
    pub(super) mission: Arc<Mission>,
    pub(super) manner: Manner,
    pub(super) role: Role,
    /// Which service it goes to first.
    pub(super) first_target: usize,
    pub(super) draw: Draw,
    /// True once nothing more is sent: everybody reads to the end, and goes.
    pub(super) draining: watch::Receiver<bool>,
}

#[derive(Deserialize)]
struct ReportEvent {
    seq: u64,
    revision: u64,
    body: ReportBody,
}

#[derive(Deserialize)]
struct ReportBody {
    id: Uuid,
}

#[derive(Deserialize)]
struct PlanEvent {
    body: PlanBody,
}

#[derive(Deserialize)]
struct PlanBody {
    basis: Basis,
    provisional: bool,
    route: Option<Route>,
}

#[derive(Deserialize)]
struct Basis {
    seq: u64,
}

#[derive(Deserialize)]
struct Route {
    legs: Vec<RouteLeg>,
}

#[derive(Deserialize)]
struct RouteLeg {
    segment: u32,
}

#[derive(Deserialize)]
struct Snapshot {
    mission: SnapshotMission,
    plan: Option<PlanBody>,
}

#[derive(Deserialize)]
struct SnapshotMission {
    revision: u64,
}

#[derive(Deserialize)]
struct Heartbeat {
    seq: u64,
}

/// How a connection ended.
enum Ending {
    Complete,
    Vanished,
    Closed,
}

impl Subscriber {
    /// Follows the mission until all of its log has come. Whoever is not interested any more drops the future.
    pub(super) async fn follow(mut self) {
        let (mut checker, mut unplanned) = (StreamChecker::default(), Unplanned::default());
        let mut attempts = 0;
        loop {
            let target = (self.first_target + attempts) % self.crowd.targets.len().max(1);
            attempts += 1;
            let away_s = match self.connection(target, &mut checker, &mut unplanned).await {
                Ok(Ending::Complete) => return,
                Ok(Ending::Vanished) => AWAY_S,
                Ok(Ending::Closed) => {
                    add(&self.crowd.measures.streams.ended_by_service, 1);
                    AGAIN_S
                }
                Err(error) => {
                    self.crowd.measures.errors.count(&format!("stream: {error}"));
                    AGAIN_S
                }
            };
            let [low, high] = away_s;
            tokio::time::sleep(Duration::from_secs_f64(self.draw.between(low, high))).await;
        }
    }

    async fn connection(
        &mut self,
        target: usize,
        checker: &mut StreamChecker,
        unplanned: &mut Unplanned,
    ) -> io::Result<Ending> {
        let crowd = Arc::clone(&self.crowd);
        let place = crowd.gate.acquire().await.map_err(Error::other)?;
        let Some(target) = crowd.targets.get(target) else { return Ok(Ending::Complete) };
        let resumes_after = checker.last();
        let opening = open(target, self.mission.id, resumes_after, self.manner);
        let timed_out = |_| Error::new(ErrorKind::TimedOut, "no answer in time");
        let (stream, rest) = tokio::time::timeout(TIMEOUT, opening).await.map_err(timed_out)??;
        add(&crowd.measures.streams.connections, 1);
        if resumes_after.is_some() {
            add(&crowd.measures.streams.resumed, 1);
        }
        let mut place = Some(place);
        let (mut chunked, mut events, mut rest) = (Chunked::default(), Events::default(), Some(rest));
        let [low, high] = STAYS_S;
        let vanishes_at = tokio::time::Instant::now() + Duration::from_secs_f64(self.draw.between(low, high));
        // One timer for all that is read, looked at when it is over: setting it anew for each piece costs as much as reading it.
        let (mut heard, mut silence) = (Instant::now(), pin!(tokio::time::sleep(SILENCE)));
        loop {
            // What came with the head of the answer counts as read.
            let came = match rest.take().filter(|rest| !rest.is_empty()) {
                Some(rest) => {
                    chunked.decode(&rest, events.buffer())?;
                    rest.len()
                }
                None => {
                    let slowly = self.manner == Manner::Slow && !*self.draining.borrow();
                    let vanishes = self.manner == Manner::Vanishing && !*self.draining.borrow();
                    let draining = *self.draining.borrow();
                    tokio::select! {
                        biased;
                        came = fill(&stream, &mut chunked, events.buffer(), slowly) => came?,
                        () = &mut silence => {
                            if heard.elapsed() >= SILENCE {
                                return Err(Error::new(ErrorKind::TimedOut, "silent for too long"));
                            }
                            silence.as_mut().reset((heard + SILENCE).into());
                            continue;
                        }
                        _ = self.draining.changed(), if !draining => usize::MAX,
                        () = tokio::time::sleep_until(vanishes_at), if vanishes => return Ok(Ending::Vanished),
                    }
                }
            };
            let at = Instant::now();
            if came != usize::MAX {
                heard = at;
                let had_none = checker.last().is_none();
                events.take(|event| self.see(&event, at, checker, unplanned));
                if had_none && checker.last().is_some() {
                    crowd.connected.fetch_add(1, Ordering::AcqRel);
                    crowd.newly_connected.notify_one();
                }
            }
            if checker.last().is_some() {
                place.take();
            }
            if self.mission.is_complete(checker.last()) {
                return Ok(Ending::Complete);
            }
            if came == 0 || chunked.has_ended() {
                return Ok(Ending::Closed);
            }
        }
    }

    fn see(&self, event: &Event<'_>, at: Instant, checker: &mut StreamChecker, unplanned: &mut Unplanned) {
        let streams = &self.crowd.measures.streams;
        let violation = match event.name {
            "snapshot" => {
                add(&streams.snapshots, 1);
                checker.snapshot(event.id).or_else(|| self.see_snapshot(&event.data, unplanned))
            }
            "position" => {
                add(&streams.positions, 1);
                None
            }
            "heartbeat" => {
                add(&streams.heartbeats, 1);
                match serde_json::from_str::<Heartbeat>(&event.data) {
                    Ok(beat) => checker.heartbeat(beat.seq),
                    Err(_) => Some(Violation::Unreadable),
                }
            }
            _ => {
                add(&streams.events, 1);
                if let Some(id) = event.id {
                    self.crowd.arrivals.has(id, at);
                }
                let violation = checker.log_event(event.id);
                let read = match event.name {
                    "report" if self.manner == Manner::Ordinary && self.role != Role::Counter => {
                        self.see_report(&event.data, at, unplanned)
                    }
                    "plan" if self.role == Role::Observer => self.see_plan(&event.data, at, unplanned),
                    _ => Ok(()),
                };
                violation.or(read.err().map(|_| Violation::Unreadable))
            }
        };
        if let Some(violation) = violation {
            streams.violated(&self.mission.id.to_string(), violation);
        }
    }

    fn see_snapshot(&self, data: &str, unplanned: &mut Unplanned) -> Option<Violation> {
        if self.role != Role::Observer {
            return None;
        }
        let Ok(snapshot) = serde_json::from_str::<Snapshot>(data) else { return Some(Violation::Unreadable) };
        let streams = &self.crowd.measures.streams;
        streams.unplanned.fetch_sub(unplanned.waiting() as u64, Ordering::AcqRel);
        add(&streams.passed_over, unplanned.restart(snapshot.mission.revision));
        if let Some(plan) = snapshot.plan {
            self.mission.set_route(segments(&plan));
        }
        None
    }

    fn see_report(&self, data: &str, at: Instant, unplanned: &mut Unplanned) -> serde_json::Result<()> {
        let report: ReportEvent = serde_json::from_str(data)?;
        let due = self.mission.ledger.measured_from(report.body.id);
        if let Some(due) = due {
            self.crowd.measures.latencies(due).age.record(at.saturating_duration_since(due));
        }
        if self.role == Role::Observer {
            let streams = &self.crowd.measures.streams;
            match unplanned.report(report.seq, report.revision, due) {
                Effect::Changed => add(&streams.unplanned, 1),
                Effect::Nothing => add(&streams.without_effect, 1),
            }
        }
        Ok(())
    }

    fn see_plan(&self, data: &str, at: Instant, unplanned: &mut Unplanned) -> serde_json::Result<()> {
        let plan: PlanEvent = serde_json::from_str(data)?;
        let streams = &self.crowd.measures.streams;
        add(&streams.plans, 1);
        add(&streams.plans_provisional, usize::from(plan.body.provisional));
        add(&streams.plans_without_way, usize::from(plan.body.route.is_none()));
        let waited = unplanned.waiting();
        unplanned.plan(plan.body.basis.seq, |due| {
            self.crowd.measures.latencies(due).planned.record(at.saturating_duration_since(due));
        });
        streams.unplanned.fetch_sub((waited - unplanned.waiting()) as u64, Ordering::AcqRel);
        self.mission.set_route(segments(&plan.body));
        Ok(())
    }
}

fn segments(plan: &PlanBody) -> impl Iterator<Item = u32> {
    plan.route.iter().flat_map(|route| route.legs.iter().map(|leg| leg.segment))
}

/// Opens a stream. Returns what came after the head of the answer as well.
async fn open(
    target: &Target,
    mission: MissionId,
    resume_after: Option<u64>,
    manner: Manner,
) -> io::Result<(TcpStream, Vec<u8>)> {
    let mut stream = connect(target.address, manner).await?;
    stream.set_nodelay(true)?;
    let resume = resume_after.map_or(String::new(), |id| format!("last-event-id: {id}\r\n"));
    let (authority, authorization) = (&target.authority, &target.authorization);
    let request = format!(
        "GET /v1/missions/{mission}/events HTTP/1.1\r\nhost: {authority}\r\n{authorization}accept: text/event-stream\r\n{resume}\r\n"
    );
    stream.write_all(request.as_bytes()).await?;
    let mut read = Vec::new();
    let head = loop {
        if let Some(head) = read_head(&read)? {
            break head;
        }
        if read_some(&stream, READ_BYTES, |bytes| read.extend_from_slice(bytes)).await? == 0 {
            return Err(Error::new(ErrorKind::UnexpectedEof, "closed before the answer"));
        }
    };
    if head.status != 200 {
        return Err(Error::other(format!("refused with status {}", head.status)));
    }
    if !head.chunked {
        return Err(Error::new(ErrorKind::InvalidData, "the stream is not sent in chunks"));
    }
    Ok((stream, read.split_off(head.length)))
}

async fn connect(address: SocketAddr, manner: Manner) -> io::Result<TcpStream> {
    if manner != Manner::Slow {
        return TcpStream::connect(address).await;
    }
    let socket = if address.is_ipv4() { TcpSocket::new_v4()? } else { TcpSocket::new_v6()? };
    socket.set_recv_buffer_size(SLOW_BUFFER_BYTES)?;
    socket.connect(address).await
}

/// Reads what has come and takes the chunks apart; 0 at the end. Dropped half way, it has read nothing.
async fn fill(stream: &TcpStream, chunked: &mut Chunked, body: &mut Vec<u8>, slowly: bool) -> io::Result<usize> {
    if slowly {
        tokio::time::sleep(SLOW_PAUSE).await;
    }
    let limit = if slowly { SLOW_READ_BYTES } else { READ_BYTES };
    let mut decoded = Ok(());
    let came = read_some(stream, limit, |bytes| decoded = chunked.decode(bytes, body)).await?;
    decoded.map(|()| came)
}

/// Waits for bytes and hands them on. The buffer lives on the stack for a moment only: an idle stream has none.
async fn read_some(stream: &TcpStream, limit: usize, mut on_bytes: impl FnMut(&[u8])) -> io::Result<usize> {
    loop {
        stream.readable().await?;
        let mut buffer = [0; READ_BYTES];
        let room = buffer.get_mut(..limit).unwrap_or_default();
        match stream.try_read(room) {
            Ok(came) => {
                on_bytes(room.get(..came).unwrap_or_default());
                return Ok(came);
            }
            Err(error) if error.kind() == ErrorKind::WouldBlock => {}
            Err(error) => return Err(error),
        }
    }
}
