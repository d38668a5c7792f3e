//! Who asks, and the entries that say who changed what.
//!
//! Whoever receives a request says once who sent it ([`asked_by`]); use cases that change something write an entry with it in the
//! transaction of the change. Reports and positions are not audited: there are thousands a second, and the log has each with its
//! reporter.

use std::borrow::Cow;
use std::net::IpAddr;
use std::sync::{Arc, OnceLock};

use super::{App, AppError, clock};
use crate::domain::access::Principal;
use crate::store::{AuditEntry, AuditFilter, AuditRecord};

/// What the service does by itself, such as retention.
const ITSELF: &str = "outrider";

/// Whoever works at the terminal.
const TERMINAL: &str = "terminal";

/// A caller who did not say who it is, or need not.
const ANONYMOUS: &str = "anonymous";

/// Who sent a request.
#[derive(Debug, Default)]
pub struct Origin {
    /// The caller, once it is known.
    caller: OnceLock<Principal>,
    /// Whether it is somebody at the terminal, whom no principal stands for.
    is_terminal: bool,
    /// Where it is.
    pub address: Option<IpAddr>,
    /// The request's id.
    pub request_id: Option<String>,
}

tokio::task_local! {
    static ORIGIN: Arc<Origin>;
}

/// Does the work of a request that this one sent.
pub async fn asked_by<F: Future>(origin: Arc<Origin>, work: F) -> F::Output {
    ORIGIN.scope(origin, work).await
}

impl Origin {
    /// Who asks at present; none where the service does something by itself.
    pub fn current() -> Option<Arc<Self>> {
        ORIGIN.try_with(Arc::clone).ok()
    }

    /// A request from there, of a caller who is not known yet.
    pub fn new(address: Option<IpAddr>, request_id: String) -> Arc<Self> {
        Arc::new(Self { address, request_id: Some(request_id), ..Self::default() })
    }

    /// Whoever works at the terminal.
    pub fn terminal() -> Arc<Self> {
        Arc::new(Self { is_terminal: true, ..Self::default() })
    }

    /// It turned out who the caller is. The first word counts.
    pub fn identify(&self, principal: &Principal) {
        let _ = self.caller.set(principal.clone());
    }

    /// The caller's name.
    pub fn who(&self) -> Cow<'static, str> {
        match self.caller.get() {
            Some(principal) => principal.label().into(),
            None if self.is_terminal => TERMINAL.into(),
            None => ANONYMOUS.into(),
        }
    }

    /// Whose caller it is.
    pub fn tenant(&self) -> Option<&str> {
        self.caller.get().map(|principal| principal.tenant.as_str())
    }
}

/// An entry that this one did something.
pub(super) fn entry(
    origin: Option<&Origin>,
    action: &'static str,
    object: String,
    detail: serde_json::Value,
) -> AuditEntry {
    metrics::counter!("outrider_audit_entries_total", "action" => action).increment(1);
    AuditEntry {
        at: clock::now(),
        principal: origin.map_or(ITSELF.into(), Origin::who).into_owned(),
        tenant: origin.and_then(Origin::tenant).map(str::to_owned),
        address: origin.and_then(|origin| origin.address).map(|address| address.to_string()),
        request_id: origin.and_then(|origin| origin.request_id.clone()),
        action,
        object,
        detail,
    }
}

impl App {
    /// Writes down that the caller did something that the database does not know of.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn audit(&self, action: &'static str, object: String, detail: serde_json::Value) -> Result<(), AppError> {
        let entry = entry(Origin::current().as_deref(), action, object, detail);
        Ok(self.store.add_audit(&entry).await?)
    }

    /// A page of the audit log, newest first.
    ///
    /// # Errors
    /// When the database fails.
    pub async fn list_audit(&self, filter: &AuditFilter, limit: u32) -> Result<Vec<AuditRecord>, AppError> {
        Ok(self.store.list_audit(filter, limit).await?)
    }
}
