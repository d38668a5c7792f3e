//! Legs in a row, and what noise adds to them.

use crate::domain::network::Leg;

/// Appends a leg; one that goes on as the one before makes that longer.
pub(super) fn push(legs: &mut Vec<Leg>, leg: Leg) {
    match legs.last_mut() {
        Some(last) if last.segment == leg.segment && last.direction() == leg.direction() => last.to_m = leg.to_m,
        _ => legs.push(leg),
    }
}

/// The same way without turns of less than `least_m` there and back: places of a vehicle that stands lie to and fro.
pub(super) fn without_jitter(legs: &[Leg], least_m: f64) -> Vec<Leg> {
    let mut kept: Vec<Leg> = Vec::with_capacity(legs.len());
    for leg in legs {
        match kept.last() {
            Some(&last) if last.segment == leg.segment && last.length_m().min(leg.length_m()) < least_m => {
                kept.pop();
                let net = Leg { to_m: leg.to_m, ..last };
                if net.length_m() > 0.0 {
                    push(&mut kept, net);
                }
            }
            _ => push(&mut kept, *leg),
        }
    }
    kept
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::ids::SegmentId;

    fn leg(segment: u32, from_m: f64, to_m: f64) -> Leg {
        Leg { segment: SegmentId(segment), from_m, to_m }
    }

    fn tidied(ways: &[(u32, f64, f64)]) -> Vec<(u32, f64, f64)> {
        let mut legs = Vec::new();
        ways.iter().for_each(|&(segment, from_m, to_m)| push(&mut legs, leg(segment, from_m, to_m)));
        without_jitter(&legs, 10.0).iter().map(|leg| (leg.segment.0, leg.from_m, leg.to_m)).collect()
    }

    #[test]
    fn small_turns_vanish_and_real_ones_stay() {
        assert_eq!(tidied(&[(0, 0.0, 50.0), (0, 50.0, 47.0), (0, 47.0, 100.0)]), [(0, 0.0, 100.0)]);
        let back = [(0, 0.0, 50.0), (0, 50.0, 47.0), (0, 47.0, 49.0), (0, 49.0, 20.0), (0, 20.0, 22.0), (0, 22.0, 0.0)];
        assert_eq!(tidied(&back), [(0, 0.0, 49.0), (0, 49.0, 0.0)]);
        assert_eq!(
            tidied(&[(0, 0.0, 50.0), (1, 0.0, 3.0), (1, 3.0, 0.0), (2, 0.0, 9.0)]),
            [(0, 0.0, 50.0), (2, 0.0, 9.0)]
        );
    }
}
