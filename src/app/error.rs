//! Why a use case did not do what it was asked. Knows no status code.

use std::sync::Arc;

use crate::domain::mission::FoldError;
use crate::import::ImportError;
use crate::import::closure_feed::FeedError;
use crate::store::StoreError;

/// Something wrong with one field of a request.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// A JSON pointer (RFC 6901) to the field, relative to the request's body.
    pub pointer: String,
    /// What is wrong, and what would be right.
    pub message: String,
}

impl Fault {
    /// A fault of the field that the pointer names.
    pub fn new(pointer: impl Into<String>, message: impl Into<String>) -> Self {
        Self { pointer: pointer.into(), message: message.into() }
    }
}

/// Why a use case did not do what it was asked.
#[derive(Debug, thiserror::Error)]
pub enum AppError {
    /// There is no such mission.
    #[error("there is no mission {0}")]
    NoSuchMission(crate::domain::ids::MissionId),
    /// There is no such network.
    #[error("there is no network {0}")]
    NoSuchNetwork(crate::domain::ids::NetworkId),
    /// There is no such import.
    #[error("there is no import {0}")]
    NoSuchImport(crate::domain::ids::ImportId),
    /// There is no such key.
    #[error("there is no key {0}")]
    NoSuchKey(crate::domain::access::KeyId),
    /// The caller's role goes so far, but not to this.
    #[error("{0}")]
    NotYours(&'static str),
    /// The request is understood but does not fit the network or the mission.
    #[error("{}", .faults.first().map_or("the request is not valid", |f| f.message.as_str()))]
    Invalid {
        /// A stable name of what is wrong.
        code: &'static str,
        /// The fields.
        faults: Vec<Fault>,
    },
    /// The uploaded network could not be read.
    #[error(transparent)]
    Import(#[from] ImportError),
    /// The feed of closures could not be read.
    #[error(transparent)]
    Feed(#[from] FeedError),
    /// The network was not read and stored in time.
    #[error("the network was not imported within {} s, waiting included; it is not stored", limit.as_secs_f64())]
    ImportTooLong {
        /// The time.
        limit: std::time::Duration,
    },
    /// The import is over.
    #[error("the import is over: {state}")]
    ImportEnded {
        /// How it ended.
        state: &'static str,
    },
    /// The replica that did the import was not heard of any more.
    #[error("the replica that did the import is gone; nothing is stored, upload it again")]
    ImportLost,
    /// The mission is over.
    #[error("the mission is over ({status}); it takes no more changes")]
    MissionEnded {
        /// How it ended.
        status: &'static str,
    },
    /// The caller decided on an older version of the mission.
    #[error("the mission is at version {actual}, not {expected}; read it again and decide anew")]
    VersionMismatch {
        /// The version the caller knew.
        expected: u64,
        /// The present version.
        actual: u64,
    },
    /// Another network has the name.
    #[error("a network of this name exists already; choose another name or delete that network")]
    NetworkNameTaken,
    /// Missions use the network.
    #[error("missions use this network, so it stays")]
    NetworkInUse,
    /// An idempotency key came before with another request.
    #[error("this Idempotency-Key was used for another request")]
    IdempotencyKeyReused,
    /// Too many others changed the mission at the same time.
    #[error("the mission is being changed by too many at once; try again")]
    Contended,
    /// A limit of this process is reached; trying again later helps.
    #[error("{0}")]
    Busy(&'static str),
    /// The caller, or others who work on the same mission, ask for too much at a time.
    #[error("{0}")]
    TooMany(&'static str),
    /// The service is stopping.
    #[error("the service is stopping")]
    ShuttingDown,
    /// The database is away.
    #[error("the database is not available")]
    Unavailable(#[source] Arc<StoreError>),
    /// The work took a panic down with it.
    #[error("an internal error")]
    Panicked(String),
    /// A file of the service's own could not be written.
    #[error("{} cannot be written", .path.display())]
    Disk {
        /// The file.
        path: std::path::PathBuf,
        /// Why.
        #[source]
        source: Arc<std::io::Error>,
    },
    /// The log does not fold.
    #[error("the mission's log is damaged")]
    DamagedLog(#[source] FoldError),
    /// The database refused what should have been fine, or what it holds is damaged.
    #[error("an internal error")]
    Store(#[source] Arc<StoreError>),
}

impl AppError {
    /// One faulty field.
    pub fn invalid(code: &'static str, pointer: impl Into<String>, message: impl Into<String>) -> Self {
        AppError::Invalid { code, faults: vec![Fault::new(pointer, message)] }
    }

    /// The same failure as the answer to another caller, whose command was to share a commit or a look at the log.
    pub(super) fn for_another(&self) -> Self {
        match self {
            AppError::Unavailable(source) => AppError::Unavailable(Arc::clone(source)),
            AppError::Store(source) => AppError::Store(Arc::clone(source)),
            AppError::DamagedLog(source) => AppError::DamagedLog(source.clone()),
            AppError::ShuttingDown => AppError::ShuttingDown,
            other => AppError::Panicked(crate::chain::of(other)),
        }
    }
}

impl From<StoreError> for AppError {
    fn from(error: StoreError) -> Self {
        Arc::new(error).into()
    }
}

/// One failure of the database may be the answer to many.
impl From<Arc<StoreError>> for AppError {
    fn from(error: Arc<StoreError>) -> Self {
        match *error {
            StoreError::NameTaken => AppError::NetworkNameTaken,
            StoreError::NetworkInUse => AppError::NetworkInUse,
            StoreError::ImportEnded => AppError::Import(ImportError::Cancelled),
            StoreError::NoSuchNetwork => {
                AppError::invalid("unknown_network", "/network_id", "the network does not exist (any more)")
            }
            _ if error.is_unavailable() => AppError::Unavailable(error),
            StoreError::Unavailable(_)
            | StoreError::ReportInLog
            | StoreError::SchemaBehind { .. }
            | StoreError::SchemaAhead { .. }
            | StoreError::Migration(_)
            | StoreError::Damaged { .. }
            | StoreError::Refused(_) => AppError::Store(error),
        }
    }
}

impl From<FoldError> for AppError {
    fn from(error: FoldError) -> Self {
        AppError::DamagedLog(error)
    }
}
