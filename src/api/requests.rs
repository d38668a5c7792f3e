//! What requests say, read without knowing anything but their bytes: bodies, queries and headers on the one side, what use cases take
//! on the other. Handlers read with these and nothing else, so that what a body may do to the service can be tried without one.

pub use super::access::credential_of;
pub use super::closures::read_closure;
pub use super::cursor::Cursor;
pub use super::events::{read_places, read_resume};
pub use super::extract::{etag, idempotency_key, if_match};
pub use super::limits::TrustedProxies;
pub use super::matching::read_track;
pub use super::mission_requests::{read_mission, read_patch};
pub use super::missions::read_mission_filter;
pub use super::nearest::{Near, read_near};
pub use super::networks::{read_bbox, read_line_coverage};
pub use super::positions::read_positions;
pub use super::reports::{Batch, read_reports};
