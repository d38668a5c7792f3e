//! The matcher against trying everything: on small networks each sequence of places is weighed, with driving distances found in
//! another way.

use super::*;
use crate::domain::ids::SegmentId;
use crate::domain::knowledge::Knowledge;
use crate::planning::edge_oracle::shortest_m;
use crate::planning::generated::{Dice, an_offset, restricted, world};
use crate::planning::sketch::World;

/// The driving distances between all junctions, by Floyd and Warshall.
fn between_junctions(network: &Network) -> Vec<Vec<f64>> {
    let count = network.junction_count();
    let mut distances = vec![vec![f64::INFINITY; count]; count];
    (0..count).for_each(|i| distances[i][i] = 0.0);
    for segment in network.segments().iter() {
        let (a, b, length_m) = (segment.first().index(), segment.last().index(), segment.length_m());
        distances[a][b] = distances[a][b].min(length_m);
        if !segment.oneway {
            distances[b][a] = distances[b][a].min(length_m);
        }
    }
    for via in 0..count {
        for from in 0..count {
            for to in 0..count {
                distances[from][to] = distances[from][to].min(distances[from][via] + distances[via][to]);
            }
        }
    }
    distances
}

fn driving_m(network: &Network, junctions: &[Vec<f64>], from: Place, to: Place, slip_m: f64) -> f64 {
    let (a, b) = (network.segment(from.segment), network.segment(to.segment));
    let mut least_m = f64::INFINITY;
    if from.segment == to.segment {
        let ahead_m = to.offset_m - from.offset_m;
        if ahead_m >= 0.0 || !a.oneway {
            least_m = ahead_m.abs();
        } else if -ahead_m <= slip_m {
            least_m = 0.0;
        }
    }
    let mut out = vec![(a.last(), a.length_m() - from.offset_m)];
    out.extend((!a.oneway).then_some((a.first(), from.offset_m)));
    let mut into = vec![(b.first(), to.offset_m)];
    into.extend((!b.oneway).then_some((b.last(), b.length_m() - to.offset_m)));
    for (leave, out_m) in out {
        for (enter, in_m) in &into {
            least_m = least_m.min(out_m + junctions[leave.index()][enter.index()] + in_m);
        }
    }
    least_m
}

/// The weight of a sequence, as the model has it.
struct Scale<'a> {
    network: &'a Network,
    options: MatchOptions,
    junctions: Vec<Vec<f64>>,
}

impl Scale<'_> {
    fn weigh(&self, track: &[TrackFix], places: &[Snap]) -> f64 {
        let mut weight = 0.0;
        for (i, (fix, snap)) in track.iter().zip(places).enumerate() {
            weight += self.options.emission(fix, snap);
            if i > 0 {
                let (before, from) = (&track[i - 1], places[i - 1].place);
                let slip_m = self.options.slip_m(before, fix);
                let way_m = driving_m(self.network, &self.junctions, from, snap.place, slip_m);
                if way_m > self.options.limit_m(before, fix) {
                    return f64::NEG_INFINITY;
                }
                weight += self.options.transition(way_m, before.point.distance_m(fix.point));
            }
        }
        weight
    }

    /// The weights of all sequences.
    fn all(&self, track: &[TrackFix]) -> Vec<(f64, Vec<Snap>)> {
        let mut sequences = vec![Vec::new()];
        for fix in track {
            let candidates = self.options.candidates(self.network, fix);
            sequences = sequences
                .into_iter()
                .flat_map(|begun: Vec<Snap>| candidates.iter().map(move |snap| [begun.as_slice(), &[*snap]].concat()))
                .collect();
        }
        sequences.into_iter().map(|places| (self.weigh(track, &places), places)).collect()
    }
}

#[test]
fn the_sequence_found_is_the_most_likely_of_all_and_its_confidence_is_its_share() {
    let (mut whole, mut in_part) = (0, 0);
    for seed in 0..400 {
        let network = world(seed).network;
        let dice = &mut Dice::new(seed + 1_000_000);
        let options = MatchOptions { radius_m: 20.0, sigma_m: 4.0, ..MatchOptions::default() };
        let noise = |dice: &mut Dice| (dice.below(13) as f64) - 6.0;
        let track: Vec<TrackFix> = (0..2 + dice.below(3))
            .map(|i| {
                let segment = SegmentId(dice.below(network.segments().len()) as u32);
                let at = network.point_at(Place { segment, offset_m: an_offset(dice, &network, segment, 10) });
                let point = Point { x_m: at.x_m + noise(dice), y_m: at.y_m + noise(dice) };
                let heading_deg = dice.chance(30).then(|| dice.below(360) as f64);
                TrackFix { point, at_s: i as f64 * 10.0, accuracy_m: dice.chance(30).then_some(6.0), heading_deg }
            })
            .collect();
        let found = match_track(&network, &track, &options, &mut Budget::steps(1_000_000)).unwrap();
        let scale = Scale { network: &network, options, junctions: between_junctions(&network) };
        let all = scale.all(&track);
        let most = all.iter().map(|(weight, _)| *weight).fold(f64::NEG_INFINITY, f64::max);
        if most == f64::NEG_INFINITY {
            assert!(found.stretches.len() > 1 || found.fixes.contains(&FixMatch::Outlier), "seed {seed}: {found:?}");
            in_part += 1;
            continue;
        }
        assert_eq!(found.stretches.len(), 1, "seed {seed}");
        let places: Vec<Place> = found
            .fixes
            .iter()
            .map(|fix| match fix {
                FixMatch::Matched { place, .. } => *place,
                other => panic!("seed {seed}: {other:?}"),
            })
            .collect();
        let same = |sequence: &[Snap]| sequence.iter().zip(&places).all(|(snap, place)| snap.place == *place);
        let chosen = all.iter().find(|(_, sequence)| same(sequence)).unwrap().0;
        assert!((chosen - most).abs() < 1e-6, "seed {seed}: {chosen} instead of {most}");
        // The share of all sequences, by weight, that have the place.
        let total: f64 = all.iter().map(|(weight, _)| weight.exp()).sum();
        for (i, fix) in found.fixes.iter().enumerate() {
            let with =
                |(weight, sequence): &(f64, Vec<Snap>)| if sequence[i].place == places[i] { weight.exp() } else { 0.0 };
            let share = all.iter().map(with).sum::<f64>() / total;
            let FixMatch::Matched { confidence, .. } = fix else { continue };
            assert!((confidence - share).abs() < 1e-6, "seed {seed}, fix {i}: {confidence} instead of {share}");
        }
        // What was driven is as long as the distances say, and leads from place to place.
        let mut way_m = 0.0;
        for (i, pair) in places.windows(2).enumerate() {
            let slip_m = options.slip_m(&track[i], &track[i + 1]);
            way_m += driving_m(&network, &scale.junctions, pair[0], pair[1], slip_m);
        }
        let stretch = &found.stretches[0];
        assert!(stretch.length_m <= way_m + 1e-6, "seed {seed}: {} m of {way_m} m", stretch.length_m);
        for pair in stretch.legs.windows(2) {
            let (end, begin) = (
                Place { segment: pair[0].segment, offset_m: pair[0].to_m },
                Place { segment: pair[1].segment, offset_m: pair[1].from_m },
            );
            assert!(network.is_same_place(end, begin), "seed {seed}: {:?}", stretch.legs);
        }
        whole += 1;
    }
    println!("{whole} tracks whole, {in_part} in parts");
    assert!(whole > 150 && in_part > 10, "{whole} {in_part}");
}

#[test]
fn driving_distances_and_ways_take_no_forbidden_turn() {
    let mut ways = Ways::default();
    let (mut found, mut longer) = (0, 0);
    for seed in 0..1_500 {
        let World { network, .. } = restricted(seed);
        let knowledge = Knowledge::unknown(network.segments().len());
        let dice = &mut Dice::new(seed ^ 0x3a7);
        let mut inside = || {
            let segment = SegmentId(dice.below(network.segments().len()) as u32);
            Place { segment, offset_m: an_offset(dice, &network, segment, 0) }
        };
        let (from, to) = (inside(), [inside(), inside(), inside()]);
        let budget = &mut Budget::steps(Budget::DEFAULT_STEPS);
        let distances_m = ways.distances_m(&network, from, &to, f64::MAX, 0.0, budget).unwrap().to_vec();
        let free = network.clone().with_forbidden_turns(&[]).unwrap();
        for (to, distance_m) in to.iter().zip(distances_m) {
            let expected_m = shortest_m(&network, &knowledge, from, &[*to]).unwrap_or(f64::INFINITY);
            assert!(distance_m == expected_m || (distance_m - expected_m).abs() < 1e-6, "seed {seed}: {from:?} {to:?}");
            let legs = ways.way(&network, from, *to, f64::MAX, 0.0, budget).unwrap();
            assert!(
                legs.windows(2).all(|pair| !network.is_forbidden_between(&pair[0], &pair[1])),
                "seed {seed}: {legs:?}"
            );
            if distance_m.is_finite() {
                assert!(
                    (legs.iter().map(Leg::length_m).sum::<f64>() - distance_m).abs() < 1e-6,
                    "seed {seed}: {legs:?}"
                );
                found += 1;
                let free_m = ways.distances_m(&free, from, &[*to], f64::MAX, 0.0, budget).unwrap()[0];
                longer += usize::from(free_m < distance_m - 1e-6);
            }
        }
    }
    assert!(found > 1_000 && longer > 100, "{found} {longer}");
}
