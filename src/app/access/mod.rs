//! Who comes in, and as whom.
//!
//! Keys and sessions are looked up in memory. What is in memory follows the database: another replica, or the command line, tells
//! of a change, and a look every second makes good what was not told. So a key is revoked everywhere at once, or after about a
//! second, also for streams that are open.

mod keys;
mod ring;
mod signatures;
mod tenancy;
mod tokens;

use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::time::Duration;

use tokio::sync::Notify;
use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use super::{App, AppError, clock};
use crate::domain::access::{Identity, KeyDigest, Principal, Role, Secret};
use crate::store::StoreError;
use ring::{Holder, Ring};

pub use keys::KeyRequest;
use keys::{digest_of_session, new_key};
pub use tokens::{ProviderError, ProviderKeys, ProviderOptions, ShownToken};

/// What replicas and the command line say to each other of a change of keys or sessions.
pub const ACCESS_NOTICE: &str = "access";
/// Everything is read again after this time, even if nothing seems to have changed: what other replicas wrote down of uses.
const READ_AGAIN_AFTER: Duration = Duration::from_secs(60);
/// How often a credential that nobody knows may cause a look at the database.
const LOOK_PAUSE: Duration = Duration::from_millis(100);

/// What can be set about who comes in.
#[derive(Clone, Debug)]
pub struct AccessOptions {
    /// Whether the service may be open to everybody as long as there is no key and no identity provider.
    pub may_be_open: bool,
    /// How often changes are looked for.
    pub look_every: Duration,
    /// How often it is written down when keys and sessions were last used.
    pub write_every: Duration,
    /// How long a session lasts that nobody uses.
    pub session_idle: Duration,
    /// How long a session lasts at the most.
    pub session_life: Duration,
    /// Whose tokens are taken, besides keys.
    pub provider: Option<ProviderOptions>,
}

impl Default for AccessOptions {
    fn default() -> Self {
        Self {
            may_be_open: true,
            look_every: Duration::from_secs(1),
            write_every: Duration::from_secs(30),
            session_idle: Duration::from_secs(12 * 3600),
            session_life: Duration::from_secs(30 * 24 * 3600),
            provider: None,
        }
    }
}

/// What somebody shows to come in.
#[derive(Clone, Copy, Debug)]
pub enum Credential<'a> {
    /// Nothing.
    None,
    /// An API key, or a token of the identity provider.
    Bearer(&'a str),
    /// The value of a session's cookie.
    Session(&'a str),
}

/// Why somebody does not come in.
#[derive(Debug, thiserror::Error)]
pub enum Denied {
    /// Nothing was shown.
    #[error("this needs a key: send it as `Authorization: Bearer KEY`, or log in")]
    Missing,
    /// What was shown opens nothing.
    #[error("{0}")]
    Invalid(String),
    /// It cannot be told at present.
    #[error("whether this may come in cannot be told at present")]
    Unavailable(#[source] AppError),
    /// The identity provider's keys are not to be had, and there are none yet.
    #[error("the identity provider cannot be reached")]
    ProviderAway(#[source] ProviderError),
}

/// Somebody who came in.
#[derive(Clone, Debug)]
pub struct Grant {
    /// Who.
    pub principal: Principal,
    by: By,
}

/// What somebody came in by.
#[derive(Clone, Debug)]
enum By {
    /// A key or a session, or that everybody may.
    Holder(Arc<Holder>),
    /// A token of the identity provider, which ends with the service.
    Token(CancellationToken),
}

impl Grant {
    /// Whether it was by a session's cookie.
    pub fn is_session(&self) -> bool {
        self.session().is_some()
    }

    /// The session's own name.
    pub fn session(&self) -> Option<KeyDigest> {
        self.holder().and_then(|holder| holder.session)
    }

    /// What says that it is still used, for a stream that is open for hours.
    pub fn usage(&self) -> Usage {
        Usage(self.holder().map(Arc::clone))
    }

    /// Cancelled when the key or session ends before its time, and when the service stops.
    pub fn ended(&self) -> &CancellationToken {
        match &self.by {
            By::Holder(holder) => &holder.ended,
            By::Token(stopping) => stopping,
        }
    }

    fn holder(&self) -> Option<&Arc<Holder>> {
        match &self.by {
            By::Holder(holder) => Some(holder),
            By::Token(_) => None,
        }
    }
}

/// What says of a key or session that it is still used.
#[derive(Clone, Debug)]
pub struct Usage(Option<Arc<Holder>>);

impl Usage {
    /// It is still used.
    pub fn touch(&self) {
        if let Some(holder) = &self.0 {
            holder.touch();
        }
    }
}

/// Who may come in, as far as is known, and how to find out more.
pub(super) struct Access {
    options: AccessOptions,
    ring: RwLock<Arc<Ring>>,
    /// Keys that exist in this process only.
    internal: Mutex<Vec<(KeyDigest, Arc<Holder>)>>,
    /// When the database was last looked at, and when all was last read.
    looked: tokio::sync::Mutex<Looked>,
    called: Notify,
    provider: Option<tokens::Provider>,
    tenants: tenancy::Tenancy,
    stopping: CancellationToken,
}

#[derive(Default)]
struct Looked {
    at: Option<Instant>,
    failed: bool,
    read_at: Option<Instant>,
}

impl Access {
    pub(super) fn new(options: AccessOptions, stopping: CancellationToken) -> Self {
        Self {
            ring: RwLock::default(),
            internal: Mutex::default(),
            looked: tokio::sync::Mutex::default(),
            called: Notify::new(),
            provider: options.provider.clone().map(tokens::Provider::new),
            tenants: tenancy::Tenancy::default(),
            options,
            stopping,
        }
    }

    /// Somebody has changed keys or sessions.
    pub(super) fn hear(&self) {
        self.called.notify_one();
    }

    fn ring(&self) -> Arc<Ring> {
        Arc::clone(&self.ring.read().unwrap_or_else(PoisonError::into_inner))
    }

    fn may_be_open(&self) -> bool {
        self.options.may_be_open && self.provider.is_none()
    }

    fn find(&self, digest: &KeyDigest, session: bool) -> Option<Arc<Holder>> {
        let ring = self.ring();
        if session {
            return ring.sessions.get(digest).map(Arc::clone);
        }
        let internal = self.internal.lock().unwrap_or_else(PoisonError::into_inner);
        let internal = internal.iter().find(|(held, _)| held == digest).map(|(_, holder)| Arc::clone(holder));
        internal.or_else(|| ring.keys.get(digest).map(Arc::clone))
    }

    /// When the session ends by itself if nobody uses it any more; its key may end earlier.
    fn is_idle(&self, holder: &Holder) -> bool {
        holder.session.is_some()
            && clock::now().seconds_since(holder.used_at()) > self.options.session_idle.as_secs_f64()
    }
}

impl App {
    /// Finds out who somebody is. Waits for the database only where what is shown is not known yet.
    ///
    /// # Errors
    /// Why not.
    pub async fn authenticate(&self, credential: Credential<'_>) -> Result<Grant, Denied> {
        let access = &self.access;
        if access.ring().version.is_none() {
            self.look_at_access(Instant::now()).await.map_err(Denied::Unavailable)?;
        }
        let found = match credential {
            Credential::None => access.ring().anybody.clone().ok_or(Denied::Missing)?,
            Credential::Session(value) => match self.find_holder(&digest_of_session(value), true).await? {
                Some(holder) if !access.is_idle(&holder) => holder,
                // An old cookie keeps nobody out who would come in without it.
                _ => access
                    .ring()
                    .anybody
                    .clone()
                    .ok_or_else(|| Denied::Invalid("the session is over; log in again".to_owned()))?,
            },
            Credential::Bearer(text) if text.starts_with("outrider_") => {
                let secret: Secret = text.parse().map_err(|e| Denied::Invalid(format!("{e}")))?;
                let unknown = || Denied::Invalid("there is no such key, or it was revoked".to_owned());
                self.find_holder(&secret.digest(), false).await?.ok_or_else(unknown)?
            }
            Credential::Bearer(token) => {
                let Some(provider) = &access.provider else {
                    let text = "this is no key of Outrider, and no identity provider is set whose tokens are taken";
                    return Err(Denied::Invalid(text.to_owned()));
                };
                let principal = provider.verify(token).await?;
                if principal.expires_at.is_some_and(|at| at <= clock::now()) {
                    return Err(Denied::Invalid("the token has expired".to_owned()));
                }
                return Ok(Grant { principal, by: By::Token(access.stopping.clone()) });
            }
        };
        if found.principal.expires_at.is_some_and(|at| at <= clock::now()) {
            return Err(Denied::Invalid("the key has expired".to_owned()));
        }
        if found.ended.is_cancelled() && !access.stopping.is_cancelled() {
            return Err(Denied::Invalid("the key was revoked".to_owned()));
        }
        found.touch();
        Ok(Grant { principal: found.principal.clone(), by: By::Holder(found) })
    }

    /// Whoever has this key or session; looks at the database if nobody in memory has.
    async fn find_holder(&self, digest: &KeyDigest, session: bool) -> Result<Option<Arc<Holder>>, Denied> {
        if let Some(holder) = self.access.find(digest, session) {
            return Ok(Some(holder));
        }
        // Perhaps it was made a moment ago, at another replica.
        self.look_at_access(Instant::now()).await.map_err(Denied::Unavailable)?;
        Ok(self.access.find(digest, session))
    }

    /// A key for this process alone, which ends with it: for what it does through its own API, such as the demo.
    ///
    /// # Errors
    /// When the system has no random numbers.
    pub fn internal_key(&self, role: Role) -> Result<Secret, AppError> {
        let secret = new_key()?;
        let principal = Principal { role, identity: Identity::Internal, ..Principal::anonymous() };
        let holder = Holder::new(principal, None, clock::now(), &self.access.stopping);
        let mut internal = self.access.internal.lock().unwrap_or_else(PoisonError::into_inner);
        internal.push((secret.digest(), holder));
        Ok(secret)
    }

    /// Whether everybody may come in at present.
    ///
    /// # Errors
    /// When nothing is known yet and the database is away.
    pub async fn is_open(&self) -> Result<bool, AppError> {
        self.look_at_access(Instant::now()).await?;
        Ok(self.access.ring().anybody.is_some())
    }

    /// Keeps what is in memory as the database has it, until the service stops.
    pub(super) async fn watch_access(self: &Arc<Self>) {
        let mut ticks = tokio::time::interval(self.access.options.look_every);
        ticks.set_missed_tick_behavior(tokio::time::MissedTickBehavior::Delay);
        let mut written = Instant::now();
        loop {
            tokio::select! {
                _ = ticks.tick() => {}
                () = self.access.called.notified() => {}
                () = self.stopping.cancelled() => break,
            }
            if let Err(error) = self.look_at_access(Instant::now()).await {
                tracing::debug!(error = crate::chain::of(&error), "changes of keys could not be looked for");
            }
            if written.elapsed() >= self.access.options.write_every {
                written = Instant::now();
                self.write_uses().await;
            }
        }
        self.write_uses().await;
    }

    async fn write_uses(&self) {
        let uses = self.access.ring().take_uses();
        let options = &self.access.options;
        let forgotten =
            clock::now().plus_seconds(-options.session_idle.max(Duration::from_secs(60)).as_secs_f64() * 2.0);
        if let Err(error) = self.store.write_uses(&uses.keys, &uses.sessions, forgotten).await {
            tracing::debug!(error = crate::chain::of(&error), "the last uses of keys could not be written down");
        }
    }

    /// Looks whether anything has changed since `asked`, and takes it in. Many who ask at once share one look.
    async fn look_at_access(&self, asked: Instant) -> Result<(), AppError> {
        let access = &self.access;
        let mut looked = access.looked.lock().await;
        if let Some(at) = looked.at {
            if at >= asked && !looked.failed {
                return Ok(());
            }
            let since = at.elapsed();
            if looked.failed && since < LOOK_PAUSE {
                let away = StoreError::unavailable("the database did not answer a moment ago");
                return Err(away.into());
            }
            if since < LOOK_PAUSE {
                tokio::time::sleep(LOOK_PAUSE - since).await;
            }
        }
        let known = access.ring().version;
        let is_old = looked.read_at.is_none_or(|at| at.elapsed() >= READ_AGAIN_AFTER);
        let begun = Instant::now();
        let read = async {
            if known.is_some() && !is_old && known == Some(self.store.access_version().await?) {
                return Ok(None);
            }
            let used_since = clock::now().plus_seconds(-access.options.session_idle.as_secs_f64());
            let created_since = clock::now().plus_seconds(-access.options.session_life.as_secs_f64());
            let mut records = self.store.load_access(used_since).await?;
            records.sessions.retain(|session| session.created_at >= created_since);
            Ok::<_, StoreError>(Some(records))
        };
        let read = read.await;
        // What came into being before the look began is in it.
        looked.at = Some(begun);
        looked.failed = read.is_err();
        if let Some(records) = read? {
            looked.read_at = Some(begun);
            let was_open = access.ring().anybody.is_some();
            let next = access.ring().next(records, access.may_be_open(), &access.stopping);
            if was_open && next.anybody.is_none() {
                tracing::info!("there is a key now: the service is open no more");
            }
            *access.ring.write().unwrap_or_else(PoisonError::into_inner) = Arc::new(next);
        }
        Ok(())
    }

    /// Tells other replicas, and takes in what was just changed.
    async fn tell_of_access(&self) -> Result<(), AppError> {
        self.look_at_access(Instant::now()).await?;
        if let Err(error) = self.store.notify(&[ACCESS_NOTICE.to_owned()]).await {
            // They look for themselves every second.
            tracing::debug!(error = crate::chain::of(&error), "other replicas could not be told of a change of keys");
        }
        Ok(())
    }
}
