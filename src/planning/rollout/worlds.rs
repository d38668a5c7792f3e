//! Sampled worlds, drawn segment by segment as they are asked for.
//!
//! Worlds come in blocks of [`BLOCK`]. Within a block the numbers that decide on a segment are one from each eighth of what may be drawn, in
//! an order of the segment's own (Latin hypercube sampling: McKay, Beckman and Conover, Technometrics 1979). So a segment that is blocked
//! once in ten times is blocked in about one world of each ten, and not by luck in none or in four of them, and what differs
//! between two moves because of it is known from fewer worlds. Each world by itself is drawn as if there were no others.

/// The worlds that follow from a seed. Whether a segment is blocked in a world depends on the seed, the world's number and the
/// segment alone, so a world stays the same while knowledge grows and nothing has to be kept.
#[derive(Clone, Copy, Debug)]
pub(in crate::planning) struct Worlds {
    seed: u64,
}

/// One of them.
#[derive(Clone, Copy, Debug)]
pub(in crate::planning) struct World {
    key: u64,
    /// The key of its block, and which world of the block it is.
    block_key: u64,
    position: u64,
    /// A segment whose state is given, and whether it is blocked.
    forced: Option<(u32, bool)>,
}

/// How many worlds share a block; a power of two.
pub(in crate::planning) const BLOCK: u32 = 8;

impl Worlds {
    pub(in crate::planning) fn new(seed: u64) -> Self {
        Self { seed }
    }

    pub(in crate::planning) fn world(self, number: u32) -> World {
        let key = mix(self.seed ^ mix(u64::from(number).wrapping_add(0x9e37_79b9_7f4a_7c15)));
        let block_key = mix(self.seed ^ mix(u64::from(number / BLOCK).wrapping_add(0x3c6e_f372_fe94_f82b)));
        World { key, block_key, position: u64::from(number % BLOCK), forced: None }
    }
}

impl World {
    /// The same world but for one segment, which is blocked or clear whatever was drawn. Where it is blocked is drawn in both
    /// cases alike, and as in the world itself if it is blocked there: so one of the two is the world itself.
    pub(in crate::planning) fn with(self, segment: u32, is_blocked: bool) -> Self {
        Self { forced: Some((segment, is_blocked)), ..self }
    }

    /// The fraction of its length at which the segment is blocked, if it is: with that probability, anywhere alike.
    pub(in crate::planning) fn blockage(self, segment: u32, probability: f64) -> Option<f64> {
        let segment_key = u64::from(segment).wrapping_mul(0xd1b5_4a32_d192_ed03);
        let part = part(mix(self.block_key ^ segment_key), self.position);
        // 53 random bits make a number from 0 up to 1.
        let within = (mix(self.key ^ segment_key) >> 11) as f64 / (1_u64 << 53) as f64;
        let drawn = (part as f64 + within) / f64::from(BLOCK);
        let is_blocked = match self.forced {
            Some((forced, is_blocked)) if forced == segment => is_blocked,
            _ => drawn < probability,
        };
        // What is left of the drawn number, once it has decided, is anywhere alike again.
        is_blocked.then(|| {
            if drawn < probability { drawn / probability } else { (drawn - probability) / (1.0 - probability) }
        })
    }
}

/// Where a position comes in an order drawn by the bits: each step keeps different positions apart. (One factor and one sum
/// alone would make the worlds of a block images of each other, in all segments at once.)
fn part(bits: u64, position: u64) -> u64 {
    let last = u64::from(BLOCK) - 1;
    let mut part = position;
    for round in 0..3 {
        let bits = bits >> (16 * round);
        part = ((part ^ bits) & last).wrapping_mul((bits >> 3) | 1) & last;
        part ^= (part >> 1) & (bits >> 8);
    }
    part
}

/// The finalizer of SplitMix64 (Steele, Lea, Flood 2014).
fn mix(mut bits: u64) -> u64 {
    bits = (bits ^ (bits >> 30)).wrapping_mul(0xbf58_476d_1ce4_e5b9);
    bits = (bits ^ (bits >> 27)).wrapping_mul(0x94d0_49bb_1331_11eb);
    bits ^ (bits >> 31)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn segments_are_blocked_as_often_as_their_probability_says_and_anywhere_alike() {
        let worlds = Worlds::new(7);
        let mut fractions: Vec<f64> =
            (0..200).flat_map(|w| (0..500).filter_map(move |s| worlds.world(w).blockage(s, 0.2))).collect();
        assert!((19_500..20_500).contains(&fractions.len()), "{}", fractions.len());
        fractions.sort_by(f64::total_cmp);
        for (i, fraction) in fractions.iter().enumerate() {
            assert!((fraction - i as f64 / fractions.len() as f64).abs() < 0.02);
        }
    }

    #[test]
    fn in_each_block_of_worlds_a_segment_is_blocked_as_often_as_it_should_be_or_once_more_or_less() {
        let mut together = 0;
        for block in 0..100 {
            let blocked = |segment: u32, probability: f64| {
                let numbers = block * BLOCK..(block + 1) * BLOCK;
                numbers
                    .filter(|n| Worlds::new(11).world(*n).blockage(segment, probability).is_some())
                    .collect::<Vec<_>>()
            };
            for segment in 0..200 {
                assert_eq!(blocked(segment, 0.25).len(), 2);
                assert!((2..=3).contains(&blocked(segment, 0.3).len()));
                assert!(blocked(segment, 0.1).len() <= 1);
            }
            // Which worlds those are is another matter for each segment.
            together += blocked(1, 0.25).iter().filter(|n| blocked(2, 0.25).contains(n)).count();
        }
        // One in sixteen of 800.
        assert!((30..70).contains(&together), "{together}");
    }

    #[test]
    fn a_forced_segment_is_as_told_anywhere_alike_and_changes_nothing_else() {
        let mut fractions = Vec::new();
        for number in 0..2_000 {
            let world = Worlds::new(3).world(number);
            let (blocked, clear) = (world.with(5, true), world.with(5, false));
            fractions.extend(blocked.blockage(5, 0.3));
            assert_eq!(clear.blockage(5, 0.3), None);
            let own = world.blockage(5, 0.3);
            assert_eq!(
                own,
                if own.is_some() { blocked.blockage(5, 0.3) } else { None },
                "one of the two is the world itself"
            );
            assert_eq!(blocked.blockage(6, 0.3), world.blockage(6, 0.3));
        }
        assert_eq!(fractions.len(), 2_000);
        fractions.sort_by(f64::total_cmp);
        for (i, fraction) in fractions.iter().enumerate() {
            assert!((fraction - i as f64 / 2_000.0).abs() < 0.05);
        }
    }

    #[test]
    fn a_world_does_not_depend_on_what_else_was_asked() {
        let world = Worlds::new(1).world(3);
        let once = world.blockage(5, 0.5);
        for segment in 0..50 {
            world.blockage(segment, 0.5);
        }
        assert_eq!(world.blockage(5, 0.5), once);
        assert_eq!(Worlds::new(1).world(3).blockage(11, 0.0), None);
        assert!(Worlds::new(1).world(3).blockage(11, 1.0).is_some());
    }
}
