//! What the UGV can reach within a time.

use super::network::Leg;

/// What is reached within a time, but not within that of the band before.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Band {
    /// The time of the band before, in seconds; 0 for the first.
    pub after_s: f64,
    /// The time, in seconds.
    pub within_s: f64,
    /// The reached parts of segments, by segment and then by offset, as the UGV drives on them.
    pub parts: Vec<Leg>,
    /// The sum of their lengths, in metres.
    pub length_m: f64,
    /// How much of that is on segments of which nothing is known.
    pub unknown_m: f64,
}
