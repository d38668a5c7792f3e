//! When the UGV gets where along its route.

use crate::domain::network::Leg;

/// The UGV's travel along one leg of its route, in seconds from the moment the route begins.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Passage {
    /// The leg.
    pub leg: Leg,
    /// When the UGV gets to the leg's beginning.
    pub begins_s: f64,
    /// When it gets to the leg's end.
    pub ends_s: f64,
}

/// The passages of a route's legs, in order; each begins when the one before ends.
pub fn passages(legs: &[Leg], speed_mps: f64) -> Vec<Passage> {
    let mut driven_m = 0.0;
    let passage = |leg: &Leg| {
        let begins_s = driven_m / speed_mps;
        driven_m += leg.length_m();
        Passage { leg: *leg, begins_s, ends_s: driven_m / speed_mps }
    };
    legs.iter().map(passage).collect()
}
