//! Which missions a replica may plan.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::domain::ids::{MissionId, ReplicaId};

/// A replica's standing: for how long it may take itself for alive, and the missions it took.
///
/// The database keeps which replica is alive until when, by its own clock, and which replica took which mission. A replica
/// renews its life by a beat, and takes a mission when nobody alive has it. Here is the replica's own view, which must never
/// last longer than the database's: it counts from the moment the beat was sent, by a clock that only goes forward. A replica
/// that was out of touch for too long begins anew under another id, holding nothing: what it held may be somebody else's by
/// now. So it is when the answer to a beat that was sent in time comes after the life has run out: the beat may have been late
/// at the database too.
#[derive(Clone, Debug)]
pub struct Leases {
    replica: ReplicaId,
    alive_until: Duration,
    /// Since when it has been alive without a break.
    alive_since: Duration,
    held: BTreeSet<MissionId>,
}

impl Leases {
    /// A replica that nobody has heard of.
    pub fn new(replica: ReplicaId) -> Self {
        Self { replica, alive_until: Duration::ZERO, alive_since: Duration::ZERO, held: BTreeSet::new() }
    }

    /// Under which id the replica is alive.
    pub fn replica(&self) -> ReplicaId {
        self.replica
    }

    /// Whether the replica may take itself for alive.
    pub fn is_alive(&self, now: Duration) -> bool {
        now < self.alive_until
    }

    /// Begins anew under the id if the life has run out; to be asked before each beat.
    pub fn begin_beat(&mut self, now: Duration, new_id: ReplicaId) -> ReplicaId {
        if !self.is_alive(now) {
            *self = Self::new(new_id);
        }
        self.replica
    }

    /// The database took the beat of this id, which was sent at `sent_at` and lasts for `lasts`, and says so `now`.
    /// Returns whether the replica had been alive until then: if not, others may have done anything meanwhile.
    pub fn beat(&mut self, replica: ReplicaId, sent_at: Duration, now: Duration, lasts: Duration) -> bool {
        let was_alive = self.is_alive(now);
        if replica == self.replica {
            if !was_alive {
                self.held.clear();
                self.alive_since = now;
            }
            self.alive_until = self.alive_until.max(sent_at + lasts);
        }
        was_alive
    }

    /// Whether the replica may plan the mission now.
    pub fn holds(&self, id: MissionId, now: Duration) -> bool {
        self.is_alive(now) && self.held.contains(&id)
    }

    /// The database gave the mission to the replica of this id, which asked for it at `asked_at`. Counts if it has been alive
    /// ever since: otherwise the mission may have been given to another one in between.
    pub fn taken(&mut self, replica: ReplicaId, id: MissionId, asked_at: Duration) {
        if replica == self.replica && asked_at >= self.alive_since {
            self.held.insert(id);
        }
    }

    /// How many missions are held.
    pub fn held(&self) -> usize {
        self.held.len()
    }

    /// Nobody plans the mission any more: it is over.
    pub fn forget(&mut self, id: MissionId) {
        self.held.remove(&id);
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn replica(n: u128) -> ReplicaId {
        ReplicaId(Uuid::from_u128(n))
    }

    const MISSION: MissionId = MissionId(Uuid::from_u128(7));
    const LASTS: Duration = Duration::from_secs(3);

    fn at(second: u64) -> Duration {
        Duration::from_secs(second)
    }

    #[test]
    fn a_lease_lasts_from_the_sending_of_the_beat_and_is_renewed_by_the_next() {
        let mut leases = Leases::new(replica(1));
        leases.taken(replica(1), MISSION, at(0));
        assert!(!leases.holds(MISSION, at(0)), "nobody knows that it is alive");
        leases.beat(replica(1), at(10), at(10), LASTS);
        leases.taken(replica(1), MISSION, at(11));
        assert!(leases.holds(MISSION, at(12)));
        assert!(!leases.holds(MISSION, at(13)));
        assert_eq!(leases.begin_beat(at(12), replica(2)), replica(1));
        leases.beat(replica(1), at(12), at(12), LASTS);
        assert!(leases.holds(MISSION, at(14)));
    }

    #[test]
    fn an_answer_that_comes_after_the_life_has_run_out_gives_nothing_back() {
        let mut leases = Leases::new(replica(1));
        leases.beat(replica(1), at(0), at(0), LASTS);
        leases.taken(replica(1), MISSION, at(1));
        leases.beat(replica(1), at(2), at(4), LASTS);
        assert!(leases.is_alive(at(4)) && !leases.holds(MISSION, at(4)), "another one may have taken it at 3 s");
        leases.taken(replica(1), MISSION, at(2));
        assert!(!leases.holds(MISSION, at(4)), "given to it before that");
        leases.taken(replica(1), MISSION, at(4));
        assert!(leases.holds(MISSION, at(4)));
    }

    #[test]
    fn who_was_out_of_touch_begins_anew_and_holds_nothing() {
        let mut leases = Leases::new(replica(1));
        leases.beat(replica(1), at(0), at(0), LASTS);
        leases.taken(replica(1), MISSION, at(1));
        assert_eq!(leases.begin_beat(at(5), replica(2)), replica(2));
        leases.beat(replica(2), at(5), at(5), LASTS);
        assert!(leases.is_alive(at(6)) && !leases.holds(MISSION, at(6)));
        leases.beat(replica(1), at(6), at(6), LASTS);
        leases.taken(replica(1), MISSION, at(6));
        assert!(!leases.is_alive(at(8)) && leases.held() == 0, "late answers to its former self count for nothing");
    }
}
