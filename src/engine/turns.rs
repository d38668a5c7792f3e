//! Whose turn it is.

use std::collections::{BTreeMap, VecDeque};

use crate::domain::ids::MissionId;

/// Something of one mission that has a turn.
pub trait Turn: Clone {
    /// The mission.
    fn mission(&self) -> MissionId;
}

impl Turn for MissionId {
    fn mission(&self) -> MissionId {
        *self
    }
}

/// Turns of missions: of each at most one under way and one waiting, so that a burst of calls costs one more turn. Who is
/// called during its turn goes to the end of the queue, so that a busy mission does not delay another.
#[derive(Debug)]
pub struct Turns<T> {
    waiting: VecDeque<T>,
    slots: BTreeMap<MissionId, Slot>,
}

#[derive(Clone, Copy, Debug, PartialEq)]
enum Slot {
    Waiting,
    UnderWay,
    UnderWayAndCalled,
}

impl<T> Default for Turns<T> {
    fn default() -> Self {
        Self { waiting: VecDeque::new(), slots: BTreeMap::new() }
    }
}

impl<T: Turn> Turns<T> {
    /// The mission gets a turn soon. Returns whether somebody should be woken to take it.
    pub fn call(&mut self, who: &T) -> bool {
        match self.slots.get(&who.mission()) {
            Some(Slot::Waiting | Slot::UnderWayAndCalled) => false,
            Some(Slot::UnderWay) => {
                self.slots.insert(who.mission(), Slot::UnderWayAndCalled);
                false
            }
            None => {
                self.slots.insert(who.mission(), Slot::Waiting);
                self.waiting.push_back(who.clone());
                true
            }
        }
    }

    /// The next one, whose turn begins.
    pub fn take(&mut self) -> Option<T> {
        let who = self.waiting.pop_front()?;
        self.slots.insert(who.mission(), Slot::UnderWay);
        Some(who)
    }

    /// Its turn is over. Returns whether somebody should be woken, for it was called meanwhile.
    pub fn done(&mut self, who: &T) -> bool {
        if self.slots.remove(&who.mission()) == Some(Slot::UnderWayAndCalled) {
            return self.call(who);
        }
        false
    }

    /// How many wait.
    pub fn waiting(&self) -> usize {
        self.waiting.len()
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::*;

    fn id(n: u128) -> MissionId {
        MissionId(Uuid::from_u128(n))
    }

    #[test]
    fn a_burst_of_calls_is_one_turn_under_way_and_one_waiting() {
        let mut turns = Turns::default();
        for _ in 0..100 {
            turns.call(&id(1));
        }
        assert_eq!(turns.take(), Some(id(1)));
        assert_eq!(turns.take(), None);
        for _ in 0..100 {
            turns.call(&id(1));
        }
        assert_eq!(turns.take(), None, "one turn of a mission at a time");
        assert!(turns.done(&id(1)));
        assert_eq!(turns.take(), Some(id(1)));
        assert!(!turns.done(&id(1)));
        assert_eq!(turns.take(), None);
    }

    #[test]
    fn missions_take_turns() {
        let mut turns = Turns::default();
        turns.call(&id(1));
        turns.call(&id(2));
        assert_eq!(turns.take(), Some(id(1)));
        turns.call(&id(1));
        turns.done(&id(1));
        assert_eq!(turns.take(), Some(id(2)), "the busy one goes to the end of the queue");
        assert_eq!(turns.take(), Some(id(1)));
    }
}
