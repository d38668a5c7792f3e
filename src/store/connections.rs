//! The connections to the database: a bounded number of them, none trusted for longer than it answers.
//!
//! A driver reads until an answer comes, and a peer that is gone without a word (a cable, a firewall, a frozen host) never
//! answers. Here every wait has an end. A statement that is not answered in time has failed, and its connection is closed, not
//! used again; so is one whose statement was abandoned by its caller. The first connection that breaks casts doubt on all that
//! were opened before it: they are opened anew, so that a database that was away, moved or restarted costs one failed statement
//! and not one for each connection.
//!
//! Half of the connections that are allowed are kept open, so that how many there are does not depend on the worst moment so far, and
//! nobody waits for one to be opened after a restart of the database. The others are opened when they are needed, and closed soon after.
//!
//! Where several servers are given, connections lead to the one that is the primary ([`super::primary`]).

use std::collections::VecDeque;
use std::future::Future;
use std::io;
use std::ops::{Deref, DerefMut};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, PoisonError, Weak};
use std::time::{Duration, Instant};

use sqlx::postgres::PgConnectOptions;
use sqlx::{ConnectOptions, Connection, PgConnection};
use tokio::sync::{Mutex as AsyncMutex, OwnedSemaphorePermit, Semaphore, watch};
use tokio::time::{sleep, timeout};

use super::primary::{self, Primary};

/// How long a request waits for a connection before it is answered with "unavailable".
const ACQUIRE_LIMIT: Duration = Duration::from_secs(2);
/// How long a statement, or the next row of one, may be waited for.
pub(super) const ANSWER_LIMIT: Duration = Duration::from_secs(5);
/// The same for the few statements that move whole networks.
pub(super) const PATIENT_LIMIT: Duration = Duration::from_secs(90);
/// After how long an idle connection is asked whether it still is one, and how long it may take to say so.
const ASKED_AFTER_IDLE: Duration = Duration::from_secs(1);
const PING_LIMIT: Duration = Duration::from_secs(1);
/// How long a connection is kept without use, and at all.
const IDLE_LIMIT: Duration = Duration::from_secs(300);
const LIFETIME: Duration = Duration::from_secs(1800);
/// How long those are kept without use that only a burst needed: each is a process of the database.
const SURPLUS_IDLE_LIMIT: Duration = Duration::from_secs(5);
/// How often is seen to it that as many are open as should be.
const KEPT_UP_EVERY: Duration = Duration::from_secs(1);
/// The waits between attempts to connect: the first, doubled up to the longest.
const BACKOFF: [Duration; 2] = [Duration::from_millis(10), Duration::from_millis(200)];
/// How often the servers are asked whether another one has become the primary.
const WATCHED_EVERY: Duration = Duration::from_secs(2);
/// How long connections in use are waited for when all are closed.
const CLOSE_LIMIT: Duration = Duration::from_secs(5);

/// Since when connections are trusted: another one after each failure that may mean that the database was restarted, moved or put back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Generation(u64);

/// The connections to one database. Cloning shares them.
#[derive(Clone, Debug)]
pub(super) struct Connections {
    shared: Arc<Shared>,
}

#[derive(Debug)]
struct Shared {
    servers: Vec<PgConnectOptions>,
    primary: Mutex<Primary>,
    /// Held by whoever asks the servers which is the primary.
    looking: AsyncMutex<()>,
    /// Counts the doubts: connections of an earlier generation are not used any more.
    generation: AtomicU64,
    /// Told when another server is the primary from now on.
    moved: watch::Sender<()>,
    limit: u32,
    permits: Arc<Semaphore>,
    /// The one used last is at the back, and is used next.
    idle: Mutex<VecDeque<Idle>>,
}

#[derive(Debug)]
struct Idle {
    connection: PgConnection,
    generation: u64,
    opened: Instant,
    since: Instant,
}

/// A connection in use. It is closed when dropped, whatever it was at; [`Held::give_back`] keeps it for the next.
#[derive(Debug)]
pub(super) struct Held {
    connection: PgConnection,
    generation: u64,
    opened: Instant,
    shared: Arc<Shared>,
    _permit: OwnedSemaphorePermit,
}

impl Deref for Held {
    type Target = PgConnection;

    fn deref(&self) -> &PgConnection {
        &self.connection
    }
}

impl DerefMut for Held {
    fn deref_mut(&mut self) -> &mut PgConnection {
        &mut self.connection
    }
}

impl Held {
    /// Nothing is under way on it any more: the next may use it.
    pub(super) fn give_back(self) {
        let Self { connection, generation, opened, shared, _permit } = self;
        let fresh = generation == shared.generation.load(Ordering::Acquire) && opened.elapsed() < LIFETIME;
        if fresh && !shared.permits.is_closed() {
            shared.idle().push_back(Idle { connection, generation, opened, since: Instant::now() });
        }
    }
}

impl Connections {
    /// At most `limit` connections to the primary among some servers. Nothing is connected yet; half of them are within a second, if
    /// the database takes them. To be called within a tokio runtime.
    pub(super) fn new(servers: Vec<PgConnectOptions>, limit: u32) -> Self {
        let shared = Arc::new(Shared {
            servers,
            primary: Mutex::default(),
            looking: AsyncMutex::new(()),
            generation: AtomicU64::new(0),
            moved: watch::Sender::new(()),
            limit,
            permits: Arc::new(Semaphore::new(limit as usize)),
            idle: Mutex::default(),
        });
        tokio::spawn(keep_up(Arc::downgrade(&shared)));
        if shared.servers.len() > 1 {
            tokio::spawn(watch_servers(Arc::downgrade(&shared)));
        }
        Self { shared }
    }

    /// A connection that has answered within the last second, or is new.
    ///
    /// # Errors
    /// When none is free, or the database cannot be reached, for as long as a request may wait.
    pub(super) async fn acquire(&self) -> Result<Held, sqlx::Error> {
        let mut last = None;
        let begun = Instant::now();
        let acquired = match timeout(ACQUIRE_LIMIT, self.acquire_ever(&mut last)).await {
            Ok(acquired) => acquired,
            Err(_) => Err(last.unwrap_or(sqlx::Error::PoolTimedOut)),
        };
        metrics::histogram!("outrider_database_wait_seconds").record(begun.elapsed().as_secs_f64());
        if acquired.is_err() {
            metrics::counter!("outrider_database_errors_total", "kind" => "no_connection").increment(1);
        }
        acquired
    }

    async fn acquire_ever(&self, last: &mut Option<sqlx::Error>) -> Result<Held, sqlx::Error> {
        let shared = &self.shared;
        let permit = Arc::clone(&shared.permits).acquire_owned().await.map_err(|_| sqlx::Error::PoolClosed)?;
        loop {
            // The lock is not held while the connection is asked.
            let Some(idle) = shared.idle().pop_back() else { break };
            let Idle { mut connection, generation, opened, since } = idle;
            if generation != shared.generation.load(Ordering::Acquire) {
                continue;
            }
            if since.elapsed() >= ASKED_AFTER_IDLE
                && !matches!(timeout(PING_LIMIT, connection.ping()).await, Ok(Ok(())))
            {
                shared.doubt(generation);
                continue;
            }
            return Ok(Held { connection, generation, opened, shared: Arc::clone(shared), _permit: permit });
        }
        let mut wait = BACKOFF[0];
        loop {
            let generation = shared.generation.load(Ordering::Acquire);
            match shared.connect().await {
                Ok(connection) => {
                    let (opened, shared) = (Instant::now(), Arc::clone(shared));
                    return Ok(Held { connection, generation, opened, shared, _permit: permit });
                }
                Err(error) if may_pass(&error) => *last = Some(error),
                Err(error) => return Err(error),
            }
            sleep(wait).await;
            wait = (wait * 2).min(BACKOFF[1]);
        }
    }

    /// How to connect to the primary as far as it is known, and of which generation such a connection is.
    pub(super) fn primary(&self) -> (PgConnectOptions, u64) {
        let generation = self.shared.generation.load(Ordering::Acquire);
        let server = self.shared.primary().server;
        (self.shared.servers.get(server).cloned().unwrap_or_default(), generation)
    }

    /// Whether nothing has cast doubt on connections of the generation.
    pub(super) fn is_trusted(&self, generation: u64) -> bool {
        generation == self.shared.generation.load(Ordering::Acquire)
    }

    /// Waits for what is done on a connection, until the limit. What fails may cast doubt on the connections opened so far.
    pub(super) async fn bounded<T, E: From<sqlx::Error> + AsSqlx>(
        &self,
        generation: u64,
        limit: Duration,
        work: impl Future<Output = Result<T, E>>,
    ) -> Result<T, E> {
        let moved = async {
            if self.shared.servers.len() > 1 {
                // Only errors when nobody can tell any more.
                let _ = self.shared.moved.subscribe().changed().await;
            } else {
                std::future::pending().await
            }
        };
        let done = tokio::select! {
            biased;
            done = timeout(limit, work) => done.unwrap_or_else(|_| Err(silent(limit).into())),
            // Whoever is asked no longer has a say.
            () = moved => Err(not_primary().into()),
        };
        if let Err(error) = &done
            && let Some(error) = error.as_sqlx()
        {
            if let Some(kind) = kind_of(error) {
                metrics::counter!("outrider_database_errors_total", "kind" => kind).increment(1);
            }
            if casts_doubt(error) {
                self.shared.doubt(generation);
            }
        }
        done
    }

    /// Closes all connections, waiting a while for those in use.
    pub(super) async fn close(&self) {
        let all = timeout(CLOSE_LIMIT, self.shared.permits.acquire_many(self.shared.limit)).await;
        if !matches!(all, Ok(Ok(_))) {
            tracing::debug!("connections to the database are closed although they are in use");
        }
        self.shared.permits.close();
        let idle = std::mem::take(&mut *self.shared.idle());
        for Idle { connection, .. } in idle {
            // The server would notice by itself.
            let _ = timeout(PING_LIMIT, connection.close()).await;
        }
    }

    /// Connections open, of these idle, and how many may be open.
    pub(super) fn count(&self) -> (u32, usize, u32) {
        let idle = self.shared.idle().len();
        (u32::try_from(self.shared.used() + idle).unwrap_or(u32::MAX), idle, self.shared.limit)
    }
}

impl Held {
    /// The connection's generation.
    pub(super) fn generation(&self) -> u64 {
        self.generation
    }

    /// The same, for those who are to remember it.
    pub(super) fn trusted_since(&self) -> Generation {
        Generation(self.generation)
    }
}

impl Shared {
    fn idle(&self) -> MutexGuard<'_, VecDeque<Idle>> {
        self.idle.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// How many are kept open whether they are needed or not.
    fn base(&self) -> usize {
        (self.limit as usize).div_ceil(2)
    }

    fn used(&self) -> usize {
        (self.limit as usize).saturating_sub(self.permits.available_permits())
    }

    /// Closes what nobody has needed for long. What was used last is at the back, so the others are in front of it.
    fn close_unneeded(&self) {
        let used = self.used();
        let mut idle = self.idle();
        while let Some(longest) = idle.front() {
            let limit = if used + idle.len() > self.base() { SURPLUS_IDLE_LIMIT } else { IDLE_LIMIT };
            if longest.since.elapsed() <= limit && longest.opened.elapsed() < LIFETIME {
                break;
            }
            idle.pop_front();
        }
    }

    /// Opens one connection more, if fewer are open than should be. Whether there may be another.
    async fn open_missing(self: &Arc<Self>) -> bool {
        if self.used() + self.idle().len() >= self.base() {
            return false;
        }
        let Ok(_permit) = Arc::clone(&self.permits).try_acquire_owned() else { return false };
        let generation = self.generation.load(Ordering::Acquire);
        // One that cannot be had is missed by nobody yet: whoever needs one says so.
        let Ok(Ok(connection)) = timeout(ACQUIRE_LIMIT, self.connect()).await else { return false };
        let opened = Instant::now();
        Held { connection, generation, opened, shared: Arc::clone(self), _permit }.give_back();
        true
    }

    fn primary(&self) -> MutexGuard<'_, Primary> {
        self.primary.lock().unwrap_or_else(PoisonError::into_inner)
    }

    /// A connection of the generation broke: none of those opened until now is used again.
    fn doubt(&self, generation: u64) {
        let next = self.generation.compare_exchange(generation, generation + 1, Ordering::AcqRel, Ordering::Acquire);
        if next.is_ok() {
            metrics::counter!("outrider_database_reconnects_total").increment(1);
            self.idle().clear();
        }
    }

    async fn connect(&self) -> Result<PgConnection, sqlx::Error> {
        let several = self.servers.len() > 1;
        let known = self.primary().clone();
        if several && known.timeline.is_empty() {
            self.look(&known).await;
        }
        let known = self.primary().clone();
        let server = self.servers.get(known.server).ok_or(sqlx::Error::PoolClosed)?;
        let connected = server.connect().await;
        if !several {
            return connected;
        }
        let checked = match connected {
            Ok(mut connection) => match primary::timeline(&mut connection).await {
                Ok(Some(timeline)) if timeline >= known.timeline => return Ok(connection),
                Ok(_) => Err(not_primary()),
                Err(error) => Err(error),
            },
            Err(error) => Err(error),
        };
        self.look(&known).await;
        checked
    }

    /// Asks all servers which of them is the primary, unless somebody has found another one than `known` meanwhile.
    async fn look(&self, known: &Primary) {
        let _looking = self.looking.lock().await;
        let held = self.primary().clone();
        if held != *known {
            return;
        }
        let Some(found) = primary::find(&self.servers).await else { return };
        if found == held {
            return;
        }
        if found.timeline < held.timeline {
            tracing::error!(
                found = found.timeline,
                known = held.timeline,
                "a former primary takes connections; it is not used, for it lacks what was written since"
            );
            return;
        }
        if let Some(server) = self.servers.get(found.server) {
            tracing::info!(
                host = server.get_host(),
                port = server.get_port(),
                timeline = found.timeline,
                "primary found"
            );
        }
        *self.primary() = found;
        // Whoever is connected to the former one may not know yet that it is none any more.
        self.generation.fetch_add(1, Ordering::AcqRel);
        self.idle().clear();
        self.moved.send_replace(());
    }
}

/// Keeps as many connections open as should be.
async fn keep_up(shared: Weak<Shared>) {
    loop {
        sleep(KEPT_UP_EVERY).await;
        let Some(shared) = shared.upgrade().filter(|shared| !shared.permits.is_closed()) else { return };
        shared.close_unneeded();
        while shared.open_missing().await {}
    }
}

/// Looks again and again for a primary of a higher timeline: one that never noticed that another took over still takes writes.
async fn watch_servers(shared: Weak<Shared>) {
    loop {
        sleep(WATCHED_EVERY).await;
        let Some(shared) = shared.upgrade().filter(|shared| !shared.permits.is_closed()) else { return };
        let known = shared.primary().clone();
        shared.look(&known).await;
    }
}

/// Errors that may hold one of the database driver.
pub(super) trait AsSqlx {
    /// The driver's error.
    fn as_sqlx(&self) -> Option<&sqlx::Error>;
}

impl AsSqlx for sqlx::Error {
    fn as_sqlx(&self) -> Option<&sqlx::Error> {
        Some(self)
    }
}

impl AsSqlx for super::StoreError {
    fn as_sqlx(&self) -> Option<&sqlx::Error> {
        match self {
            Self::Unavailable(error) | Self::Refused(error) => Some(error),
            _ => None,
        }
    }
}

fn silent(limit: Duration) -> sqlx::Error {
    let text = format!("the database did not answer within {} s", limit.as_secs());
    sqlx::Error::Io(io::Error::new(io::ErrorKind::TimedOut, text))
}

fn not_primary() -> sqlx::Error {
    sqlx::Error::Io(io::Error::new(io::ErrorKind::ConnectionRefused, "none of the servers is known to be the primary"))
}

/// The failure's kind in the metrics; none if the statement was refused for what it said, which callers expect.
fn kind_of(error: &sqlx::Error) -> Option<&'static str> {
    match error {
        sqlx::Error::Io(error) if error.kind() == io::ErrorKind::TimedOut => Some("silent"),
        sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::Protocol(_) => Some("broken"),
        sqlx::Error::Database(error) => match error.code().unwrap_or_default().as_ref() {
            "53100" => Some("disk_full"),
            "53300" => Some("too_many"),
            "55P03" | "40P01" => Some("locked"),
            "57P01" | "57P02" | "57P03" => Some("stopping"),
            // Constraints, which is how the store finds out about names that are taken.
            code if code.starts_with("23") => None,
            _ => Some("other"),
        },
        sqlx::Error::RowNotFound => None,
        _ => Some("other"),
    }
}

/// Whether a connection's failure says something of the others too: the peer is gone, ends its sessions, or takes no writes.
fn casts_doubt(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_) | sqlx::Error::Tls(_) | sqlx::Error::Protocol(_) => true,
        sqlx::Error::Database(error) => {
            let code = error.code().unwrap_or_default();
            code.starts_with("08") || matches!(code.as_ref(), "25006" | "57P01" | "57P02" | "57P03")
        }
        _ => false,
    }
}

/// Whether connecting may succeed in a moment: the server starts, restarts, or has too many sessions.
fn may_pass(error: &sqlx::Error) -> bool {
    match error {
        sqlx::Error::Io(_) => true,
        sqlx::Error::Database(error) => {
            matches!(error.code().unwrap_or_default().as_ref(), "57P01" | "57P02" | "57P03" | "53300" | "25006")
        }
        _ => false,
    }
}
