//! From a track to the roads that were driven: a hidden Markov map matcher after Newson and Krumm, "Hidden Markov map matching
//! through noise and sparseness" (ACM GIS 2009).
//!
//! The hidden state at each fix is the place on one of the segments around it. How well a place fits its fix is Gaussian in
//! the distance, with `sigma_m` of [`MatchOptions`] or what the fix says of its accuracy; a heading, where there is one, is Gaussian
//! too, and rules one-way segments out that run the other way. How well two places in a row fit is exponential in the difference
//! between the shortest driving distance from one to the other and the straight distance between the fixes, with
//! [`MatchOptions::beta_m`] and a share of the straight distance: streets lead round corners, and Newson and Krumm, who fit the parameter to
//! the interval between fixes, find it growing with it. The most likely sequence is found by Viterbi's algorithm; a fix's confidence is the probability of its place
//! given all fixes of its stretch (forward and backward algorithm). It is the model's: a road that the network does not have,
//! or errors that are not independent, it knows nothing of.
//!
//! Driving distances are exact: one search by Dijkstra's algorithm from each place to all places of the next fix, which ends when
//! all are found or at a limit. The vehicle may turn round anywhere, as everywhere in planning, but not on a one-way segment,
//! where a place somewhat behind the one before is taken for noise of a vehicle that stands.
//!
//! Where no place of a fix can be reached, the fix is left out as an outlier if one of the next [`MOST_OUTLIERS`] can; otherwise the
//! track is broken there: a stretch ends and another begins.

mod lattice;
mod legs;
#[cfg(test)]
mod oracle_tests;
#[cfg(test)]
mod tests;
mod ways;

use self::lattice::{Lattice, Layer};
use self::ways::Ways;
use super::budget::{Budget, Spent};
use crate::domain::geometry::{Point, heading_difference_deg};
use crate::domain::network::{Heading, Leg, Network, Place, Snap};

/// How many fixes in a row may be left out as outliers.
pub const MOST_OUTLIERS: usize = 3;
/// The most segments that are looked at for one fix.
const MOST_CANDIDATES: usize = 10;
/// The standard deviation of a heading, in degrees.
const HEADING_SIGMA_DEG: f64 = 30.0;
/// The standard deviations that are believed, in metres.
const LEAST_SIGMA_M: f64 = 1.0;
const MOST_SIGMA_M: f64 = 100.0;
/// By what share of the straight distance a way through streets usually is longer, besides what noise adds.
const DETOUR_SHARE: f64 = 0.15;
/// A way that is longer by so many times what is usual is as unlikely as can be.
const MOST_SPREADS: f64 = 20.0;
/// A segment is looked for within so many standard deviations, if that is more than the radius.
const RADIUS_SIGMAS: f64 = 3.0;

/// One position of a track.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct TrackFix {
    /// Where, in the network's plane.
    pub point: Point,
    /// When, in seconds from any moment; never less than the fix before.
    pub at_s: f64,
    /// The standard deviation of the position, in metres, where known.
    pub accuracy_m: Option<f64>,
    /// The direction of travel, in degrees clockwise from north, where known.
    pub heading_deg: Option<f64>,
}

/// What the matcher assumes.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct MatchOptions {
    /// The standard deviation of positions that do not tell theirs, in metres.
    pub sigma_m: f64,
    /// How far the driving distance between two fixes usually differs from the straight one, in metres; 15 % of the straight distance
    /// is added.
    pub beta_m: f64,
    /// How far a segment may be from a fix, in metres.
    pub radius_m: f64,
    /// The longest straight distance between two fixes that is bridged, in metres.
    pub gap_m: f64,
    /// The greatest speed that is believed, in metres per second.
    pub max_speed_mps: f64,
}

impl Default for MatchOptions {
    /// `sigma_m` as a receiver without correction has among houses; the speed as Newson and Krumm have it.
    fn default() -> Self {
        Self { sigma_m: 5.0, beta_m: 5.0, radius_m: 50.0, gap_m: 2_000.0, max_speed_mps: 50.0 }
    }
}

impl MatchOptions {
    fn sigma_m(&self, fix: &TrackFix) -> f64 {
        fix.accuracy_m.unwrap_or(self.sigma_m).clamp(LEAST_SIGMA_M, MOST_SIGMA_M)
    }

    /// The places that the vehicle may have been at, the nearest first.
    fn candidates(&self, network: &Network, fix: &TrackFix) -> Vec<Snap> {
        let radius_m = self.radius_m.max(RADIUS_SIGMAS * self.sigma_m(fix));
        let heading = fix.heading_deg.map(Heading::driven);
        let found = network.nearest_segments(fix.point, heading, radius_m, MOST_CANDIDATES);
        // A heading that no road around has says nothing.
        if found.is_empty() { network.nearest_segments(fix.point, None, radius_m, MOST_CANDIDATES) } else { found }
    }

    /// The logarithm of how well a place fits a fix, but for a constant.
    fn emission(&self, fix: &TrackFix, snap: &Snap) -> f64 {
        let deviations = snap.distance_m / self.sigma_m(fix);
        let turned = match (fix.heading_deg, snap.direction) {
            (Some(heading_deg), Some(_)) => heading_difference_deg(heading_deg, snap.bearing_deg) / HEADING_SIGMA_DEG,
            _ => 0.0,
        };
        -(deviations * deviations + turned * turned) / 2.0
    }

    /// The logarithm of how well a driving distance fits a straight one, but for a constant.
    fn transition(&self, way_m: f64, straight_m: f64) -> f64 {
        -(way_m - straight_m).abs() / self.spread_m(straight_m)
    }

    /// How far the driving distance usually differs from this straight one.
    fn spread_m(&self, straight_m: f64) -> f64 {
        self.beta_m + DETOUR_SHARE * straight_m
    }

    /// How far it can be at most from a place of one fix to one of the next.
    fn limit_m(&self, before: &TrackFix, fix: &TrackFix) -> f64 {
        let noise_m = 4.0 * (self.sigma_m(before) + self.sigma_m(fix));
        let drivable_m = self.max_speed_mps * (fix.at_s - before.at_s) + noise_m;
        let straight_m = before.point.distance_m(fix.point);
        let likely_m = straight_m + noise_m + MOST_SPREADS * self.spread_m(straight_m);
        drivable_m.min(likely_m)
    }

    /// How far back on a one-way segment a place may be because of noise.
    fn slip_m(&self, before: &TrackFix, fix: &TrackFix) -> f64 {
        self.sigma_m(before) + self.sigma_m(fix)
    }
}

/// What became of a fix.
#[derive(Clone, Copy, Debug, PartialEq)]
pub enum FixMatch {
    /// The vehicle was on the network.
    Matched {
        /// Where.
        place: Place,
        /// How far the fix is from there, in metres.
        distance_m: f64,
        /// How probable the segment is among those around, by the model.
        confidence: f64,
        /// The position of its stretch.
        stretch: usize,
    },
    /// No segment is near enough.
    OffNetwork,
    /// The fixes around it fit together, and not with this one.
    Outlier,
}

/// A part of the track without a break.
#[derive(Clone, Debug, PartialEq)]
pub struct Stretch {
    /// The position of its first fix.
    pub first_fix: usize,
    /// The position of its last fix.
    pub last_fix: usize,
    /// What was driven, in order and contiguous; nothing if the vehicle stood.
    pub legs: Vec<Leg>,
    /// The length of that in metres.
    pub length_m: f64,
}

/// Why a track was broken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Break {
    /// The fixes are too far apart.
    TooFar,
    /// No way leads from one to the other that could have been driven in the time.
    NoWay,
}

/// A part of the track of which nobody knows what was driven.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Gap {
    /// The position of the last fix before.
    pub after_fix: usize,
    /// The position of the first fix behind.
    pub before_fix: usize,
    /// Why.
    pub cause: Break,
}

/// A track on the network.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Matching {
    /// An entry for each fix.
    pub fixes: Vec<FixMatch>,
    /// What was driven.
    pub stretches: Vec<Stretch>,
    /// What lies between the stretches.
    pub gaps: Vec<Gap>,
}

/// Matches a track, whose fixes are in order of time. A step of the budget is a junction looked at.
///
/// # Errors
/// When the budget ends first.
pub fn match_track(
    network: &Network,
    track: &[TrackFix],
    options: &MatchOptions,
    budget: &mut Budget,
) -> Result<Matching, Spent> {
    let mut matcher = Matcher { network, track, options, ways: Ways::default(), found: Matching::default() };
    matcher.found.fixes = vec![FixMatch::OffNetwork; track.len()];
    let mut lattice = Lattice::default();
    // Fixes that do not fit on the lattice, in order.
    let mut left_out: Vec<usize> = Vec::new();
    let mut i = 0;
    loop {
        let fits = if i < track.len() {
            // However few roads there are, a fix costs something.
            budget.step()?;
            matcher.extend(&mut lattice, i, budget)?
        } else {
            None
        };
        match fits {
            Some(Ok(())) => {
                left_out.drain(..).for_each(|k| matcher.found.fixes[k] = FixMatch::Outlier);
                i += 1;
            }
            Some(Err(cause)) if left_out.len() == MOST_OUTLIERS => {
                let first = left_out[0];
                left_out.clear();
                matcher.end_stretch(&mut lattice, budget)?;
                matcher.found.gaps.extend(matcher.last_fix().map(|after_fix| Gap {
                    after_fix,
                    before_fix: first,
                    cause,
                }));
                i = first;
            }
            Some(Err(_)) => {
                left_out.push(i);
                i += 1;
            }
            // A fix without a road around is no break by itself.
            None if i < track.len() => i += 1,
            None => {
                matcher.end_stretch(&mut lattice, budget)?;
                let Some(&first) = left_out.first() else { break };
                let cause = matcher.cause(matcher.last_fix(), first);
                left_out.clear();
                matcher.found.gaps.extend(matcher.last_fix().map(|after_fix| Gap {
                    after_fix,
                    before_fix: first,
                    cause,
                }));
                i = first;
            }
        }
    }
    Ok(matcher.found)
}

struct Matcher<'a> {
    network: &'a Network,
    track: &'a [TrackFix],
    options: &'a MatchOptions,
    ways: Ways,
    found: Matching,
}

impl Matcher<'_> {
    /// Puts a fix on the lattice, or says why it does not fit; `None` if no segment is around.
    fn extend(
        &mut self,
        lattice: &mut Lattice,
        fix: usize,
        budget: &mut Budget,
    ) -> Result<Option<Result<(), Break>>, Spent> {
        let (track, options) = (self.track, self.options);
        let candidates = options.candidates(self.network, &track[fix]);
        if candidates.is_empty() {
            return Ok(None);
        }
        let emissions: Vec<f64> = candidates.iter().map(|snap| options.emission(&track[fix], snap)).collect();
        let Some(last) = lattice.last() else {
            lattice.begin(Layer::new(fix, candidates, emissions));
            return Ok(Some(Ok(())));
        };
        let (before, now) = (&track[last.fix], &track[fix]);
        if self.cause(Some(last.fix), fix) == Break::TooFar {
            return Ok(Some(Err(Break::TooFar)));
        }
        let straight_m = before.point.distance_m(now.point);
        let (limit_m, slip_m) = (options.limit_m(before, now), options.slip_m(before, now));
        let to: Vec<Place> = candidates.iter().map(|snap| snap.place).collect();
        let mut transitions = Vec::with_capacity(last.candidates.len() * to.len());
        for snap in &last.candidates {
            let ways_m = self.ways.distances_m(self.network, snap.place, &to, limit_m, slip_m, budget)?;
            transitions.extend(ways_m.iter().map(|way_m| options.transition(*way_m, straight_m)));
        }
        let fits = lattice.extend(Layer::new(fix, candidates, emissions), transitions);
        Ok(Some(if fits { Ok(()) } else { Err(Break::NoWay) }))
    }

    fn cause(&self, after: Option<usize>, fix: usize) -> Break {
        let far = |k: usize| self.track[k].point.distance_m(self.track[fix].point) > self.options.gap_m;
        if after.is_some_and(far) { Break::TooFar } else { Break::NoWay }
    }

    /// The last fix of the last stretch.
    fn last_fix(&self) -> Option<usize> {
        self.found.stretches.last().map(|stretch| stretch.last_fix)
    }

    /// Writes down what the lattice came to, and empties it.
    fn end_stretch(&mut self, lattice: &mut Lattice, budget: &mut Budget) -> Result<(), Spent> {
        let layers = lattice.end();
        let (Some(first), Some(last)) = (layers.first(), layers.last()) else { return Ok(()) };
        let (first_fix, last_fix) = (first.fix, last.fix);
        let stretch = self.found.stretches.len();
        let mut legs = Vec::new();
        for (i, layer) in layers.iter().enumerate() {
            let Snap { place, distance_m, .. } = layer.candidates[layer.chosen];
            let confidence = layer.confidence;
            self.found.fixes[layer.fix] = FixMatch::Matched { place, distance_m, confidence, stretch };
            if let Some(before) = i.checked_sub(1).map(|k| &layers[k]) {
                let from = before.candidates[before.chosen].place;
                let ends = (&self.track[before.fix], &self.track[layer.fix]);
                let (limit_m, slip_m) = (self.options.limit_m(ends.0, ends.1), self.options.slip_m(ends.0, ends.1));
                let way = self.ways.way(self.network, from, place, limit_m, slip_m, budget)?;
                way.into_iter().for_each(|leg| legs::push(&mut legs, leg));
            }
        }
        let sigma_m = layers.iter().map(|layer| self.options.sigma_m(&self.track[layer.fix])).fold(0.0, f64::max);
        let legs = legs::without_jitter(&legs, 2.0 * sigma_m);
        let length_m = legs.iter().map(Leg::length_m).sum();
        self.found.stretches.push(Stretch { first_fix, last_fix, legs, length_m });
        Ok(())
    }
}
