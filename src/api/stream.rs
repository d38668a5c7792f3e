//! The body of an event stream: what the subscription has, heartbeats in between, and an orderly end.
//!
//! Ten thousand of these may be open, so each is small: one timer, one bell for all its missions, and what is large (reading
//! the log, taking a snapshot) boxed and gone when it is done. The text of an event is not copied: all streams send the same
//! bytes.
//!
//! Streams are not compressed. A gzip encoder keeps a quarter of a megabyte (zlib's window and hash chains at the usual level)
//! for as long as the stream is open: 2.5 GB for 10,000 of them, against 0.13 GB for everything else. It would also have to be
//! flushed at every event, and compress each event for each subscriber anew, where now all send the same bytes. (Shared deflate
//! blocks, each event compressed once without reference to others, would avoid both. They gain little on small events, and a
//! stream would need its own checksum and heartbeats in stored blocks; not worth it as long as nobody is short of bandwidth.)

use std::collections::VecDeque;
use std::convert::Infallible;
use std::future::Future;
use std::pin::Pin;
use std::task::{Context, Poll, ready};
use std::time::Duration;

use bytes::Bytes;
use futures_util::Stream;
use serde::Serialize;
use tokio::time::{Instant, Sleep};
use tokio_util::sync::{CancellationToken, WaitForCancellationFutureOwned};

use super::cursor::Cursor;
use super::events::{Heartbeat, JointHeartbeat, SnapshotReason, SnapshotView};
use super::limits::StreamPlace;
use super::positions::PositionView;
use super::{Api, ApiOptions};
use crate::app::clock;
use crate::app::feed::{Batch, VehiclePosition};
use crate::app::{AppError, Grant, MissionView as Moment, Pace, Snapshot, StreamItem, Subscription, Usage};
use crate::chain;
use crate::domain::ids::MissionId;

/// How long clients wait before they connect again after the stream broke off, in milliseconds. Each is told a time of its
/// own, so that those of a service that is gone do not all come back at the same moment.
const RETRY_MS: (u64, u64) = (1_000, 3_000);
/// The same after an orderly end at shutdown. Others are there to take them, but not all at once.
const RETRY_AFTER_SHUTDOWN_MS: (u64, u64) = (200, 3_000);
/// The same at the end of a stream's time: streams end one by one, so it is only for the client's reconnection to be quick.
const RETRY_AFTER_LIFETIME_MS: (u64, u64) = (50, 500);

/// How often a second a stream whose client keeps up is written to for long: what comes in between goes together. A thousand
/// events a second cost the service and the client little more than fifty. Twice as often as a mission is planned for long, and like
/// that half as often where the service is busy.
const ROUNDS_PER_S: u32 = 50;

/// Whether a stream is of one mission or of several. What several are told names the mission in front.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Form {
    /// `/v1/missions/{id}/events`.
    Single,
    /// `/v1/events`.
    Joint,
}

/// One client's stream. It is polled only when the client takes what it has been given, so nothing piles up for a slow one.
pub(super) struct EventStream {
    subscription: Subscription,
    form: Form,
    /// Texts that follow each other: a run of events of several missions has a line of its own for each.
    ready: VecDeque<Bytes>,
    taking: Option<Taking>,
    /// For the next heartbeat or the end of the stream's time, whichever is first.
    timer: Pin<Box<Sleep>>,
    heartbeat: Duration,
    ends_at: Instant,
    /// The key or session that it is read with ends before its time, or the service stops.
    ended: Pin<Box<WaitForCancellationFutureOwned>>,
    usage: Usage,
    stopping: CancellationToken,
    opened_at: Instant,
    pace: Pace,
    /// Something was told since the client had everything.
    has_told: bool,
    resting: Option<Pin<Box<Sleep>>>,
    over: bool,
    _place: StreamPlace,
}

type Taking = Pin<Box<dyn Future<Output = Result<Snapshot, AppError>> + Send>>;

impl EventStream {
    pub(super) fn new(subscription: Subscription, form: Form, place: StreamPlace, api: &Api, grant: Grant) -> Self {
        let ApiOptions { heartbeat, stream_lifetime, .. } = api.options;
        let now = Instant::now();
        // 80 to 120 % of it, so that clients which connected together do not all come back together.
        let mut ends_at = now + stream_lifetime.mul_f64(between(800, 1_200) as f64 / 1e3);
        if let Some(expires_at) = grant.principal.expires_at {
            // With the token or key, so that the client comes back with a new one and goes on where it was.
            let left = expires_at.seconds_since(clock::now()).clamp(0.0, stream_lifetime.as_secs_f64() * 2.0);
            ends_at = ends_at.min(now + Duration::from_secs_f64(left));
        }
        Self {
            subscription,
            form,
            ready: VecDeque::from([retry(RETRY_MS)]),
            taking: None,
            timer: Box::pin(tokio::time::sleep_until(ends_at.min(now + heartbeat))),
            heartbeat,
            ends_at,
            ended: Box::pin(grant.ended().clone().cancelled_owned()),
            usage: grant.usage(),
            stopping: api.app.stopping().clone(),
            opened_at: now,
            pace: Pace::default(),
            has_told: false,
            resting: None,
            over: false,
            _place: place,
        }
    }

    /// The client has everything. If this has happened very often lately, it is a while until it gets more.
    fn rest(&mut self, context: &mut Context<'_>) {
        if std::mem::take(&mut self.has_told) {
            let rounds_per_s = if self.subscription.is_in_flood() { ROUNDS_PER_S / 2 } else { ROUNDS_PER_S };
            let rest = self.pace.rest(self.opened_at.elapsed(), rounds_per_s);
            if !rest.is_zero() {
                let mut resting = Box::pin(tokio::time::sleep(rest));
                if resting.as_mut().poll(context).is_pending() {
                    self.resting = Some(resting);
                }
            }
        }
    }

    /// The next text, or why the stream cannot go on.
    fn poll_text(&mut self, context: &mut Context<'_>) -> Poll<Result<Bytes, AppError>> {
        loop {
            if let Some(taking) = &mut self.taking {
                let snapshot = ready!(taking.as_mut().poll(context))?;
                self.taking = None;
                self.subscription.begin_with(&snapshot);
                return Poll::Ready(Ok(self.with_cursor(snapshot.text)));
            }
            match ready!(self.subscription.poll_next(context))? {
                StreamItem::Events { place, batch } => {
                    self.say(place, &batch);
                    if let Some(text) = self.ready.pop_front() {
                        return Poll::Ready(Ok(text));
                    }
                }
                StreamItem::PositionsDue { place } => {
                    let mission = self.mission(place);
                    let write = |positions: &[VehiclePosition]| position_events(positions, mission);
                    return Poll::Ready(Ok(self.subscription.positions(place, mission.is_some().into(), write)));
                }
                StreamItem::SnapshotDue { place } => {
                    let (form, mission) = (self.form, self.mission(place));
                    let reason = match self.subscription.has_begun_at(place) {
                        false => SnapshotReason::Connected,
                        true => SnapshotReason::GapTooLong,
                    };
                    let write = move |moment: Moment<'_>| snapshot_event(&moment, reason, mission);
                    let wording = reason as u8 * 2 + u8::from(form == Form::Joint);
                    self.taking = Some(Box::pin(self.subscription.snapshot(place, wording, write)));
                }
            }
        }
    }

    /// The mission to be named, if this is a stream of several.
    fn mission(&self, place: usize) -> Option<MissionId> {
        if self.form == Form::Joint { self.subscription.mission(place) } else { None }
    }

    /// Puts the batch's text in line. In a stream of several missions each event has this stream's cursor as its id; the
    /// rest of the event is the shared text.
    fn say(&mut self, place: usize, batch: &Batch) {
        let Some(mission) = self.mission(place) else {
            self.ready.push_back(batch.text());
            return;
        };
        for frame in batch.frames() {
            let name = frame.name();
            let mut head = String::with_capacity(128);
            if self.subscription.has_begun() {
                let seqs = self.subscription.cursor().enumerate();
                let cursor = Cursor::write(seqs.map(|(i, seq)| if i == place { frame.seq() } else { seq }));
                head = format!("id: {cursor}\n");
            }
            head.push_str(&format!("event: {name}\ndata: {{\"mission_id\":\"{mission}\","));
            self.ready.push_back(head.into());
            self.ready.push_back(frame.members());
        }
    }

    /// Ends a snapshot's text. In a stream of several missions, it gets the cursor as its id, from the one on with which the
    /// stream has begun everywhere; whoever loses the connection before that begins again.
    fn with_cursor(&mut self, text: Bytes) -> Bytes {
        if self.form == Form::Joint {
            let cursor = if self.subscription.has_begun() {
                format!("id: {}\n\n", Cursor::write(self.subscription.cursor()))
            } else {
                "\n".to_owned()
            };
            self.ready.push_back(cursor.into());
        }
        text
    }

    fn heartbeat(&self) -> Option<Bytes> {
        let (time, interval_s) = (clock::now(), self.heartbeat.as_secs_f64());
        let data = match self.form {
            Form::Single => {
                let seq = self.subscription.cursor().next().unwrap_or_default();
                serde_json::to_string(&Heartbeat { time, seq, interval_s })
            }
            Form::Joint => {
                let cursor = self.subscription.has_begun().then(|| Cursor::write(self.subscription.cursor()));
                serde_json::to_string(&JointHeartbeat { time, cursor, interval_s })
            }
        };
        Some(format!("event: heartbeat\ndata: {}\n\n", data.ok()?).into())
    }
}

impl Stream for EventStream {
    type Item = Result<Bytes, Infallible>;

    fn poll_next(self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Self::Item>> {
        let this = self.get_mut();
        if this.over {
            return Poll::Ready(None);
        }
        // What belongs together is never torn apart by what comes next.
        if let Some(text) = this.ready.pop_front() {
            if this.ready.is_empty() {
                this.ready = VecDeque::new();
            }
            return Poll::Ready(Some(Ok(text)));
        }
        if this.ended.as_mut().poll(context).is_ready() {
            this.over = true;
            let stops = this.stopping.is_cancelled();
            // Whoever's key was revoked comes back to be told so.
            return Poll::Ready(Some(Ok(retry(if stops { RETRY_AFTER_SHUTDOWN_MS } else { RETRY_AFTER_LIFETIME_MS }))));
        }
        while this.timer.as_mut().poll(context).is_ready() {
            let now = Instant::now();
            if now >= this.ends_at {
                this.over = true;
                return Poll::Ready(Some(Ok(retry(RETRY_AFTER_LIFETIME_MS))));
            }
            // A session that is looked at is used.
            this.usage.touch();
            this.timer.as_mut().reset(this.ends_at.min(now + this.heartbeat));
            if let Some(beat) = this.heartbeat() {
                return Poll::Ready(Some(Ok(beat)));
            }
        }
        if let Some(resting) = &mut this.resting {
            ready!(resting.as_mut().poll(context));
            this.resting = None;
        }
        match this.poll_text(context) {
            Poll::Pending => {
                this.rest(context);
                Poll::Pending
            }
            Poll::Ready(Ok(text)) => {
                this.has_told = true;
                Poll::Ready(Some(Ok(text)))
            }
            Poll::Ready(Err(error)) => {
                tracing::error!(error = chain::of(&error), "a stream ended: the mission cannot be read");
                this.over = true;
                Poll::Ready(None)
            }
        }
    }
}

/// A line that tells the client after how long to connect again, somewhere in this range.
fn retry((from, to): (u64, u64)) -> Bytes {
    format!("retry: {}\n\n", between(from, to)).into()
}

/// Some number in this range; another one each time.
fn between(from: u64, to: u64) -> u64 {
    let [.., a, b] = clock::new_uuid().into_bytes();
    from + (to - from) * u64::from(u16::from_be_bytes([a, b])) / u64::from(u16::MAX)
}

fn snapshot_event(moment: &Moment<'_>, reason: SnapshotReason, mission: Option<MissionId>) -> Bytes {
    let view = SnapshotView::of(moment, reason);
    match mission {
        None => format!("id: {}\nevent: snapshot\ndata: {}\n\n", moment.mission.seq, json(&view)),
        // The line with the id is each subscriber's own.
        Some(mission) => format!("event: snapshot\ndata: {}\n", of_mission(mission, &json(&view))),
    }
    .into()
}

fn position_events(positions: &[VehiclePosition], mission: Option<MissionId>) -> Bytes {
    let mut text = String::new();
    for position in positions {
        let data = json(&PositionView::of_update(position));
        let data = mission.map_or_else(|| data.clone(), |mission| of_mission(mission, &data));
        text.push_str(&format!("event: position\ndata: {data}\n\n"));
    }
    text.into()
}

/// The object with the mission's id as its first member.
fn of_mission(mission: MissionId, object: &str) -> String {
    format!("{{\"mission_id\":\"{mission}\",{}", object.strip_prefix('{').unwrap_or("}"))
}

/// What is told consists of plain values, which can always be written; an empty object stands in should one not be.
fn json(value: &impl Serialize) -> String {
    serde_json::to_string(value).unwrap_or_else(|error| {
        tracing::error!(%error, "something of a stream cannot be written");
        "{}".to_owned()
    })
}
