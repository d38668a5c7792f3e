//! The one place that reads the clock.

use std::sync::LazyLock;
use std::sync::atomic::{AtomicU64, Ordering};

use uuid::{Builder, Uuid};

use crate::domain::timestamp::Timestamp;

/// The present, at the precision of the database.
#[expect(clippy::disallowed_methods, reason = "this is the one place that reads the clock")]
pub fn now() -> Timestamp {
    time::OffsetDateTime::now_utc().into()
}

/// A new id, ordered by time.
pub fn new_uuid() -> Uuid {
    Uuid::now_v7()
}

/// A name for a request that came without one: unlike that of any other request, here or elsewhere, and no secret. The random part
/// counts on from a random number, so that the system is not asked for another one each time.
pub fn new_request_id() -> Uuid {
    static RANDOM: LazyLock<(Uuid, AtomicU64)> = LazyLock::new(|| {
        let random = Uuid::now_v7();
        let [.., a, b, c, d, e, f, g, h] = Uuid::now_v7().into_bytes();
        (random, AtomicU64::new(u64::from_be_bytes([a, b, c, d, e, f, g, h])))
    });
    let (random, next) = &*RANDOM;
    let [a, b, c, d, e, f, g, h] = next.fetch_add(1, Ordering::Relaxed).to_be_bytes();
    let [.., y, z] = random.into_bytes();
    let ms = now().unix_micros().unsigned_abs() / 1_000;
    Builder::from_unix_timestamp_millis(ms, &[y, z, a, b, c, d, e, f, g, h]).into_uuid()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_two_requests_have_the_same_name() {
        let names: BTreeSet<Uuid> = (0..10_000).map(|_| new_request_id()).collect();
        assert_eq!(names.len(), 10_000);
        assert!(names.iter().all(|name| name.get_version_num() == 7));
    }
}
