//! Who may come in, in memory: every request is looked up here, and nowhere else.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};

use tokio_util::sync::CancellationToken;

use crate::app::clock;
use crate::domain::access::{Identity, KeyDigest, KeyId, Principal};
use crate::domain::timestamp::Timestamp;
use crate::store::{AccessRecords, KeyRecord, SessionRecord};

/// Somebody who may come in: by a key, by a session, or because the service is open.
#[derive(Debug)]
pub(super) struct Holder {
    pub(super) principal: Principal,
    /// A session's own name; none of a key.
    pub(super) session: Option<KeyDigest>,
    /// When it was last used, in microseconds since the epoch, and up to where that has been written down.
    used: AtomicI64,
    written: AtomicI64,
    /// Cancelled when it may come in no more, and when the service stops.
    pub(super) ended: CancellationToken,
}

impl Holder {
    pub(super) fn new(
        principal: Principal,
        session: Option<KeyDigest>,
        used: Timestamp,
        stopping: &CancellationToken,
    ) -> Arc<Self> {
        let used = used.unix_micros();
        let (written, used) = (AtomicI64::new(used), AtomicI64::new(used));
        Arc::new(Self { principal, session, used, written, ended: stopping.child_token() })
    }

    pub(super) fn touch(&self) {
        self.used.fetch_max(clock::now().unix_micros(), Ordering::Relaxed);
    }

    /// When it was last used, as far as this replica knows.
    pub(super) fn used_at(&self) -> Timestamp {
        Timestamp::from_unix_micros(self.used.load(Ordering::Relaxed)).unwrap_or(Timestamp::EPOCH)
    }

    /// When it was last used, if that is not written down yet.
    fn unwritten(&self) -> Option<Timestamp> {
        let used = self.used.load(Ordering::Relaxed);
        (self.written.fetch_max(used, Ordering::Relaxed) < used).then(|| self.used_at())
    }

    /// What another replica has written down.
    fn learn(&self, used: Timestamp) {
        self.used.fetch_max(used.unix_micros(), Ordering::Relaxed);
        self.written.fetch_max(used.unix_micros(), Ordering::Relaxed);
    }
}

/// Everybody who may come in, as of one state of the database.
#[derive(Debug, Default)]
pub(super) struct Ring {
    /// Of which state; none before the first.
    pub(super) version: Option<u64>,
    /// Keys and sessions by the digest of what is shown. An attacker who measures how long a look-up takes learns something of
    /// a digest, from which no key can be made.
    pub(super) keys: BTreeMap<KeyDigest, Arc<Holder>>,
    pub(super) sessions: BTreeMap<KeyDigest, Arc<Holder>>,
    /// Anybody, while the service is open.
    pub(super) anybody: Option<Arc<Holder>>,
}

/// Uses of keys and sessions that are to be written down.
#[derive(Debug, Default)]
pub(super) struct Uses {
    pub(super) keys: Vec<(KeyId, Timestamp)>,
    pub(super) sessions: Vec<(KeyDigest, Timestamp)>,
}

impl Ring {
    /// The ring after this one. Who is in both stays the same; who is not in the next one is told so.
    pub(super) fn next(&self, records: AccessRecords, may_be_open: bool, stopping: &CancellationToken) -> Self {
        let mut next = Ring { version: Some(records.version), ..Ring::default() };
        let mut by_id = BTreeMap::new();
        for key in &records.keys {
            let used = key.last_used_at.unwrap_or(Timestamp::EPOCH);
            let holder = kept(&self.keys, key.digest, principal_of(key, false), None, used, stopping);
            next.keys.insert(key.digest, holder);
            by_id.insert(key.id, key);
        }
        for SessionRecord { digest, key, last_used_at, .. } in &records.sessions {
            let Some(key) = by_id.get(key) else { continue };
            let principal = principal_of(key, true);
            let holder = kept(&self.sessions, *digest, principal, Some(*digest), *last_used_at, stopping);
            next.sessions.insert(*digest, holder);
        }
        if may_be_open && records.keys_made == 0 {
            let anybody = || Holder::new(Principal::anonymous(), None, clock::now(), stopping);
            next.anybody = Some(self.anybody.clone().unwrap_or_else(anybody));
        }
        self.end_those_not_in(&next);
        next
    }

    fn end_those_not_in(&self, next: &Ring) {
        for (here, there) in [(&self.keys, &next.keys), (&self.sessions, &next.sessions)] {
            for (digest, holder) in here {
                if !there.get(digest).is_some_and(|other| Arc::ptr_eq(other, holder)) {
                    holder.ended.cancel();
                }
            }
        }
        if let (Some(anybody), None) = (&self.anybody, &next.anybody) {
            anybody.ended.cancel();
        }
    }

    /// What is to be written down of uses since the last time.
    pub(super) fn take_uses(&self) -> Uses {
        let mut uses = Uses::default();
        for holder in self.keys.values().chain(self.sessions.values()) {
            let Some(at) = holder.unwritten() else { continue };
            match (holder.session, &holder.principal.identity) {
                (Some(digest), _) => uses.sessions.push((digest, at)),
                (None, Identity::Key { id, .. }) => uses.keys.push((*id, at)),
                _ => {}
            }
        }
        uses
    }
}

/// The holder of the ring before, if it is the same; else a new one.
fn kept(
    held: &BTreeMap<KeyDigest, Arc<Holder>>,
    digest: KeyDigest,
    principal: Principal,
    session: Option<KeyDigest>,
    used: Timestamp,
    stopping: &CancellationToken,
) -> Arc<Holder> {
    match held.get(&digest).filter(|holder| holder.principal == principal) {
        Some(holder) => {
            holder.learn(used);
            Arc::clone(holder)
        }
        None => Holder::new(principal, session, used, stopping),
    }
}

fn principal_of(key: &KeyRecord, session: bool) -> Principal {
    Principal {
        tenant: key.tenant.clone(),
        role: key.role,
        binding: key.binding.clone(),
        identity: Identity::Key { id: key.id, name: key.name.as_str().into(), session },
        expires_at: key.expires_at,
    }
}
