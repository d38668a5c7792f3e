//! What sets one route apart from another, by the names of roads.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::ids::SegmentId;
use crate::domain::network::{Leg, Network};

/// So many names tell a route; more would not be read.
const MOST_NAMES: usize = 3;

/// The names of the roads on which most of a way lies, in the order of travel, at most three. Unnamed roads are left out.
pub fn main_roads(network: &Network, legs: &[Leg]) -> Vec<String> {
    names(network, legs.iter())
}

/// How a route differs from another in words, such as `by Mill Street and Ring instead of Quay`.
pub fn in_words(network: &Network, route: &[Leg], other: &[Leg]) -> String {
    let apart = |legs: &[Leg], from: &[Leg]| {
        let shared: BTreeSet<SegmentId> = from.iter().map(|leg| leg.segment).collect();
        let own: Vec<Leg> = legs.iter().filter(|leg| !shared.contains(&leg.segment)).copied().collect();
        enumeration(&names(network, own.iter()))
    };
    format!("by {} instead of {}", apart(route, other), apart(other, route))
}

fn names<'a>(network: &Network, legs: impl Iterator<Item = &'a Leg>) -> Vec<String> {
    // In the order of travel, with the length on each.
    let mut roads: Vec<(&str, f64)> = Vec::new();
    let mut numbers: BTreeMap<&str, usize> = BTreeMap::new();
    for leg in legs {
        let Some(name) = network.segment(leg.segment).name().filter(|name| !name.trim().is_empty()) else {
            continue;
        };
        let number = *numbers.entry(name).or_insert(roads.len());
        if number == roads.len() {
            roads.push((name, 0.0));
        }
        roads[number].1 += leg.length_m();
    }
    let mut order: Vec<usize> = (0..roads.len()).collect();
    order.sort_by(|a, b| roads[*b].1.total_cmp(&roads[*a].1).then(a.cmp(b)));
    order.truncate(MOST_NAMES);
    order.sort_unstable();
    order.into_iter().map(|i| roads[i].0.to_owned()).collect()
}

fn enumeration(names: &[String]) -> String {
    match names {
        [] => "unnamed roads".to_owned(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} and {last}", first.join(", ")),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::import::{Components, from_geojson};

    /// a to b by several pieces, names as given.
    fn roads(names: &[&str]) -> Network {
        let feature = |(i, name): (usize, &&str)| {
            let (west, east) = (8.0 + 0.001 * i as f64, 8.001 + 0.001 * i as f64);
            // A side road at each end, so that pieces stay apart.
            format!(
                r#"{{"type": "Feature", "properties": {{"name": "{name}"}}, "geometry": {{"type": "LineString", "coordinates": [[{west}, 50.0], [{east}, 50.0]]}}}},
                {{"type": "Feature", "properties": {{}}, "geometry": {{"type": "LineString", "coordinates": [[{east}, 50.0], [{east}, 50.001]]}}}}"#
            )
        };
        let features: Vec<String> = names.iter().enumerate().map(feature).collect();
        let document = format!(r#"{{"type": "FeatureCollection", "features": [{}]}}"#, features.join(", "));
        from_geojson(document.as_bytes(), Components::All).unwrap().network
    }

    fn way(network: &Network, names: &[&str]) -> Vec<Leg> {
        let of = |name: &&str| {
            let segment = network.segments().iter().position(|segment| segment.name() == Some(*name)).unwrap();
            network.whole_leg(SegmentId(segment as u32), crate::domain::network::Direction::Forward)
        };
        names.iter().map(of).collect()
    }

    #[test]
    fn routes_are_told_apart_by_the_longest_of_their_own_roads_in_the_order_of_travel() {
        let network = roads(&["Quay", "Mill", "Ring", "Alley", "North", "Sea"]);
        let ring = way(&network, &["Quay", "Mill", "Ring", "Alley"]);
        let sea = way(&network, &["Quay", "Sea"]);
        assert_eq!(in_words(&network, &ring, &sea), "by Mill, Ring and Alley instead of Sea");
        assert_eq!(in_words(&network, &sea, &ring), "by Sea instead of Mill, Ring and Alley");
        let mut short_mill = ring.clone();
        short_mill[1].to_m = short_mill[1].from_m + 1.0;
        assert_eq!(main_roads(&network, &short_mill), ["Quay", "Ring", "Alley"]);
        assert_eq!(in_words(&network, &sea, &way(&network, &["Quay"])), "by Sea instead of unnamed roads");
    }
}
